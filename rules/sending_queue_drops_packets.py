"""Rule: a sending queue drops packets or keeps them waiting."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import CARRIERS, CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import (
    A_COURSE,
    Counted,
    Course,
    cleared,
    counted,
    counts,
    most_seconds,
    share,
    timing,
    wider,
    worst,
)
from ._packets import RATIO_MATTERS, sent_again, strength

DROPPED, TX_DROPPED = "qdisc.dropped_per_s", "nic.tx_dropped_per_s"
SENT, TX_PACKETS = "qdisc.sent_packets_per_s", "nic.tx_packets_per_s"
BACKLOG, OVERLIMITS = "qdisc.backlog_packets", "qdisc.overlimits_per_s"
WAITING = 10.0  # packets that wait at every look are a queue, not chance (a choice)


@rule(
    resource="egress_queue",
    needs=(f"{DROPPED} | {TX_DROPPED}",),
    pattern="R09",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; tc -s qdisc; sleep 1; done',
    explained_by=("bandwidth",),
)
def sending_queue_drops_packets(case: Case) -> Outcome:
    """A sending queue drops packets or keeps them waiting.

    What it says:
        Packets waited to leave this machine and were dropped, or held back by a shaper,
        more of them as the load grew.

    Why it matters:
        A dropped packet waits for a retransmission; a long queue adds its own length to
        every packet behind it (bufferbloat).

    How it decides:
        Drops of the queueing discipline or the driver that grow under load, a thousandth
        of the packets sent or more. Without drops, a backlog that is there at every look
        while the shaper holds packets back.

    What fools it:
        Fair queues (fq_codel) drop a little by design. A host sends both ways: the place is
        the side whose time grew. The counter belongs to the interface, so other traffic of
        the host may be what was dropped.

    Source:
        tc(8), tc-fq_codel(8); Linux, include/uapi/linux/if_link.h (tx_dropped)
        netdata, health.d/net.conf
    """
    found = counts(case, DROPPED, TX_DROPPED)
    seen = worst(found)
    queue = _queue(case)
    if seen is None:
        return _held_back(case, queue) if queue else _calm(case, found)
    _, ratio = share(case, seen.metric, SENT if seen.metric == DROPPED else TX_PACKETS, seen.part)
    if ratio < RATIO_MATTERS:
        return _too_few(case, seen, ratio)
    yes, _ = sent_again(case)
    lost = f", {show(ratio, 'ratio')} of what it sent" if ratio > 0 else ""
    return case.finding(
        "egress_queue",
        f"{seen.part or 'an interface'} dropped {show(seen.total)} packets before sending{lost}",
        _place(case),
        evidence=(case.count(seen.metric, seen.part), *_queued(case, queue), *yes),
        strength=strength(ratio),
        seconds=most_seconds(case, seen.after - seen.background),
        experiment=_EXPERIMENT,
        fix=_FIX,
        **timing(case, seen),
    )


_EXPERIMENT = Experiment(
    do="lift the shaper or lengthen the queue (tc qdisc; txqueuelen) and rerun at the plateau",
    if_this_is_it="drops and backlog go, and throughput rises",
    if_not="the queue moves to the next link: the bytes are too many",
)
_FIX = "raise the shaper's rate or the queue's length; fewer or smaller packets; a faster link"


def _place(case: Case) -> Place:
    if case.component.role in CARRIERS:
        return Place.PATH
    return wider(case, Place.FRONT, Place.BEHIND)


def _queue(case: Case) -> str:
    """The interface with a standing queue that its shaper holds back; "" where none is."""
    for part in sorted(case.signals(BACKLOG)):
        level, earlier = case.after(BACKLOG, part), case.before(BACKLOG, part)
        if (
            level >= max(WAITING, 2 * earlier)
            and counted(case, OVERLIMITS, part).course is Course.GREW
        ):
            return part
    return ""


def _queued(case: Case, queue: str) -> list[Evidence]:
    return [case.rise(BACKLOG, queue), case.count(OVERLIMITS, queue)] if queue else []


def _held_back(case: Case, queue: str) -> Outcome:
    waiting = show(case.held(BACKLOG, queue))
    return case.finding(
        "egress_queue",
        f"{waiting} packets wait at {queue} for its shaper",
        _place(case),
        evidence=tuple(_queued(case, queue)),
        strength=0.7,
        experiment=_EXPERIMENT,
        fix=_FIX,
        **timing(case, counted(case, OVERLIMITS, queue)),
    )


def _too_few(case: Case, seen: Counted, ratio: float) -> Outcome:
    if seen.course is Course.UNDATED:
        return CannotTell(case.component.name, "egress_queue", (A_COURSE,))
    says = f"{show(ratio, 'ratio')} of sent packets dropped, too few to matter: {seen.rates}"
    source = case.rise(seen.metric, seen.part).source
    return Cleared(case.component.name, "egress_queue", says, source)


def _calm(case: Case, found: list[Counted]) -> Outcome:
    return cleared(case, "egress_queue", found, "no packet was dropped before sending")
