"""Rule: a listening socket's accept queue overflows."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show, times

from ._judging import Counted, cleared, counts, per_request, timing, worst

OVERFLOWS, DROPS = "tcp.listen_overflows_per_s", "tcp.listen_drops_per_s"
QUEUE = "listen.queue_length"
FULL = 1.0  # of the backlog: the kernel refuses beyond it


@rule(
    resource="listen_backlog",
    roles=("cdn", "lb", "app", "db", "cache", "queue", "other"),
    needs=(f"{OVERFLOWS} | {QUEUE}",),
    pattern="T01",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; nstat -az; ss -lnt; sleep 1; done',
    explained_by=("thread_pool", "file_descriptors", "connections", "cpu", "gc"),
)
def accept_queue_overflows(case: Case) -> Outcome:
    """A listening socket's accept queue overflows.

    What it says:
        Connections arrived faster than a process accepted them; its queue was full, and
        the kernel dropped what came on top.

    Why it matters:
        The caller's connection hangs for 1 s, 3 s, 7 s and more until a repeated SYN finds
        room. No log of the server shows such a request.

    How it decides:
        Any overflow that grows under load is a mechanism (PCP warns at more than none,
        netdata at one a second). A queue that stands at its backlog is one too. Only the
        kernel's counter clears: a queue that is looked at once a second hides bursts.

    What fools it:
        The counter is the whole machine's, so another socket may be the one; a burst
        while the process started. A full queue is often a consequence: all threads
        busy, no file descriptor free. ListenDrops alone has other causes as well.

    Source:
        https://docs.kernel.org/networking/snmp_counter.html (TcpExtListenOverflows)
        listen(2); ss(8): Recv-Q of a listening socket is its queue, Send-Q its backlog
        PCP pmieconf network.tcplistenoverflows; netdata health.d/tcp_listen.conf
    """
    found = counts(case, OVERFLOWS)
    seen = worst(found)
    at_limit = _full_sockets(case)
    if seen is None and not at_limit:
        return _no_overflow(case, found)
    dated = timing(case, seen) if seen else _timing_of_queue(case, at_limit[0])
    return case.finding(
        "listen_backlog",
        _says(seen, at_limit),
        Place.FRONT,
        evidence=(*_evidence(case, seen), *(_queue(case, part) for part in at_limit)),
        strength=_strength(case, seen),
        experiment=Experiment(
            do="raise the backlog of the listening socket and net.core.somaxconn to 4096, restart "
            "it, rerun at the plateau",
            if_this_is_it="overflows stop, and so do waits of 1, 3 and 7 s before a connection",
            if_not="the queue fills all the same: the process accepts too slowly; look at its "
            "threads, files and CPU",
        ),
        fix="raise listen backlog and somaxconn together; accept faster; keep connections alive",
        **dated,
    )


def _full_sockets(case: Case) -> list[str]:
    return [p for p in sorted(case.signals(QUEUE)) if 0 < _backlog(case, p) <= case.held(QUEUE, p)]


def _backlog(case: Case, part: str) -> float:
    limit = case.limit("listen.backlog", part)
    return FULL * limit.value if limit else math.nan


def _says(seen: Counted | None, at_limit: list[str]) -> str:
    if seen is None:
        return f"the accept queue of {at_limit[0]} stood at its backlog"
    return f"an accept queue overflowed {times(seen.total)}"


def _timing_of_queue(case: Case, part: str) -> dict[str, object]:
    return {
        "onset_s": case.onset_s(QUEUE, part, above=_backlog(case, part)),
        "grows_with_load": case.grows_with_load(QUEUE, part),
        "missing": () if case.has(OVERFLOWS) else (OVERFLOWS,),
    }


def _strength(case: Case, seen: Counted | None) -> float:
    """1 from an overflow in a hundred requests on (a choice)."""
    ratio = per_request(case, seen.after) if seen else math.nan
    return 0.5 if math.isnan(ratio) else min(1.0, ratio / 0.01)


def _evidence(case: Case, seen: Counted | None) -> list[Evidence]:
    if seen is None:
        return []
    return [case.count(m) for m in (OVERFLOWS, DROPS) if case.total(m) > 0]


def _queue(case: Case, part: str) -> Evidence:
    held, limit = case.held(QUEUE, part), case.limit("listen.backlog", part)
    of = f" of {show(limit.value)}" if limit else ""
    return case.note(f"{show(held)}{of} connections waited at {part}", QUEUE, part, held)


def _no_overflow(case: Case, found: list[Counted]) -> Cleared | CannotTell:
    if not found:
        return CannotTell(case.component.name, "listen_backlog", (OVERFLOWS,))
    part = case.worst(QUEUE)
    longest = f"; at most {_queue(case, part).says}" if case.signals(QUEUE) else ""
    return cleared(case, "listen_backlog", found, f"no accept queue overflowed{longest}")
