"""Rule: sockets' receive buffers overflow."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Experiment, Outcome
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import (
    A_COURSE,
    Course,
    cleared,
    counts,
    in_front,
    most_seconds,
    per_request,
    timing,
    worst,
)

QUEUE, BACKLOG = "tcp.receive_queue_drops_per_s", "tcp.backlog_drops_per_s"
PRUNED, UDP = "tcp.pruned_per_s", "udp.receive_buffer_errors_per_s"
MATTERS = 0.01  # dropped segments per request (a choice)


@rule(
    resource="memory",
    roles=("load_generator", "cdn", "lb", "app", "db", "cache", "queue"),
    needs=(f"{QUEUE} | {BACKLOG}",),
    pattern="T08",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; nstat -az; sleep 1; done',
    explained_by=("cpu", "swap", "gc"),
)
def receive_buffers_overflow(case: Case) -> Outcome:
    """Sockets' receive buffers overflow.

    What it says:
        Segments arrived whole and were dropped because the socket's queue or backlog was
        full: the process did not read in time.

    Why it matters:
        Each is sent again after 200 ms or more, though no network lost it.

    How it decides:
        Drops that grow under load, one or more in a hundred requests. A lead and no
        mechanism: the process that does not read is the cause, and has its own rules.

    What fools it:
        Pruned queues lose nothing in order, and are shown only. Datagrams (UDP) belong to
        name lookups and metrics, rarely to the test.

    Source:
        https://docs.kernel.org/networking/snmp_counter.html (TCPRcvQDrop, TCPBacklogDrop,
        PruneCalled)
    """
    found = counts(case, QUEUE, BACKLOG)
    seen = worst(found)
    if seen is None:
        return cleared(case, "memory", found, "no segment was dropped for a full receive buffer")
    if seen.course is Course.UNDATED:
        return CannotTell(case.component.name, "memory", (A_COURSE,))
    ratio = per_request(case, seen.after - seen.background)
    if ratio < MATTERS:
        says = f"{show(ratio)} segments a request dropped for a full receive buffer"
        return Cleared(case.component.name, "memory", says, case.rise(seen.metric).source)
    return case.finding(
        "memory",
        f"full receive buffers dropped {show(seen.total)} segments",
        in_front(case),
        evidence=tuple(case.count(m) for m in (QUEUE, BACKLOG, PRUNED, UDP) if case.total(m) > 0),
        strength=min(1.0, ratio / 0.1),
        seconds=most_seconds(case, seen.after - seen.background),
        experiment=Experiment(
            do="double net.ipv4.tcp_rmem's largest value and rerun at the plateau",
            if_this_is_it="drops stop, and retransmissions towards this machine with them",
            if_not="buffers fill all the same: the process reads too slowly",
        ),
        fix="make the process read faster; larger receive buffers only delay it",
        **timing(case, seen, mechanism=False),
    )
