"""Several logs of the same requests: a tier that writes two formats is still one tier."""

from __future__ import annotations

import numpy as np

from diagnose.readings import Array, Requests
from diagnose.skew import QUANTILES

SAME_COUNT = 0.02  # numbers of requests may differ by this share (a choice)
SAME_TIME_S = 1.5  # stamps are of whole seconds in one format and of milliseconds in another


def without_copies(logs: list[tuple[str, Requests]]) -> tuple[list[int], list[str]]:
    """Which logs to keep (indices, in their order), and the paths of those that say the same.

    Of logs with the same number of requests at the same times the one that tells most is
    kept. Rotated logs and logs of other sites differ in their times or numbers, and stay.
    """
    order = sorted(range(len(logs)), key=lambda i: (-_richness(logs[i][1]), logs[i][0]))
    kept: list[int] = []
    for i in order:
        if not any(_same(logs[i][1].ended_s, logs[k][1].ended_s) for k in kept):
            kept.append(i)
    copies = [logs[i][0] for i in order if i not in kept]
    return sorted(kept), sorted(copies)


def _richness(requests: Requests) -> int:
    """How many columns a log has, times first; a finer stamp breaks ties."""
    columns = (requests.duration_s, requests.upstream_s, requests.connect_s, requests.header_s)
    others = (requests.status, requests.upstream_status, requests.route, requests.new_connection)
    known = requests.ended_s[np.isfinite(requests.ended_s)]
    fine = bool((known % 1.0).any())
    told = 10 * sum(c is not None for c in columns) + 2 * sum(o is not None for o in others)
    return told + fine


def _same(a: Array, b: Array) -> bool:
    a, b = a[np.isfinite(a)], b[np.isfinite(b)]
    if not a.size or not b.size or abs(a.size - b.size) > SAME_COUNT * max(a.size, b.size):
        return False
    apart = np.quantile(a, QUANTILES) - np.quantile(b, QUANTILES)
    return bool(np.abs(apart).max() <= SAME_TIME_S)
