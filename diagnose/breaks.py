"""Where a series turns upwards, if it does.

A step, a kink (sharp or round), a change that comes and goes, and one that rises and is held
are fitted at every place (shapes.py), in two passes: the first says how large readings are
where, the second weighs them by it. What has a break must beat what has none (a straight line,
an exponential) by a likelihood ratio that one series in a hundred without a turn reaches,
whether its noise is independent or wanders; and it must rise by 15 %. Held against other
detectors in docs/inflection-accuracy.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from diagnose.readings import Array, Flags
from diagnose.shapes import FEW_RHOS, Fit, fits, fitted
from diagnose.whiten import Series

FEWEST = 8  # readings
LEAST_RISE = 1.15  # of what was before: less is no turn, however significant (a choice)
# A rise this large that goes on nearly all the time is a run that turned, whatever its
# shape: users need no kink to suffer (a choice). It is placed where the best kink lies.
LARGE_RISE = 3.0
STEADILY = 0.6  # Kendall's tau
# By how much minus twice the log likelihood must fall: places were searched for, and AR noise
# was fitted, so no table has them. Simulated on 15 to 360 readings, AR(1) of 0 to 0.95; more
# is asked of jumps in noise that wanders, which makes jumps of its own.
CRITICAL = {"step": 13.0, "hinge": 16.0, "stay": 20.0, "held": 26.0}
MORE_PER_RHO = {"step": 7.0, "hinge": 0.0, "stay": 3.0, "held": 0.0}
SPIKE = 4.0  # robust deviations from the readings around (a choice)
AROUND = 3  # readings on each side that tell a spike
KINKED = ("hinge", "held")


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a series turned, with a 95 % interval."""

    at: float
    interval: tuple[float, float]
    shape: str


def turning_point(
    t: Array, values: Array, by_far: bool = True
) -> tuple[float, tuple[float, float]] | None:
    """Where a series leaves its straight line upwards, with a 95 % interval; None if it does not.

    t and values have shape (n,), t rising, values positive and finite. The deviation of a
    reading is taken to grow with the root of its size, as that of means of waiting times does.
    by_far: a large and steady rise is a turn even without a break; not so where zero is no
    natural zero, and large means nothing.

    >>> t = np.arange(40.0)
    >>> turning_point(t, np.where(t < 25, 1.0, 2.0))
    (24.5, (24.0, 25.0))
    >>> turning_point(t, 1 + t / 20)
    """
    turn = find(t, values, by_far)
    return (turn.at, turn.interval) if turn else None


def find(t: Array, values: Array, by_far: bool = True) -> Turn | None:
    """The turn of a series as turning_point has it, with its shape."""
    if t.size < FEWEST or np.ptp(values) == 0:
        return None
    calm = without_spikes(values)
    series = _weighted((t - t[0]) / (t[-1] - t[0]), calm)
    found = fits(series)
    line = found.pop("line")
    better = [fit for fit in found.values() if beats(fit, line)]
    if not better and by_far and _rises_by_far(calm):
        better = [found[shape] for shape in KINKED if shape in found]
    better = [fit for fit in better if _rises(series, fit)]
    if not better:
        return None
    best = min(better, key=lambda fit: _bic(fit, t.size))
    at, low, high = (
        round(float(t[0] + place * (t[-1] - t[0])), 9)
        for place in (series.places[best.at], *interval(series, best))
    )
    return Turn(at, (low, high), best.shape)


def beats(fit: Fit, line: Fit) -> bool:
    """Whether a shape explains more than chance lets it where there is no break."""
    return line.cost - fit.cost > CRITICAL[fit.shape] + MORE_PER_RHO[fit.shape] * fit.rho


def _bic(fit: Fit, n: int) -> float:
    return fit.cost + fit.parameters * math.log(n)


def _weighted(x: Array, values: Array) -> Series:
    """The series with weights from the shape that fits best when all readings weigh the same."""
    plain = Series(x, values, np.ones(x.size))
    best = min(fits(plain, rhos=FEW_RHOS).values(), key=lambda fit: _bic(fit, x.size))
    least = float(np.quantile(values, 0.02)) / 2
    curve = np.maximum(fitted(plain, best), least)
    return Series(x, values, 1 / np.sqrt(curve))


def _rises(series: Series, fit: Fit) -> bool:
    """Whether a jump is 15 % high; whether the fit, and the readings, end 15 % higher."""
    x, at = series.x, series.places[fit.at]
    curve, late = fitted(series, fit), x >= at
    if not curve[late].max() >= LEAST_RISE * curve[~late].min():
        return False
    if fit.shape not in KINKED:
        return True
    return bool(np.median(series.values[late]) >= LEAST_RISE * np.median(series.values[~late]))


def interval(series: Series, fit: Fit) -> tuple[float, float]:
    """Places that are as likely as the best (95 %), half a reading wider on each side."""
    from scipy.special import fdtri

    n = series.x.size
    free = max(2, n - fit.parameters)
    limit = fit.cost + n * math.log1p(float(fdtri(1, free, 0.95)) / free)
    near = np.append(series.places[fit.costs <= limit], series.places[fit.at])
    half = float(np.median(np.diff(series.x))) / 2
    return float(near.min()) - half, float(near.max()) + half


def _rises_by_far(values: Array) -> bool:
    """Whether the last third stands three times above the first sixth, and rose steadily."""
    early, late = values[: max(2, values.size // 6)], values[-max(2, values.size // 3) :]
    by_far = float(np.median(late)) >= LARGE_RISE * float(np.median(early))
    return by_far and _kendall(values) >= STEADILY


def _kendall(y: Array) -> float:
    """Kendall's tau of a series against time: rising pairs less falling ones, of all."""
    signs = np.sign(y[None, :] - y[:, None])
    return float(np.triu(signs, 1).sum() / (y.size * (y.size - 1) / 2))


def without_spikes(values: Array) -> Array:
    """Readings far from the three on each side give way to their median (Hampel's filter)."""
    if values.size < 2 * AROUND + 1:
        return values
    edge = np.full(AROUND, np.nan)
    wide = np.concatenate((edge, values, edge))
    windows = np.lib.stride_tricks.sliding_window_view(wide, 2 * AROUND + 1)
    middle = np.nanmedian(windows, axis=1)
    spread = 1.4826 * np.nanmedian(np.abs(windows - middle[:, None]), axis=1)
    far: Flags = np.abs(values - middle) > np.maximum(SPIKE * spread, 0.05 * np.abs(middle))
    return np.where(far, middle, values)
