"""Rule: TCP runs short of memory."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show, times

from ._judging import Counted, cleared, counts, timing, wider, worst

PRESSURES, ABORTS = "tcp.memory_pressures_per_s", "tcp.abort_on_memory_per_s"
SAID = message("kernel", "tcp_out_of_memory")
PAGES = "sock.tcp_memory_pages"


@rule(
    resource="memory",
    roles=("load_generator", "cdn", "lb", "app", "db", "cache", "queue", "other"),
    needs=(f"{PRESSURES} | {ABORTS} | {SAID}",),
    pattern="T04",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; nstat -az; cat /proc/net/sockstat; '
    "sleep 1; done",
)
def tcp_memory_runs_short(case: Case) -> Outcome:
    """TCP runs short of memory.

    What it says:
        The buffers of all connections together reached net.ipv4.tcp_mem: the kernel shrank
        windows, dropped segments or aborted connections.

    Why it matters:
        Every connection of the machine slows at once, while most of its memory may be
        free: tcp_mem is a ceiling of its own.

    How it decides:
        Aborted connections or the kernel's "out of memory -- consider tuning tcp_mem" are
        a mechanism; entering pressure alone is a lead.

    What fools it:
        A host's own ceiling is shared by its containers. Pressure that was entered once
        and left at once harms nobody.

    Source:
        https://docs.kernel.org/networking/ip-sysctl.html (tcp_mem)
        netdata, health.d/tcp_mem.conf
    """
    found = counts(case, PRESSURES, ABORTS) + counts(case, SAID, fewest=1)
    hard = worst(c for c in found if c.metric != PRESSURES)
    seen = hard or worst(found)
    if seen is None:
        return cleared(case, "memory", found, "TCP never came under memory pressure")
    pages = [case.rise(PAGES)] if case.has(PAGES) else []
    return case.finding(
        "memory",
        _says(seen),
        wider(case, Place.FRONT, Place.BEHIND),
        evidence=(*(case.count(m) for m in (SAID, ABORTS, PRESSURES) if case.total(m) > 0), *pages),
        strength=1.0 if hard else 0.5,
        experiment=Experiment(
            do="double the three values of net.ipv4.tcp_mem and rerun at the plateau",
            if_this_is_it="pressure and aborts stop, and throughput rises",
            if_not="memory fills again: receivers read too slowly, or there are too many "
            "connections",
        ),
        fix="raise tcp_mem, fewer or smaller socket buffers, fewer idle connections",
        **timing(case, seen, mechanism=hard is not None),
    )


def _says(seen: Counted) -> str:
    if seen.metric == PRESSURES:
        return f"TCP came under memory pressure {times(seen.total)}"
    if seen.metric == SAID:
        return f"the kernel reported TCP out of memory {times(seen.total)}"
    return f"TCP aborted {show(seen.total)} connections for want of memory"
