"""By how much one clock is off another, told by the same requests in both logs.

The same requests at two tiers have the same distribution over time, but for a shift: the
quantiles of one against those of the other. No reading of a clock is needed, and the shape
of the load does not matter.
"""

from __future__ import annotations

import math

import numpy as np

from diagnose.readings import Array

SAME = 0.1  # numbers of requests may differ by this share (a choice)
FEWEST = 100  # requests in each log (a choice)
QUANTILES = np.linspace(0.1, 0.9, 33)
LOOSEST_S = 1.5  # spread of the shift over the quantiles, or a tenth of it


def offset_s(reference_s: Array, times_s: Array) -> float:
    """Seconds that `times_s` run ahead of `reference_s`; NaN where it cannot be told.

    Both are epoch seconds of requests, in any order; shapes (n,) and (m,).

    >>> a = np.linspace(0, 60, 600) ** 1.2
    >>> round(offset_s(a, a + 37.0), 3)
    37.0
    """
    a, b = reference_s[np.isfinite(reference_s)], times_s[np.isfinite(times_s)]
    if min(a.size, b.size) < FEWEST or abs(a.size - b.size) > SAME * max(a.size, b.size):
        return math.nan
    apart = np.quantile(b, QUANTILES) - np.quantile(a, QUANTILES)
    shift = float(np.median(apart))
    spread = float(np.subtract(*np.quantile(apart, (0.9, 0.1))))
    return shift if spread <= max(LOOSEST_S, 0.1 * abs(shift)) else math.nan
