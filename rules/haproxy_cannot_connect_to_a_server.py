"""Rule: HAProxy cannot connect to a server."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import times

from ._judging import Course, cleared, counted, counts, timing, worst
from ._upstream import BEHIND, next_tier, what_is_missing

FAILED, AGAIN = "haproxy.connect_errors_per_s", "haproxy.retries_per_s"
TRY = Experiment(
    do="from HAProxy's host, open one connection a second to that server at the plateau "
    "(curl -w '%{time_connect}')",
    if_this_is_it="one in some is refused, or takes 1 s or 3 s",
    if_not="all connect in a millisecond: the errors came from a restart",
)


@rule(
    resource="upstream",
    roles=("lb",),
    where_measured=True,
    needs=(FAILED,),
    pattern="N19",
    how_to_collect="HAProxy's show stat each second (econ, wretr)",
    product="HAProxy",
    explained_by=BEHIND,
)
def haproxy_cannot_connect_to_a_server(case: Case) -> Outcome:
    """HAProxy cannot connect to a server.

    What it says:
        Connections to a server failed, or timed out, after all retries: those requests were
        answered with 503.

    Why it matters:
        The application has not seen these requests, and is not slow: the queue of its
        listening socket or the way there did not take them.

    How it decides:
        Connection errors of a server or backend that grew after the inflection, more than
        when idle and before. Never a mechanism: it points behind, where counters say more.

    What fools it:
        A server that is being restarted refuses connections without any load. Health checks
        are not counted here. A backend counts the errors of its servers again: the largest
        is taken, not the sum.

    Source:
        https://docs.haproxy.org/2.8/management.html#9.1 (econ, wretr)
        https://docs.haproxy.org/2.8/configuration.html#4.2-retries
    """
    found = counts(case, FAILED)
    seen = worst(found)
    if seen is None:
        return cleared(case, "upstream", found, "HAProxy reached its servers every time")
    again = counted(case, AGAIN, seen.part)
    retried = (case.count(AGAIN, seen.part),) if again.course is Course.GREW else ()
    return case.finding(
        "upstream",
        f"HAProxy could not connect to {seen.part} {times(seen.total)}",
        Place.BEHIND,
        evidence=(case.count(FAILED, seen.part), *retried),
        failures=seen.total,
        experiment=TRY,
        fix=f"look at {next_tier(case)}: accept queue, packet drops, process restarts",
        **{**timing(case, seen, mechanism=False), "missing": (what_is_missing(case),)},
    )
