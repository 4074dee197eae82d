"""Shapes with a break, fitted at every place at once.

Readings of a busy system hang together, so each shape is fitted by generalised least squares
with AR(1) noise (Prais-Winsten), and how strongly they hang together is chosen for each shape
from a grid by likelihood. A step in noise that wanders is thereby seen as the one jump that
it is, and a wandering level is not taken for a step. All places are tried in a handful of
matrix products: 360 readings take some 30 ms.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from diagnose.readings import Array, Flags

RHOS = (0.0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98)
# How round a knee may be, as shares of the length: the response time of a closed system
# nears its asymptotes on a hyperbola; the place is where the asymptotes meet.
ROUND = (0.0, 0.1, 0.25)
MOST_PAIRS = 72  # places that two breaks are looked for at
PARAMETERS = {"line": 2, "step": 3, "hinge": 4, "stay": 5, "held": 6}


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A series with x from 0 to 1 and the weights of its readings (one over their deviation)."""

    x: Array
    values: Array
    weights: Array

    @property
    def places(self) -> Array:
        """Where a break may be: between readings, two at least on each side."""
        return (self.x[2:-2] + self.x[1:-3]) / 2 if self.x.size > 6 else self.x[:0]


@dataclass(slots=True, eq=False)
class Fit:
    """The best of one shape. cost is minus twice the log likelihood."""

    shape: str
    cost: float = math.inf
    rho: float = 0.0
    at: int = -1  # index of the place
    until: int = -1  # of the second break
    roundness: float = 0.0
    costs: Array = field(default_factory=lambda: np.zeros(0))  # the best with its break there

    @property
    def parameters(self) -> int:
        """Free numbers of the shape, its places among them."""
        return PARAMETERS[self.shape]


@dataclass(frozen=True, slots=True, eq=False)
class _Whitened:
    """The series with its AR(1) noise taken out, and what remains beside a level and a line."""

    series: Series
    rho: float

    def white(self, columns: Array) -> Array:
        """Columns (n,) or (n, m), weighted, less rho times the reading before."""
        weights = self.series.weights
        weighted = columns * (weights if columns.ndim == 1 else weights[:, None])
        out: Array = weighted.copy()
        out[1:] -= self.rho * weighted[:-1]
        out[0] *= math.sqrt(1 - self.rho**2)
        return out

    def cost(self, squares: Array | float) -> Array:
        """Minus twice the log likelihood of a sum of squares (scale taken out)."""
        n = self.series.x.size
        floor = 1e-13 * float(((self.series.values * self.series.weights) ** 2).sum())
        with np.errstate(invalid="ignore"):
            sized = np.maximum(squares, floor) / n
            return np.asarray(n * np.log(sized) - math.log(1 - self.rho**2))


def fits(series: Series, sign: float = 1.0) -> dict[str, Fit]:
    """The best fit of each shape. sign 1 looks for what turns upwards, -1 downwards."""
    best = {shape: Fit(shape) for shape in PARAMETERS}
    places = series.places
    for fit in best.values():
        fit.costs = np.full(places.size, np.inf)
    steps = (series.x[:, None] >= places[None, :]).astype(float)
    hinges = {d: hinge(series.x[:, None] - places[None, :], d) for d in ROUND}
    for rho in RHOS:
        _try_all(_Whitened(series, rho), sign, steps, hinges, best)
    return {shape: fit for shape, fit in best.items() if math.isfinite(fit.cost)}


def hinge(past: Array, roundness: float) -> Array:
    """What rises beyond a place: a kink, or a hyperbola between the same asymptotes."""
    if roundness == 0:
        return np.clip(past, 0, None)
    return np.asarray((past + np.sqrt(past**2 + roundness**2)) / 2)


def _try_all(
    noise: _Whitened, sign: float, steps: Array, hinges: dict[float, Array], best: dict[str, Fit]
) -> None:
    series = noise.series
    y, one, line = (noise.white(c) for c in (series.values, np.ones(series.x.size), series.x))
    one /= np.linalg.norm(one)
    line -= one * (one @ line)
    length = float(np.linalg.norm(line))
    line /= length
    level = y - one * (one @ y)
    straight = level - line * (line @ level)
    _keep(best["line"], noise, np.array([straight @ straight]))
    grown = noise.white(series.values - _exponential(series))
    _keep(best["line"], noise, np.array([grown @ grown]))
    if not steps.size:
        return
    white = noise.white(steps)
    white -= np.outer(one, one @ white)
    _single(best["step"], noise, white, level, sign)
    _pairs(best["stay"], noise, white, level, sign)
    for roundness, columns in hinges.items():
        white = noise.white(columns)
        white -= np.outer(one, one @ white)
        along = line @ white
        white -= np.outer(line, along)
        slope = (float(line @ y), along, length)
        _single(best["hinge"], noise, white, straight, sign, slope, roundness)
        if roundness == 0:
            _pairs(best["held"], noise, white, straight, sign, slope)


