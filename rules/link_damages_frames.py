"""Rule: a link damages frames."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Experiment, Outcome
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import (
    A_COURSE,
    OVER_BEFORE,
    Counted,
    Course,
    cleared,
    counts,
    in_front,
    most_seconds,
    share,
    timing,
    worst,
)
from ._packets import RATIO_MATTERS, strength

CRC, FRAME, RX = "nic.rx_crc_per_s", "nic.rx_frame_per_s", "nic.rx_errors_per_s"
COLLISIONS, CARRIER, TX = "nic.collisions_per_s", "nic.tx_carrier_per_s", "nic.tx_errors_per_s"
RECEIVED, SENT = "nic.rx_packets_per_s", "nic.tx_packets_per_s"
NAMED = (CRC, FRAME, COLLISIONS, CARRIER)


@rule(
    resource="packet_loss",
    needs=(f"{RX} | {CRC}",),
    pattern="R07",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; ip -s -s link; sleep 1; done',
)
def link_damages_frames(case: Case) -> Outcome:
    """A link damages frames.

    What it says:
        Frames arrived with a bad checksum or length, or collided, or the carrier was lost:
        a cable, a port, a transceiver, or two ends that disagree on duplex.

    Why it matters:
        A damaged frame is a lost packet. The link carries small tests and fails large ones.

    How it decides:
        Errors by interface, a thousandth or more of its packets, and a larger share of
        them after the inflection than before. The same share at every load is a bad link
        that did not turn this run.

    What fools it:
        rx_errors also sums overruns of the ring; where those are counted they are left to
        the rule on drops. A link that loses its carrier once loses everything for seconds.

    Source:
        Linux, include/uapi/linux/if_link.h; netdata, health.d/net.conf (5 errors in ten
        minutes); PCP pmieconf per_netif.errors (15 a second)
    """
    found = [c for c in counts(case, *NAMED, RX, TX) if not _is_ring(case, c)]
    seen = worst(found)
    if seen is None:
        return cleared(case, "packet_loss", found, "no frame was damaged")
    of = SENT if seen.metric in (TX, CARRIER, COLLISIONS) else RECEIVED
    before, after = share(case, seen.metric, of, seen.part)
    says = f"{show(after, 'ratio')} of frames on {seen.part} damaged after the inflection"
    if after < RATIO_MATTERS or (before > 0 and after <= OVER_BEFORE * before):
        if seen.course is Course.UNDATED:
            return CannotTell(case.component.name, "packet_loss", (A_COURSE,))
        text = f"{says}, {show(before, 'ratio')} before"
        source = case.rise(seen.metric, seen.part).source
        return Cleared(case.component.name, "packet_loss", text, source)
    return case.finding(
        "packet_loss",
        f"the link at {seen.part} damages {show(after, 'ratio')} of its frames",
        in_front(case),
        evidence=(case.count(seen.metric, seen.part), case.note(says, seen.metric, seen.part)),
        strength=strength(after),
        seconds=most_seconds(case, seen.after - seen.background),
        experiment=Experiment(
            do="change cable and port, set both ends to negotiate, rerun at the plateau",
            if_this_is_it="errors stop, and retransmissions with them",
            if_not="errors go on: the card or the transceiver itself",
        ),
        fix="replace cable, transceiver or port; make duplex agree on both ends",
        **timing(case, seen),
    )


def _is_ring(case: Case, seen: Counted) -> bool:
    """Receive errors that are at least half overruns of the ring."""
    overruns = case.total("nic.rx_overrun_per_s", seen.part)
    return seen.metric == RX and overruns > 0.5 * seen.total
