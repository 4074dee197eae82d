"""Rule: the edge cannot reach the origin."""

from __future__ import annotations

import math
import re

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._upstream import BEHIND, next_tier

STATUS = "http.status_per_s"
MEANS = {
    "520": "the origin's answer was empty or not understood",
    "521": "the origin refused the connection",
    "522": "the connection to the origin timed out",
    "523": "the origin could not be reached",
    "524": "the origin was connected and did not answer in time",
}
CODE = re.compile(r"\b(52[0-4])\b")
FEWEST = 4  # (a choice)


@rule(
    resource="upstream",
    roles=("cdn", "load_generator"),
    pattern="E02",
    how_to_collect="the failures that the load generator got, by status, or the edge's log",
    explained_by=(*BEHIND, "upstream"),
)
def edge_cannot_reach_the_origin(case: Case) -> Outcome:
    """The edge cannot reach the origin.

    What it says:
        Responses 520 to 524, which a content delivery network makes by itself when the
        origin behind it does not play along.

    Why it matters:
        The origin's access log has no line for most of them: they fail in its kernel, or
        on the way. 522 is a TCP connection that timed out; 524 is an application that did
        not answer in time (100 s as a default), with a 499 at the origin's first tier.

    How it decides:
        Such statuses among the failures that the load generator names, or in the edge's
        own log, as many failures as responses. Never a mechanism: it points at the first
        tier behind the edge.

    What fools it:
        An application may use these codes by itself: no standard gives them a meaning. A
        firewall in front of the origin may take the edge's addresses for an attack.

    Source:
        Cloudflare, support articles on 5xx errors (520 to 524)
    """
    name = case.component.name
    seen = _by_code(case)
    if seen is None:
        return CannotTell(name, "upstream", (STATUS,))
    total = math.fsum(seen.values())
    if total < FEWEST:
        source = case.sources(STATUS) or (case.run.load.source if case.run.load else "")
        return Cleared(name, "upstream", f"{show(total)} responses were 520 to 524", source)
    code, behind = max(seen, key=lambda c: seen[c]), next_tier(case)
    return case.finding(
        "upstream",
        f"{show(seen[code])} responses {code}: {MEANS[code]}",
        Place.BEHIND if case.component.role == "cdn" else Place.FRONT,
        evidence=tuple(_evidence(case, c, seen[c]) for c in sorted(seen)),
        mechanism=False,
        onset_s=case.onset_s(STATUS, code, above=0.5),
        grows_with_load=case.grows_with_load(STATUS, code),
        failures=total,
        missing=(f"what {behind} counts: nstat (ListenOverflows, ReqQFull), its access log",),
        experiment=Experiment(
            do=f"send the plateau's load straight to {behind}, past the edge",
            if_this_is_it="it fails there as well, as refused or hanging connections",
            if_not="it works: the edge's own limits, or the way between",
        ),
        fix=f"look at {behind}: accept queue, SYN queue, firewall; for 524 at what is slow",
    )


def _by_code(case: Case) -> dict[str, float] | None:
    """Responses by code; None where nobody counted any status."""
    if case.has(STATUS):
        parts = {c: case.total(STATUS, c) for c in MEANS}
        return {c: n for c, n in parts.items() if n > 0}
    load = case.run.load
    if case.component.role != "load_generator" or load is None or not load.tool:
        return None
    if not load.errors and load.failures != 0:
        return None
    seen: dict[str, float] = {}
    for error in load.errors:
        match = CODE.search(error.text)
        if match and error.kind in ("status", ""):
            seen[match[1]] = seen.get(match[1], 0.0) + error.count
    return seen


def _evidence(case: Case, code: str, total: float) -> Evidence:
    if case.has(STATUS):
        return case.count(STATUS, code)
    source = case.run.load.source if case.run.load else ""
    says = f"{show(total)} failures {code} at the load generator"
    return Evidence(says, source, total, component=case.component.name)
