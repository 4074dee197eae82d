"""Rule: the table of connections in TIME_WAIT overflows."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import times

from ._judging import cleared, counts, timing, wider, worst

OVERFLOWS, WAITING = "tcp.time_wait_overflows_per_s", "sock.time_wait"
SAID = message("kernel", "time_wait_overflow")


@rule(
    resource="ephemeral_ports",
    roles=("load_generator", "cdn", "lb", "app", "db", "cache", "queue", "other"),
    needs=(f"{OVERFLOWS} | {SAID}",),
    pattern="T03",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; nstat -az; sleep 1; done',
)
def time_wait_table_overflows(case: Case) -> Outcome:
    """The table of connections in TIME_WAIT overflows.

    What it says:
        More connections were closed than the kernel keeps in TIME_WAIT
        (net.ipv4.tcp_max_tw_buckets); it forgot the rest at once.

    Why it matters:
        Forgetting them costs nothing by itself. It tells that each request opens a
        connection of its own, which costs ports, processor time and a round trip.

    How it decides:
        The kernel's counter or message grows under load. Never a mechanism: no request
        waits for a TIME_WAIT entry.

    What fools it:
        A low tcp_max_tw_buckets in a small machine overflows at a harmless rate.

    Source:
        https://docs.kernel.org/networking/ip-sysctl.html (tcp_max_tw_buckets)
    """
    found = counts(case, OVERFLOWS) + counts(case, SAID, fewest=1)
    seen = worst(found)
    if seen is None:
        return cleared(case, "ephemeral_ports", found, "the TIME_WAIT table never overflowed")
    waiting = [case.rise(WAITING)] if case.has(WAITING) else []
    return case.finding(
        "ephemeral_ports",
        f"the TIME_WAIT table overflowed {times(seen.total)}: connections are short-lived",
        wider(case, Place.BEHIND, Place.FRONT),
        evidence=(case.count(seen.metric), *waiting),
        strength=0.3,
        experiment=Experiment(
            do="keep connections alive on both sides of this machine and rerun at the plateau",
            if_this_is_it="the overflows stop and throughput rises",
            if_not="the overflows stop and throughput stays",
        ),
        fix="keep connections alive; raise tcp_max_tw_buckets",
        **timing(case, seen, mechanism=False),
    )
