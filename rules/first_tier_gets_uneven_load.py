"""Rule: the machines of the first tier get uneven shares of the load."""

from __future__ import annotations

import math

from diagnose.case import REQUESTS, Case
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import OVER_BEFORE
from ._neighbours import behind

UNEVEN = 1.5  # the busiest over the mean of its like (a choice, as for upstream servers)


@rule(
    resource="upstream",
    roles=("load_generator", "cdn"),
    pattern="G16",
    how_to_collect="the access log of every machine of the first tier",
)
def first_tier_gets_uneven_load(case: Case) -> Outcome:
    """The machines of the first tier get uneven shares of the load.

    What it says:
        One of the machines that the generator (or the edge) sends to got more than one and
        a half times the mean of those of its role.

    Why it matters:
        The test ends with the busiest while the others have room. A load generator resolves
        a name once and stays with one address, and one source address goes to one machine
        of a balancer that hashes it: real users spread otherwise.

    How it decides:
        Requests in the access logs after the inflection, the busiest over the mean of its
        role. A lead and no mechanism: a machine may be meant to get more.

    What fools it:
        Machines of one role with different tasks, a machine with a log that was cut, or one
        that is a spare. What was as uneven before the inflection is said against it.

    Source:
        https://docs.locust.io/en/stable/increasing-request-rate.html (a load balancer, and
        only a few instances behind it); 1.5 is a choice
    """
    name = case.component.name
    rates = _rates(case)
    if len(rates) < 2:
        near = [c for c in behind(case) if c.component.role != "load_generator"]
        if len(near) == 1:
            says = f"one machine in the first tier, {near[0].component.name}: nothing to balance"
            return Cleared(name, "upstream", says, near[0].sources(REQUESTS))
        return CannotTell(name, "upstream", (f"{REQUESTS} of two machines of the first tier",))
    top = max(rates, key=lambda c: rates[c])
    ratio = rates[top] / (math.fsum(rates.values()) / len(rates))
    cases = {c.component.name: c for c in behind(case)}
    says = f"{top} gets {show(ratio)} times the mean of {len(rates)} machines"
    evidence = cases[top].rise(REQUESTS)
    if ratio <= UNEVEN:
        return Cleared(name, "upstream", f"the busiest, {says}", evidence.source)
    earlier = _earlier(top, [cases[c] for c in rates])
    same = ratio <= OVER_BEFORE * earlier
    said = f"{top} got {show(earlier)} times the mean before the inflection too"
    return case.finding(
        "upstream",
        says,
        Place.FRONT,
        evidence=(evidence,),
        against=(Evidence(said, evidence.source, earlier, component=top),) if same else (),
        mechanism=False,
        onset_s=math.nan if same else cases[top].onset_s(REQUESTS),
        grows_with_load=cases[top].grows_with_load(REQUESTS),
        strength=min(1.0, ratio / 3),
        missing=(f"whether {top} is fuller than the others",),
        experiment=Experiment(
            do="send to every machine by its own address, in turn, and rerun",
            if_this_is_it="shares become even, and throughput rises",
            if_not="shares become even and throughput stays",
        ),
        fix="balance in turn; load from as many addresses as real users have",
    )


def _rates(case: Case) -> dict[str, float]:
    """Requests after the inflection by machine, of the role that most machines have."""
    groups: dict[str, dict[str, float]] = {}
    for other in behind(case):
        rate = other.after(REQUESTS)
        if rate > 0:
            groups.setdefault(other.component.role, {})[other.component.name] = rate
    return max(groups.values(), key=len, default={})


def _earlier(top: str, machines: list[Case]) -> float:
    before = {c.component.name: c.before(REQUESTS) for c in machines}
    total = math.fsum(r for r in before.values() if not math.isnan(r))
    return before[top] * len(before) / total if total > 0 else math.nan
