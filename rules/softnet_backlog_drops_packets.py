"""Rule: a core's packet backlog is full."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Cleared, Experiment, Outcome
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import cleared, counts, in_front, most_seconds, share, timing, worst
from ._packets import RATIO_MATTERS, strength

DROPPED, PROCESSED = "softnet.dropped_per_s", "softnet.processed_per_s"


@rule(
    resource="nic_receive",
    needs=(DROPPED,),
    pattern="R03",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; cat /proc/net/softnet_stat; sleep 1; done',
    explained_by=("cpu",),
)
def softnet_backlog_drops_packets(case: Case) -> Outcome:
    """A core's packet backlog is full and drops packets.

    What it says:
        Packets that the card had delivered waited in a core's backlog for the network
        stack, and were dropped when it was full (net.core.netdev_max_backlog).

    Why it matters:
        Each waits for a retransmission, 200 ms or more, with no trace in any log.

    How it decides:
        Drops in softnet_stat (second column) that grow under load, a thousandth or more
        of the packets that the core processed.

    What fools it:
        The counter belongs to the whole host, also inside a container. It moves with
        virtual devices and packet steering only; a card with its own polling does not use
        this queue.

    Source:
        https://docs.kernel.org/admin-guide/sysctl/net.html#netdev-max-backlog
        netdata, health.d/softnet.conf (10 drops a second)
    """
    found = counts(case, DROPPED)
    seen = worst(found)
    if seen is None:
        return cleared(case, "nic_receive", found, "no core dropped a packet from its backlog")
    _, ratio = share(case, DROPPED, PROCESSED, seen.part)
    if ratio < RATIO_MATTERS and seen.after >= 0:
        says = f"core {seen.part} dropped {show(ratio, 'ratio')} of its packets, too few to matter"
        source = case.rise(DROPPED, seen.part).source
        return Cleared(case.component.name, "nic_receive", says, source)
    return case.finding(
        "nic_receive",
        f"core {seen.part}'s packet backlog overflowed: {show(ratio, 'ratio')} of its packets lost",
        in_front(case),
        evidence=(case.count(DROPPED, seen.part),),
        strength=strength(ratio),
        seconds=most_seconds(case, seen.after - seen.background),
        experiment=Experiment(
            do="raise net.core.netdev_max_backlog fourfold and rerun at the plateau",
            if_this_is_it="drops stop, and retransmissions with them",
            if_not="the longer queue fills too: one core has too much to do; spread it (RPS)",
        ),
        fix="raise net.core.netdev_max_backlog; spread packets over cores (RPS)",
        **timing(case, seen),
    )
