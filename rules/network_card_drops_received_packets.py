"""Rule: a network card drops packets that it received."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import CARRIERS, CannotTell, Cleared, Evidence, Experiment, Outcome
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import (
    A_COURSE,
    Counted,
    Course,
    cleared,
    counts,
    departs,
    in_front,
    most_seconds,
    share,
    timing,
    worst,
)
from ._neighbours import neighbours
from ._packets import RATIO_MATTERS, sent_again, strength

MISSED, OVERRUN = "nic.rx_missed_per_s", "nic.rx_overrun_per_s"
DROPPED, PACKETS = "nic.rx_dropped_per_s", "nic.rx_packets_per_s"
RING = (MISSED, OVERRUN)


@rule(
    resource="nic_receive",
    needs=(f"{MISSED} | {OVERRUN} | {DROPPED}",),
    pattern="R01",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; ip -s -s link; sleep 1; done',
)
def network_card_drops_received_packets(case: Case) -> Outcome:
    """A network card drops packets that it received.

    What it says:
        Packets reached this machine and were thrown away before its network stack saw
        them, more of them as the load grew.

    Why it matters:
        Each lost packet waits for a retransmission: 200 ms and more, a second where a
        connection is being opened. On a router it looks as if every server were slow.

    How it decides:
        The rate of drops after the inflection is held against the rate when idle and
        before, and against the packets received: more than a thousandth of them, or it
        costs too little to matter. rx_missed and overruns are a ring that was full. Plain
        rx_dropped counts other things too, so on a machine that is no router or switch it
        is a mechanism only where it leaves what the load before predicts and a neighbour
        had to send again. Where every neighbour was measured and none sent again, no
        packet of the test was lost here.

    What fools it:
        Drops that tick along idle and loaded alike: unknown protocols, VLANs, broadcasts.
        /proc/net/dev adds missed packets to its drop column. A total since boot proves
        nothing.

    Source:
        Linux, include/uapi/linux/if_link.h (rx_dropped, rx_missed_errors, rx_over_errors)
        netdata, health.d/net.conf (2 % of packets dropped); RFC 6298
    """
    found = counts(case, *RING, DROPPED)
    seen = _pick(found)
    if seen is None:
        return cleared(case, "nic_receive", found, "no packet was dropped on arrival")
    _, ratio = share(case, seen.metric, PACKETS, seen.part)
    if ratio < RATIO_MATTERS or _is_ambiguous(case, seen):
        return _too_few(case, seen, ratio)
    yes, no = sent_again(case)
    denied = bool(no) and len(no) == len(neighbours(case))
    dated = timing(case, seen, mechanism=not denied and _is_mechanism(case, seen, bool(yes)))
    return case.finding(
        "nic_receive",
        f"{seen.part or 'the network card'} dropped {show(ratio, 'ratio')} of the packets that "
        f"it received ({_class(seen)})",
        in_front(case),
        evidence=(case.count(seen.metric, seen.part), _rates(case, seen, ratio), *yes),
        against=() if yes else no,
        strength=strength(ratio),
        seconds=most_seconds(case, seen.after - seen.background),
        experiment=Experiment(
            do="double the receive ring (ethtool -G IF rx N), or spread interrupts over cores "
            "(RSS, RPS), and rerun at the plateau; or send the load past this machine",
            if_this_is_it="drops per packet fall, and throughput rises with them",
            if_not="drops fall and throughput stays: look at what the ladder says holds the time",
        ),
        fix="a larger receive ring, interrupts spread over cores, fewer packets per request "
        "(keep-alive), or a faster machine",
        **dated,
    )


def _pick(found: list[Counted]) -> Counted | None:
    """The worst of all; a ring's own counter where it tells of the same drops."""
    seen, ring = worst(found), worst(c for c in found if c.metric in RING)
    same = ring is not None and seen is not None and ring.course is seen.course
    return ring if same and ring and seen and ring.weight >= 0.5 * seen.weight else seen


def _is_mechanism(case: Case, seen: Counted, sent_again_nearby: bool) -> bool:
    if seen.metric in RING or case.component.role in CARRIERS:
        return True
    return sent_again_nearby and departs(case, seen.metric, seen.part) is True


def _is_ambiguous(case: Case, seen: Counted) -> bool:
    """A plain rx_dropped without a course, on a machine that is no carrier."""
    carrier = case.component.role in CARRIERS
    return seen.course is Course.UNDATED and seen.metric == DROPPED and not carrier


def _too_few(case: Case, seen: Counted, ratio: float) -> Outcome:
    if seen.course is Course.UNDATED:
        return CannotTell(case.component.name, "nic_receive", (A_COURSE,))
    says = f"{show(ratio, 'ratio')} of received packets dropped, too few to matter: {seen.rates}"
    return Cleared(case.component.name, "nic_receive", says, _rates(case, seen, ratio).source)


def _rates(case: Case, seen: Counted, ratio: float) -> Evidence:
    part = f" on {seen.part}" if seen.part else ""
    of = "" if math.isnan(ratio) else f", {show(ratio, 'ratio')} of the packets received"
    return case.note(f"drops{part}: {seen.rates}{of}", seen.metric, seen.part, ratio, "ratio")


def _class(seen: Counted) -> str:
    named = {MISSED: "no free receive buffer", OVERRUN: "receive FIFO overrun"}
    return named.get(seen.metric, "rx_dropped: ring, filter or protocol")
