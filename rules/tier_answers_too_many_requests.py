"""Rule: a tier answers 429, too many requests."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import cleared, counts, per_request, timing, worst

TOO_MANY = "http.too_many_per_s"
MATTERS = 0.01  # of requests (a choice)
CAME_FROM_BEHIND = 0.5  # of the 429s (a choice)


@rule(
    resource="rate_limit",
    roles=("cdn", "lb", "app"),
    where_measured=True,
    needs=(TOO_MANY,),
    pattern="E01",
    how_to_collect="the access log of this tier, with its status",
)
def tier_answers_too_many_requests(case: Case) -> Outcome:
    """A tier answers 429: a rate limit spoke.

    What it says:
        This tier, and none behind it, answered 429 Too Many Requests.

    Why it matters:
        A limit that is meant for strangers stopped the test: no server was full. It is
        mostly counted by address, so that a load generator meets it first.

    How it decides:
        Responses 429, a hundredth of requests or more after the inflection. Where the tier
        behind answered half as many, it only passed them on.

    What fools it:
        A service far behind, with a quota of its own, may be the one that said 429 and the
        application only repeats it.

    Source:
        RFC 6585, section 4
    """
    found = counts(case, TOO_MANY)
    seen = worst(found)
    if seen is None:
        return cleared(case, "rate_limit", found, "no response was 429")
    behind = [c for c in case.receivers if c.total(TOO_MANY) >= CAME_FROM_BEHIND * seen.total]
    ratio = per_request(case, seen.after - seen.background)
    if behind or ratio < MATTERS:
        said = f", passed on from {behind[0].component.name}" if behind else ""
        says = f"{show(seen.total)} responses 429{said}"
        return Cleared(case.component.name, "rate_limit", says, case.count(TOO_MANY).source)
    known = not case.component.sends_to or any(c.has(TOO_MANY) for c in case.receivers)
    return case.finding(
        "rate_limit",
        f"it answered {show(seen.total)} requests with 429, too many requests",
        Place.INSIDE,
        evidence=(case.count(TOO_MANY),),
        failures=seen.total,
        strength=min(1.0, ratio / 0.1),
        experiment=Experiment(
            do="exempt the load generator's addresses from the limit and rerun at the plateau",
            if_this_is_it="429 disappear, and throughput rises until the next limit",
            if_not="429 go on: another limit, further in, speaks",
        ),
        fix="exempt the load generator; count by user instead of address",
        **{
            **timing(case, seen, mechanism=known),
            "missing": () if known else ("whether the tier behind said 429: its access log",),
        },
    )
