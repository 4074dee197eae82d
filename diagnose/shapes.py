"""Shapes with a break, fitted at every place at once.

Readings of a busy system hang together, so each shape is fitted by generalised least squares
with AR(1) noise (Prais & Winsten), and how strongly they hang together is chosen for each
shape from a grid, by likelihood. A step in noise that wanders is thereby seen as the one jump
that it is, and a wandering level is not taken for a step. All places are tried in a handful
of matrix products.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from diagnose.readings import Array
from diagnose.whiten import Beside, Noise, Series

RHOS = (0.0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98)
FEW_RHOS = (0.0, 0.8, 0.95)  # where a rough shape will do
# How round a knee may be, as shares of the length: the response time of a closed system
# nears its asymptotes on a curve, and the place is where the asymptotes meet.
ROUND = (0.0, 0.06)
MOST_PAIRS = 90  # places that two breaks are looked for at
STAYS = 0.05  # share of the length that a change lasts, at least
# Free numbers of each shape, its places among them. A step; a kink; a step there and back;
# a kink upwards and one back (calm, rising, held).
PARAMETERS = {"line": 2, "step": 3, "hinge": 4, "stay": 5, "held": 6}
SHAPES = tuple(PARAMETERS)


@dataclass(slots=True, eq=False)
class Fit:
    """The best of one shape. cost is minus twice its log likelihood."""

    shape: str
    costs: Array  # of the best with its (first) break at each place
    cost: float = math.inf
    rho: float = 0.0
    at: int = -1  # index of the place
    until: int = -1  # of the second break
    roundness: float = 0.0

    @property
    def parameters(self) -> int:
        """Free numbers, for criteria that charge for them."""
        return PARAMETERS[self.shape]


@dataclass(slots=True, eq=False)
class _Search:
    """Fits of a series, the best so far of each shape."""

    series: Series
    must_rise: bool
    best: dict[str, Fit] = field(default_factory=dict)

    def keep(self, shape: str, noise: Noise, squares: Array, roundness: float = 0.0) -> bool:
        """Remember the best place; whether it is the best so far."""
        fit, costs = self.best[shape], noise.cost(squares)
        fit.costs = np.minimum(fit.costs, costs)
        at = int(np.argmin(costs))
        if not costs[at] < fit.cost:
            return False
        fit.cost, fit.at, fit.rho, fit.roundness = float(costs[at]), at, noise.rho, roundness
        return True

    def one(self, shape: str, noise: Noise, beside: Beside, roundness: float = 0.0) -> None:
        """One break upwards."""
        dots, sizes = beside.singly()
        up = dots / np.maximum(sizes, 1e-300)
        good = (up > 0) & (sizes > 1e-9 * sizes.max())
        if self.must_rise:
            good &= beside.slope - beside.along * up + up > 0
        self.keep(
            shape, noise, np.where(good, beside.rest @ beside.rest - dots * up, np.inf), roundness
        )

    def two(self, shape: str, noise: Noise, beside: Beside) -> None:
        """A break upwards and a later one back; what stays goes back by half at least."""
        stay = shape == "stay"
        m = beside.columns.shape[1]
        some = np.arange(0, m, max(1, math.ceil(m / MOST_PAIRS)))
        first, second, gain = beside.in_pairs(some)
        along, apart = beside.along[some], np.arange(some.size)
        after = beside.slope - along[:, None] * first - along[None, :] * second + first
        far = max(2, int(STAYS * some.size)) if stay else 2
        good = (apart[None, :] - apart[:, None] >= far) & (first > 0) & (second < 0)
        good &= (first + second < 0.5 * first) if stay else (after > 0)
        squares = np.where(good, beside.rest @ beside.rest - gain, np.inf)
        whole = np.full(m, np.inf)
        whole[some] = squares.min(axis=1)
        if self.keep(shape, noise, whole):
            row = int(np.flatnonzero(some == self.best[shape].at)[0])
            self.best[shape].until = int(some[int(np.argmin(squares[row]))])


def fits(
    series: Series,
    shapes: tuple[str, ...] = SHAPES,
    rhos: tuple[float, ...] = RHOS,
    must_rise: bool = True,
) -> dict[str, Fit]:
    """The best fit of each shape that fits at all; breaks are upwards.

    rhos: strengths of noise to try. must_rise: beyond its break a kinked line must rise,
    not only fall less.
    """
    places = series.places
    search = _Search(series, must_rise)
    for shape in shapes:
        n = 1 if shape == "line" else places.size
        search.best[shape] = Fit(shape, np.full(n, np.inf))
    past = series.x[:, None] - places[None, :]
    steps = series.weigh((past >= 0).astype(float))
    hinges = {roundness: series.weigh(hinge(past, roundness)) for roundness in ROUND}
    grown = series.weigh(series.values - _exponential(series))
    for rho in rhos:
        noise = Noise(series, rho)
        white = noise.out(grown)
        search.keep("line", noise, np.array([white @ white]))
        if places.size:
            _try_all(search, noise, steps, hinges)
    return {shape: fit for shape, fit in search.best.items() if math.isfinite(fit.cost)}


def hinge(past: Array, roundness: float) -> Array:
    """What rises beyond a place: a kink, or a hyperbola between the same asymptotes."""
    if roundness == 0:
        return np.clip(past, 0, None)
    return np.asarray((past + np.sqrt(past**2 + roundness**2)) / 2)


def _try_all(search: _Search, noise: Noise, steps: Array, hinges: dict[float, Array]) -> None:
    """Every shape at every place, in noise of one strength."""
    series = search.series
    level, _ = _unit(noise.out(series.weights))
    line, length = _unit(_less(noise.out(series.weights * series.x), level))
    y = noise.out(series.weigh(series.values))
    risen = _less(y, level)
    straight = _less(risen, line)
    search.keep("line", noise, np.array([straight @ straight]))
    if "step" in search.best:
        white = noise.out(steps)
        beside = Beside(risen, white, (level @ white)[None, :], 0.0, np.zeros(white.shape[1]))
        search.one("step", noise, beside)
        search.two("stay", noise, beside)
    for roundness, columns in hinges.items():
        white = noise.out(columns)
        told = np.vstack((level @ white, line @ white))
        beside = Beside(straight, white, told, float(line @ y) / length, told[1] / length)
        search.one("hinge", noise, beside, roundness)
        if roundness == 0 and "held" in search.best:
            search.two("held", noise, beside)


def _unit(column: Array) -> tuple[Array, float]:
    """A column of length one, and its length."""
    length = float(np.linalg.norm(column))
    return column / length, length


def _less(column: Array, unit: Array) -> Array:
    """What remains of a column beside one of length one."""
    return np.asarray(column - unit * (unit @ column))


def _exponential(series: Series) -> Array:
    """A straight line in the logarithm; the mean where values are not positive."""
    if series.values.min() <= 0:
        return np.full(series.x.size, series.values.mean())
    log = np.polyfit(series.x, np.log(series.values), 1)
    return np.asarray(np.exp(np.polyval(log, series.x)))


def fitted(series: Series, fit: Fit) -> Array:
    """The values of a shape where it was found best (of a line: the straight one)."""
    x, places = series.x, series.places
    kinked = fit.shape in ("hinge", "held")
    columns = [np.ones(x.size), x] if kinked or fit.shape == "line" else [np.ones(x.size)]
    for at in (fit.at, fit.until) if fit.shape != "line" else ():
        if at >= 0:
            past = x - places[at]
            columns.append(hinge(past, fit.roundness) if kinked else (past >= 0).astype(float))
    design = np.column_stack(columns)
    noise = Noise(series, fit.rho)
    white = noise.out(series.weigh(design))
    beta, *_ = np.linalg.lstsq(white, noise.out(series.weigh(series.values)), rcond=None)
    return np.asarray(design @ beta)
