"""Signals that no source tells by itself: what several counters of one host say together."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from diagnose.case import Case
from diagnose.metrics import METRICS
from diagnose.model import Signal

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
)
TO_SEND = ("ip.out_requests_per_s", "ip.forwarded_per_s")
SENT = ("ip.out_transmits_per_s",)
UNSENT = ("ip.out_discards_per_s", "ip.no_route_per_s")


def derive(case: Case) -> None:
    """Add what others tell: datagrams that a packet filter dropped, on their way in or out."""
    sides = (_lost(case, CAME, WENT, REFUSED), _lost(case, TO_SEND, SENT, UNSENT))
    known = [side for side in sides if side is not None]
    if known:
        values = np.sum([side.values for side in known], axis=0)
        total = math.fsum(side.total for side in known)
        case.found[FILTERED] = {"": replace(known[0], values=values, total=total)}


def _lost(
    case: Case, came: tuple[str, ...], went: tuple[str, ...], refused: tuple[str, ...]
) -> Signal | None:
    """What came in and went nowhere; None where a counter that it takes is not there."""
    into = [case.signal(metric) for metric in came]
    out = [case.signal(metric) for metric in (*went, *refused)]
    if None in into or None in out[: len(went)]:
        return None
    plus, minus = [s for s in into if s is not None], [s for s in out if s is not None]
    left = np.sum([s.values for s in plus], axis=0) - np.sum([s.values for s in minus], axis=0)
    total = math.fsum(s.total for s in plus) - math.fsum(s.total for s in minus)
    # Counters of one output are read one after the other: a packet more or less is none.
    left = np.where(left < 1.0, np.minimum(np.abs(left), 0.0), left)
    total = float(round(total)) if total >= 1.0 else min(abs(total), 0.0)
    return replace(plus[0], metric=METRICS[FILTERED], values=left, total=total)
