"""Rule: TCP sends segments again."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import CARRIERS, CannotTell, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import (
    A_COURSE,
    OVER_BEFORE,
    Course,
    cleared,
    counted,
    departs,
    share,
    timing,
    wider,
)
from ._packets import RETRANSMITS, SEGMENTS, strength

TIMEOUTS, SYNS = "tcp.timeouts_per_s", "tcp.syn_retransmits_per_s"
SUSPICIOUS = 0.01  # of the segments sent (a choice; healthy networks stay far below)
DROP_COUNTERS = ("nic.rx_dropped_per_s", "nic.rx_missed_per_s", "qdisc.dropped_per_s")


@rule(
    resource="packet_loss",
    roles=("load_generator", "cdn", "lb", "app", "db", "cache", "queue", "other"),
    needs=(RETRANSMITS, SEGMENTS),
    pattern="R11",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; nstat -az; sleep 1; done',
    explained_by=(
        "packet_loss",
        "nic_receive",
        "egress_queue",
        "bandwidth",
        "conntrack",
        "listen_backlog",
        "syn_queue",
        "cpu",
        "memory",
    ),
)
def tcp_segments_are_sent_again(case: Case) -> Outcome:
    """TCP sends segments again: packets are lost near this machine.

    What it says:
        More than one segment in a hundred had to be sent again after the inflection, and
        more than the load before predicts.

    Why it matters:
        A retransmission costs 200 ms to seconds. It is a symptom: whoever dropped the
        packet is in front of or behind this machine, or is this machine's own queue.

    How it decides:
        Retransmitted segments divided by segments sent, before against after. The same
        share before and after exonerates. It is never a mechanism: it tells that packets
        are lost, not where, so a machine that counts its drops outranks it.

    What fools it:
        A receiver too busy to acknowledge, a full accept queue, delayed acknowledgements:
        all make a sender repeat itself though the network lost nothing. OutSegs counts
        pure acknowledgements as well, so that the share of data is a little higher.

    Source:
        RFC 6298; https://docs.kernel.org/networking/snmp_counter.html (TCPOrigDataSent,
        TCPSynRetrans); 1 % is a choice
    """
    seen = counted(case, RETRANSMITS)
    before, after = share(case, RETRANSMITS, SEGMENTS)
    if seen.course not in (Course.GREW, Course.UNDATED):
        return cleared(case, "packet_loss", [seen], "no segment was sent again")
    said = f"{show(after, 'ratio')} of segments sent again after, {show(before, 'ratio')} before"
    if not after >= SUSPICIOUS and seen.course is Course.UNDATED:
        return CannotTell(case.component.name, "packet_loss", (A_COURSE,))
    same = before > 0 and after <= OVER_BEFORE * before
    if not after >= SUSPICIOUS or same or departs(case, RETRANSMITS) is False:
        return Cleared(case.component.name, "packet_loss", said, case.rise(RETRANSMITS).source)
    when = timing(case, seen, mechanism=False)
    return case.finding(
        "packet_loss",
        f"TCP sent {show(after, 'ratio')} of its segments again: packets are lost on its way",
        wider(case, Place.FRONT, Place.BEHIND),
        evidence=(
            case.rise(RETRANSMITS),
            case.note(said, RETRANSMITS, value=after),
            *(case.rise(m) for m in (TIMEOUTS, SYNS) if case.after(m) > 0),
        ),
        strength=strength(after),
        experiment=Experiment(
            do="read drop counters (ip -s -s link, tc -s qdisc, nstat) of every machine on the "
            "way before and after a minute at the plateau, and iperf3 between each two",
            if_this_is_it="one hop loses packets under load and not idle",
            if_not="no hop loses any: the peer does not answer in time; look at its accept queue",
        ),
        fix="mend the hop that drops",
        **{**when, "missing": (*_unread(case), *_as_texts(when["missing"]))},
    )


def _unread(case: Case) -> tuple[str, ...]:
    """Routers and switches beside this machine whose drops nobody read."""
    beside = (*case.senders, *case.receivers)
    blind = [
        c.component.name
        for c in beside
        if c.component.role in CARRIERS and not any(c.has(m) for m in DROP_COUNTERS)
    ]
    return tuple(f"the drop counters of {name} (ip -s -s link)" for name in blind) or (
        "where the packets were lost",
    )


def _as_texts(missing: object) -> tuple[str, ...]:
    return missing if isinstance(missing, tuple) else ()
