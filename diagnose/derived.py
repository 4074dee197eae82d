"""Signals that no source tells by itself: what several counters of one host say together."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from diagnose.case import Case
from diagnose.metrics import METRICS
from diagnose.model import Signal

Names: TypeAlias = tuple[str, ...]

FILTERED = "ip.filtered_per_s"
# The kernel counts each datagram as it comes in and again where it goes. Packet filters stand
# between; newer kernels count what is forwarded in front of the filter, and what is sent behind.
CAME = ("ip.received_per_s",)
WENT = ("ip.delivered_per_s", "ip.forwarded_per_s")
REFUSED = (
    "ip.header_errors_per_s",
    "ip.address_errors_per_s",
    "ip.unknown_protocols_per_s",
    "ip.in_discards_per_s",
    "ip.unrouted_per_s",
    "ip.rp_filter_drops_per_s",
    "ip.fragment_fails_per_s",  # too long for the next link
    "ip.fragments_per_s",
)
PUT_TOGETHER = ("ip.reassembled_per_s",)
TO_SEND = ("ip.out_requests_per_s", "ip.forwarded_per_s")
SENT = ("ip.out_transmits_per_s",)
UNSENT = ("ip.out_discards_per_s", "ip.no_route_per_s")


def derive(case: Case) -> None:
    """Add what others tell: datagrams that a packet filter dropped, on their way in or out."""
    sides = (_lost(case, CAME, WENT, REFUSED, PUT_TOGETHER), _lost(case, TO_SEND, SENT, UNSENT))
    known = [side for side in sides if side is not None]
    if known:
        values = np.sum([side.values for side in known], axis=0)
        total = math.fsum(side.total for side in known)
        case.found[FILTERED] = {"": replace(known[0], values=values, total=total)}


def _lost(case: Case, came: Names, went: Names, refused: Names, made: Names = ()) -> Signal | None:
    """What came in and went nowhere; None where one of `came` or `went` is not there."""
    if any(case.signal(metric) is None for metric in (*came, *went)):
        return None
    plus = [s for metric in (*came, *made) if (s := case.signal(metric)) is not None]
    minus = [s for metric in (*went, *refused) if (s := case.signal(metric)) is not None]
    left = np.sum([s.values for s in plus], axis=0) - np.sum([s.values for s in minus], axis=0)
    total = math.fsum(s.total for s in plus) - math.fsum(s.total for s in minus)
    # Counters of one output are read one after the other: a packet more or less is none.
    left = np.where(left < 1.0, np.minimum(np.abs(left), 0.0), left)
    total = float(round(total)) if total >= 1.0 else min(abs(total), 0.0)
    return replace(plus[0], metric=METRICS[FILTERED], values=left, total=total)
