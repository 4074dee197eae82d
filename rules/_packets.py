"""What rules on lost packets share: who had to send again, and through which hosts."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Evidence
from diagnose.units import show

from ._judging import Counted, Course, counted
from ._neighbours import neighbours

RETRANSMITS = "tcp.retransmits_per_s"
SEGMENTS = "tcp.out_segments_per_s"
# A packet in a thousand: below it a request of ten packets waits for a retransmission
# once in a hundred times (a choice).
RATIO_MATTERS = 0.001
# "dropped packets ratio" of netdata's net.conf: 2 % of packets within ten minutes.
RATIO_STRONG = 0.02


def sent_again(case: Case) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
    """Neighbours whose retransmissions grew, and neighbours that hardly sent anything again."""
    yes, no = [], []
    for other in neighbours(case):
        seen = counted(other, RETRANSMITS)
        if seen.course is Course.GREW:
            yes.append(_says(other, seen))
        elif seen.course in (Course.NOTHING, Course.STEADY):
            no.append(_says(other, seen))
    return tuple(yes), tuple(no)


def strength(ratio: float) -> float:
    """0..1 by how many packets of all were lost; a half where that is not known.

    >>> strength(0.01), strength(0.5), strength(float("nan"))
    (0.5, 1.0, 0.5)
    """
    return 0.5 if ratio != ratio else min(1.0, ratio / RATIO_STRONG)


def _says(other: Case, seen: Counted) -> Evidence:
    text = f"{other.component.name} sent segments again: {seen.rates}"
    sent = other.after(SEGMENTS)
    if sent > 0:
        text += f" ({show(seen.after / sent, 'ratio')} of its segments)"
    return other.note(text, RETRANSMITS, value=seen.after)
