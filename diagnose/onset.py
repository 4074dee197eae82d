"""When a signal moved, and whether it moved more than the load explains.

Small, robust, and silent where there is too little to say anything.
"""

from __future__ import annotations

import math

import numpy as np

from diagnose.readings import Array, Flags

NAN = math.nan
FEWEST = 4  # readings needed to speak of a level (a choice)
MAD_TO_SIGMA = 1.4826


def first_above(grid_s: Array, values: Array, level: float, when: Flags) -> float:
    """The first moment in the window from which two readings in three reach `level`.

    >>> g = np.arange(6.0)
    >>> first_above(g, np.array([0, 1, 0, 0, 1, 1.0]), 1.0, np.ones(6, bool))
    4.0
    """
    at = np.flatnonzero(when & np.isfinite(values))
    high = values[at] >= level
    for i in np.flatnonzero(high):
        if high[i : i + 3].sum() >= min(2, high.size - i):
            return float(grid_s[at[i]])
    return NAN


def onset(grid_s: Array, values: Array, calm: Flags, when: Flags) -> float:
    """When a signal left for good the level it had while all was calm; NaN if it did not.

    The level is the median of the calm window's first half; leaving is a running median
    of three that stays beyond four deviations and a twentieth of the later rise (a hundredth
    for what was silent before: a counter of errors that stood at zero).
    """
    at = np.flatnonzero((calm | when) & np.isfinite(values))
    still = np.flatnonzero(calm & np.isfinite(values))
    if at.size < 2 * FEWEST or still.size < FEWEST:
        return NAN
    base = values[still[: max(FEWEST, still.size // 2)]]
    level, sigma = _level(base)
    late = float(np.median(values[at[-max(FEWEST, at.size // 4) :]]))
    silent = level == 0 and sigma == 0
    margin = max(4 * sigma, (0.01 if silent else 0.05) * (late - level))
    if late - level <= max(4 * sigma, 0.0) or late == level:
        return NAN
    beyond = _running_median(values[at]) > level + margin
    beyond &= grid_s[at] > grid_s[still[0]]
    calm_again = np.flatnonzero(~beyond)
    first = int(calm_again[-1]) + 1 if calm_again.size else 0
    # A single dip does not undo an onset: look for the longest run that is 80 % beyond.
    for i in np.flatnonzero(beyond):
        if beyond[i:].mean() >= 0.8:
            first = min(first, int(i))
            break
    return float(grid_s[at[first]]) if first < at.size else NAN


def grows_with(values: Array, loads: tuple[Array, ...], when: Flags) -> bool | None:
    """Whether a signal rises with any of the loads; None where it cannot be told.

    Either its ranks go with the load's (Spearman, 0.5 or more), or what is seen in the
    upper half of the load is nearly always above what is seen in its lowest fifth: a
    signal that soon reaches its ceiling and stays there has risen, too. So has one that is
    zero up to half of the highest load and is seen at several readings beyond it.
    """
    told = False
    for load in loads:
        if load.shape != values.shape:
            continue
        both = when & np.isfinite(values) & np.isfinite(load)
        x, y = load[both], values[both]
        if x.size < 2 * FEWEST or np.ptp(x) == 0:
            continue
        told = True
        if np.ptp(y) > 0 and (_spearman(x, y) >= 0.5 or _steps_up(x, y) or _begins_high(x, y)):
            return True
    return False if told else None


def _steps_up(x: Array, y: Array) -> bool:
    """Whether y in the upper half of x exceeds y in the lowest fifth in nine cases of ten."""
    low = y[x <= np.quantile(x, 0.2)]
    high = y[x >= np.quantile(x, 0.5)]
    if low.size < 3 or high.size < 3:
        return False
    margin = 0.1 * float(np.median(high))
    return bool((high[:, None] > low[None, :] + margin).mean() >= 0.9)


def _begins_high(x: Array, y: Array) -> bool:
    """Whether y stays zero at low loads and shows only at high ones, more than by chance."""
    low = x <= 0.5 * x.max()
    return bool(low.sum() >= FEWEST and not y[low].any() and (y[~low] > 0).sum() >= FEWEST)


def departure(values: Array, load: Array, before: Flags, after: Flags) -> float:
    """Median distance, in robust deviations, from what the load before predicts.

    A straight line is fitted to the signal against throughput before the inflection (the
    median of slopes, so that outliers do not move it) and held against what came after,
    never beyond twice the load it was fitted on. NaN below four readings a side.
    """
    if load.shape != values.shape:
        return NAN
    known = np.isfinite(values) & np.isfinite(load)
    b, a = before & known, after & known
    if b.sum() < FEWEST or a.sum() < FEWEST:
        return NAN
    slope, intercept = _line(load[b], values[b])
    reach = np.minimum(load[a], 2 * load[b].max())
    residual = values[a] - (intercept + slope * reach)
    noise = values[b] - (intercept + slope * load[b])
    _, sigma = _level(noise)
    floor = 0.02 * max(abs(float(np.median(values[b]))), float(np.quantile(abs(values[b]), 0.95)))
    scale = max(sigma, floor)
    middle = float(np.median(residual))
    if scale == 0:
        return 0.0 if middle == 0 else math.copysign(math.inf, middle)
    return middle / scale


def _level(values: Array) -> tuple[float, float]:
    """Median and robust deviation (the larger of MAD and quartile distance, scaled)."""
    middle = float(np.median(values))
    mad = MAD_TO_SIGMA * float(np.median(np.abs(values - middle)))
    low, high = np.quantile(values, (0.25, 0.75))
    return middle, max(mad, float(high - low) / 1.349)


def _line(x: Array, y: Array) -> tuple[float, float]:
    """Theil-Sen over at most 200 evenly chosen points; a flat line where x does not vary."""
    if x.size > 200:
        pick = np.linspace(0, x.size - 1, 200).astype(int)
        x, y = x[pick], y[pick]
    dx = x[:, None] - x[None, :]
    dy = y[:, None] - y[None, :]
    apart = np.abs(dx) > 0.05 * max(float(np.ptp(x)), 1e-12)
    slope = float(np.median(dy[apart] / dx[apart])) if apart.any() and np.ptp(x) > 0 else 0.0
    return slope, float(np.median(y - slope * x))


def _running_median(values: Array) -> Array:
    if values.size < 3:
        return values
    padded = np.concatenate((values[:1], values, values[-1:]))
    stacked = np.vstack((padded[:-2], padded[1:-1], padded[2:]))
    return np.asarray(np.median(stacked, axis=0), dtype=float)


def _spearman(x: Array, y: Array) -> float:
    rx, ry = _ranks(x), _ranks(y)
    return float(np.corrcoef(rx, ry)[0, 1])


def _ranks(values: Array) -> Array:
    """Mean ranks, so that ties do not depend on order."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2.0)[inverse], dtype=float)