_Slope = tuple[float, Array, float]  # of the line: of the values, of each column, its length


def _single(
    fit: Fit,
    noise: _Whitened,
    columns: Array,
    rest: Array,
    sign: float,
    slope: _Slope | None = None,
    roundness: float = 0.0,
) -> None:
    """One break: the column at its place must rise, and with it the line from there on."""
    dots, sizes = rest @ columns, np.einsum("ij,ij->j", columns, columns)
    size = dots / np.maximum(sizes, 1e-300)
    good = (sign * dots > 0) & (sizes > 1e-12 * sizes.max())
    if slope is not None:
        good &= sign * ((slope[0] - slope[1] * size) / slope[2] + size) > 0 if sign > 0 else good
    squares = np.where(good, rest @ rest - dots * size, np.inf)
    if _keep(fit, noise, squares):
        fit.roundness = roundness


def _pairs(
    fit: Fit,
    noise: _Whitened,
    columns: Array,
    rest: Array,
    sign: float,
    slope: _Slope | None = None,
) -> None:
    """Two breaks, the second against the first: held at a level, or come and gone."""
    chosen = np.arange(0, columns.shape[1], max(1, math.ceil(columns.shape[1] / MOST_PAIRS)))
    some = columns[:, chosen]
    gram, dots = some.T @ some, rest @ some
    own = np.diag(gram)
    det = own[:, None] * own[None, :] - gram**2
    with np.errstate(all="ignore"):
        first = (dots[:, None] * own[None, :] - dots[None, :] * gram) / det
        second = (dots[None, :] * own[:, None] - dots[:, None] * gram) / det
        gain = first * dots[:, None] + second * dots[None, :]
    good = _apart(chosen.size, slope is None) & (det > 1e-9 * own[:, None] * own[None, :])
    good &= (sign * first > 0) & (sign * second < 0)
    if slope is None:
        good &= sign * (first + second) < 0.5 * sign * first
    else:
        along = slope[1][chosen]
        line = (slope[0] - along[:, None] * first - along[None, :] * second) / slope[2]
        good &= sign * (line + first) > 0
    squares = np.where(good, rest @ rest - gain, np.inf)
    whole = np.full(columns.shape[1], np.inf)
    whole[chosen] = squares.min(axis=1)
    if _keep(fit, noise, whole):
        fit.until = int(chosen[int(np.argmin(squares[int(np.argmin(squares.min(axis=1)))]))])


def _apart(n: int, stay: bool) -> Flags:
    """Which pairs of places lie far enough apart: what stays, a twentieth of the length."""
    at = np.arange(n)
    return np.asarray(at[None, :] - at[:, None] >= (max(2, n // 20) if stay else 2))


def _keep(fit: Fit, noise: _Whitened, squares: Array) -> bool:
    """Remember the best place; whether it is the best so far."""
    costs = noise.cost(squares)
    if fit.costs.size == costs.size:
        fit.costs = np.minimum(fit.costs, costs)
    at = int(np.argmin(costs))
    if not costs[at] < fit.cost:
        return False
    fit.cost, fit.at, fit.rho = float(costs[at]), at, noise.rho
    return True


def _exponential(series: Series) -> Array:
    """A straight line in the logarithm: drift by a constant factor."""
    values = series.values
    if values.min() <= 0:
        return np.full(values.size, np.inf)
    return np.asarray(np.exp(np.polyval(np.polyfit(series.x, np.log(values), 1), series.x)))


def fitted(series: Series, fit: Fit) -> Array:
    """The values of a shape where it was found best."""
    x, places = series.x, series.places
    columns = [np.ones(x.size)]
    for place in [places[i] for i in (fit.at, fit.until) if i >= 0]:
        if fit.shape in ("hinge", "held"):
            columns.append(hinge(x - place, fit.roundness))
        else:
            columns.append((x >= place).astype(float))
    if fit.shape in ("hinge", "held"):
        columns.insert(1, x)
    design = np.column_stack(columns)
    noise = _Whitened(series, fit.rho)
    beta, *_ = np.linalg.lstsq(noise.white(design), noise.white(series.values), rcond=None)
    return np.asarray(design @ beta)
