"""Rule: the edge cannot reach the origin."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import Counted, cleared, counts, timing, worst
from ._upstream import BEHIND, next_tier

STATUS = "http.status_per_s"
MEANS = {
    "520": "the origin's answer was empty or not understood",
    "521": "the origin refused the connection",
    "522": "the connection to the origin timed out",
    "523": "the origin could not be reached",
    "524": "the origin was connected and did not answer in time",
}


@rule(
    resource="upstream",
    roles=("cdn",),
    where_measured=True,
    needs=(STATUS,),
    pattern="E02",
    how_to_collect="statuses that the load generator got, by code and second, or the edge's log",
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
        Such statuses while the load ran, by code, as many failures as responses. Never a
        mechanism: it points at the first tier behind the edge.

    What fools it:
        An application may use these codes by itself: no standard gives them a meaning. A
        firewall in front of the origin that knows the edge's addresses as attackers.

    Source:
        Cloudflare, support articles on 5xx errors (520 to 524)
    """
    found = [c for c in counts(case, STATUS) if c.part in MEANS]
    seen = worst(found)
    if seen is None:
        return _none(case, found)
    behind = next_tier(case)
    return case.finding(
        "upstream",
        f"{show(seen.total)} responses {seen.part}: {MEANS[seen.part]}",
        Place.BEHIND,
        evidence=tuple(_evidence(case, found)),
        failures=sum(c.total for c in found if c.total > 0),
        missing=(f"what {behind} counts: nstat (ListenOverflows, ReqQFull), its access log",),
        experiment=Experiment(
            do=f"send the plateau's load straight to {behind}, past the edge",
            if_this_is_it="it fails there as well, as refused or hanging connections",
            if_not="it works: the edge's own limits, or the way between",
        ),
        fix=f"look at {behind}: accept queue, SYN queue, firewall; for 524 at what is slow",
        **{k: v for k, v in timing(case, seen, mechanism=False).items() if k != "missing"},
    )


def _evidence(case: Case, found: list[Counted]) -> list[Evidence]:
    return [case.count(STATUS, c.part) for c in found if c.total > 0]


def _none(case: Case, found: list[Counted]) -> Outcome:
    says = "no response was 520 to 524"
    return cleared(case, "upstream", found, says) if found else _cleared(case, says)


def _cleared(case: Case, says: str) -> Cleared:
    """Other statuses were counted, and none of these."""
    return Cleared(case.component.name, "upstream", says, case.count(STATUS, _any(case)).source)


def _any(case: Case) -> str:
    return min(case.signals(STATUS))
