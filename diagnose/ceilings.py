"""Every limit of a component as a number that a series may stand at, derived forms too.

What an expert divides and multiplies in the head: local ports by the minute that each rests
in TIME_WAIT, connections of one worker by the workers and by two for a proxy, a backlog by
what the kernel lets through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.case import Case, CitedLimit
from diagnose.metrics import LIMITS
from diagnose.units import show

TIME_WAIT_S = 60  # TCP_TIMEWAIT_LEN, include/net/tcp.h of Linux
WORKER_CONNECTIONS, WORKERS = "nginx.worker_connections", "nginx.worker_processes"
PORTS, SOMAXCONN = "net.ephemeral_ports", "net.somaxconn"
OF_QUEUES = ("listen.backlog", "nginx.listen_backlog", SOMAXCONN)
# What bounds no series that we have: factors, targets, and the idle among connections.
NO_CEILING = {
    *("cpu.count", "cpu.quota_cores", WORKERS, "nginx.upstream_keepalive"),
    *("net.max_syn_backlog", "memory.total_bytes", "db.redo_capacity_bytes"),
}


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A number that a limit sets, and how it is worked out; parts tell whose it is."""

    name: str
    value: float
    unit: str
    says: str
    part: str = ""
    derived: bool = False  # worked out of what its own component has


def ceilings(case: Case) -> Iterator[Ceiling]:
    """All of one component; what is derived comes before the plain number."""
    for name, limits in sorted(case.limits.items()):
        unit = LIMITS[name][0]
        if name in NO_CEILING or unit == "s":
            continue
        for limit in {(c.value, c.part): c for c in reversed(limits)}.values():
            where = f" ({limit.source})" if limit.source else ""
            if name == WORKER_CONNECTIONS:
                yield from _of_workers(case, limit, where)
            if name == PORTS:
                per_s = limit.value / TIME_WAIT_S
                says = f"{name} / {TIME_WAIT_S} s in TIME_WAIT is {show(per_s, '1/s')}{where}"
                yield Ceiling(name, per_s, "1/s", says, derived=True)
            yield _plain(case, name, limit, where)


def _plain(case: Case, name: str, limit: CitedLimit, where: str) -> Ceiling:
    """The number itself; the kernel cuts a backlog down to somaxconn (listen(2))."""
    unit, value = LIMITS[name][0], limit.value
    number = f"{value:,.0f}" if unit == "1" else show(value, unit)
    most = case.limit(SOMAXCONN) if name in OF_QUEUES else None
    if most is not None and most.value < value:
        number += f", cut down to {SOMAXCONN} {most.value:,.0f}"
        value = most.value
    return Ceiling(name, value, unit, f"{name} is {number}{where}", limit.part)


def _of_workers(case: Case, limit: CitedLimit, where: str) -> Iterator[Ceiling]:
    """Connections left to clients and upstreams: of all workers, and half of them, since a
    proxy holds one to the client and one to the upstream.

    Each worker keeps one for every listening socket and one for its channel to the master
    (ngx_event_process_init and ngx_add_channel_event, src/event of nginx).
    """
    listeners = {fact.value for fact, _ in case.facts.get("nginx.listen", ())}
    kept = len(listeners) + 1 if listeners else 0
    workers = case.limit(WORKERS)
    count = workers.value if workers else 1.0
    left = (limit.value - kept) * count
    says = f"{limit.value:,.0f} worker_connections"
    says += f" less {kept} kept for listening sockets and the channel" if kept else ""
    says += f", × {count:,.0f} workers" if count > 1 else ""
    for share, half in ((1, ""), (2, ", / 2 for a proxy")):
        text = f"{says}{half}, is {left / share:,.0f}{where}"
        if kept or count > 1 or share > 1:
            yield Ceiling(WORKER_CONNECTIONS, left / share, "1", text, derived=True)
