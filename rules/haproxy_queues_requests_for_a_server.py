"""Rule: HAProxy keeps requests waiting for a free server."""

from __future__ import annotations

from diagnose.case import Case, CitedLimit, mean
from diagnose.model import Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._levels import NAN, highest, off_path, stays_above, steady
from ._shares import plateau_per_s
from ._upstream import BEHIND

QUEUE, SESSIONS = "haproxy.queue", "haproxy.sessions"
MOST = "haproxy.max_sessions"
WAITS = 1.0  # a request that waits at every look (a choice)
ALL = 0.95  # of a server's maxconn: between two requests one place may be free (a choice)
NOT_SERVERS = ("FRONTEND", "BACKEND")
TRY = Experiment(
    do="twice the maxconn of each server line, the same load",
    if_this_is_it="the queue is empty, throughput rises, and servers have room",
    if_not="the same throughput, and requests wait in the servers instead: they are the limit",
)


@rule(
    resource="upstream",
    roles=("lb",),
    where_measured=True,
    needs=(QUEUE,),
    pattern="N17",
    how_to_collect="HAProxy's show stat each second (stats socket, or its page as CSV)",
    product="HAProxy",
    explained_by=BEHIND,
)
def haproxy_queues_requests_for_a_server(case: Case) -> Outcome:
    """HAProxy keeps requests waiting for a free server.

    What it says:
        After the inflection requests stood in HAProxy's queue, because every server that
        may take them had as many as its maxconn allows.

    Why it matters:
        The tier behind never sees these requests, so its own times look fine. A maxconn
        that is too low holds a server back that has room; one that is right guards it.

    How it decides:
        One request or more in a queue for a third of the time after the inflection, and not
        before the load. With a server at 95 % of its maxconn the chain is whole; without,
        that is missing. What is slow behind comes first.

    What fools it:
        Servers that are slow keep their places: then the queue is their consequence. The
        limit of a BACKEND is its fullconn, which limits nothing by itself.

    Source:
        https://docs.haproxy.org/2.8/management.html#9.1 (qcur, scur, slim)
        https://docs.haproxy.org/2.8/configuration.html#5.2-maxconn
    """
    part = case.worst(QUEUE)
    says = f"{show(case.held(QUEUE, part))} requests wait in the queue of {part}"
    if off_path(case) or not stays_above(case, QUEUE, WAITS, part) or steady(case, QUEUE, part):
        return Cleared(case.component.name, "upstream", says, case.cite(QUEUE, part))
    full = _full(case, part)
    return case.finding(
        "upstream",
        says,
        Place.INSIDE,
        evidence=(case.rise(QUEUE, part), *full),
        onset_s=case.onset_s(QUEUE, part, above=WAITS),
        grows_with_load=case.grows_with_load(QUEUE, part),
        seconds=_seconds(case),
        missing=() if full else ("the maxconn of its servers, reached: slim and scur",),
        experiment=TRY,
        fix="a higher maxconn where servers have room, else more servers",
    )


def _full(case: Case, queue: str) -> tuple[Evidence, ...]:
    """The servers of this queue's backend that have all they may, with their limit."""
    proxy = queue.rpartition("/")[0]
    seen: list[Evidence] = []
    for limit in case.limits.get(MOST, ()):
        owner, _, server = limit.part.rpartition("/")
        if owner == proxy and server not in NOT_SERVERS and _at(case, limit):
            says = f"{limit.part} has {show(case.held(SESSIONS, limit.part))} sessions"
            seen.append(case.note(says, SESSIONS, limit.part, limit.value))
            seen.append(case.limit_note(f"maxconn of {limit.part}: {show(limit.value)}", limit))
    return tuple(seen)


def _at(case: Case, limit: CitedLimit) -> bool:
    return stays_above(case, SESSIONS, ALL * limit.value, limit.part)


def _seconds(case: Case) -> float:
    """Little: requests that wait, divided by those that are served in a second."""
    served = plateau_per_s(case)
    return mean(highest(case, QUEUE), case.run.windows.after) / served if served > 0 else NAN
