"""How throughput grows with users: the Universal Scalability Law, where there are levels enough.

X(N) = λN / (1 + σ(N−1) + κN(N−1)). λ: throughput of one user; σ: the share of work that waits
in line for something shared; κ: the cost of keeping things in step with each other, which makes
throughput fall beyond its peak at N = √((1−σ)/κ). A law of σ = κ = 0 is a straight line.

Source: Gunther, "Guerrilla Capacity Planning", 2007, doi:10.1007/978-3-540-31010-5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from diagnose.readings import Array

NAN = math.nan
FEWEST_LEVELS = 6  # numbers of users; three parameters want twice as many (a choice)
DRAWS = 100
LEAST_SPREAD = 2.0  # highest over lowest level; below it three numbers cannot be told (a choice)


@dataclass(frozen=True, slots=True)
class Scalability:
    """The fitted law. Intervals are 90 %, by bootstrap over residuals; inf: no peak."""

    throughput_of_one: float  # lambda, 1/s
    contention: float  # sigma
    coherency: float  # kappa
    peak_users: float  # inf where throughput never falls
    peak_interval: tuple[float, float]
    contention_interval: tuple[float, float]
    coherency_interval: tuple[float, float]
    most_per_s: float  # at the peak, or the limit λ/σ; inf where there is neither
    levels: tuple[tuple[float, float], ...]  # users, throughput
    unexplained_ratio: float  # residual deviation over mean throughput

    def throughput_at(self, users: float) -> float:
        """Throughput that the law predicts."""
        parameters = (self.throughput_of_one, self.contention, self.coherency)
        return float(_law(np.array([users]), *parameters)[0])


def levels(users: Array, throughput_per_s: Array, most: int = 12) -> tuple[Array, Array]:
    """Mean users and throughput per level of load, from readings of a run; NaN is left out.

    Users that were held at few counts are levels as they are. A ramp is cut into `most`
    stretches of equally many users. Empty where there are fewer than six levels.
    """
    good = np.isfinite(users) & np.isfinite(throughput_per_s) & (users > 0)
    n, x = users[good], throughput_per_s[good]
    if not n.size:
        return np.zeros(0), np.zeros(0)
    held, which, counts = np.unique(np.round(n), return_inverse=True, return_counts=True)
    if held.size > most:
        edges = np.linspace(n.min(), n.max(), most + 1)
        which = np.clip(np.searchsorted(edges, n, side="right") - 1, 0, most - 1)
        counts = np.bincount(which, minlength=most)
    some = counts > 0
    mean_n = np.bincount(which, n, counts.size)[some] / counts[some]
    mean_x = np.bincount(which, x, counts.size)[some] / counts[some]
    if mean_n.size < FEWEST_LEVELS:
        return np.zeros(0), np.zeros(0)
    return mean_n, mean_x


def scalability(users: Array, throughput_per_s: Array) -> Scalability | None:
    """The law fitted to levels of load; None below six levels, or where they hardly differ.

    users and throughput_per_s have shape (n,), one entry a level.
    """
    good = np.isfinite(users) & np.isfinite(throughput_per_s) & (users > 0) & (throughput_per_s > 0)
    n, x = users[good].astype(float), throughput_per_s[good].astype(float)
    if np.unique(n).size < FEWEST_LEVELS or n.max() < LEAST_SPREAD * n.min():
        return None
    best = _fit(n, x, _start(n, x))
    if best is None:
        return None
    predicted = _law(n, *best)
    draws = _bootstrap(n, x, predicted, best)
    free = max(1, n.size - 3)
    unexplained = math.sqrt(float(((x - predicted) ** 2).sum()) / free) / float(x.mean())
    peaks = np.array([_peak(sigma, kappa) for _, sigma, kappa in draws])
    return Scalability(
        *best,
        _peak(*best[1:]),
        _between(peaks),
        _between(draws[:, 1]),
        _between(draws[:, 2]),
        _most(*best),
        tuple(zip(n.tolist(), x.tolist(), strict=True)),
        unexplained,
    )


def _law(n: Array, one: float, sigma: float, kappa: float) -> Array:
    return np.asarray(one * n / (1 + sigma * (n - 1) + kappa * n * (n - 1)))


def _slopes(n: Array, one: float, sigma: float, kappa: float) -> Array:
    """Derivatives of the law by its three numbers, shape (n, 3)."""
    below = 1 + sigma * (n - 1) + kappa * n * (n - 1)
    plain = n / below
    steep = -one * plain / below
    return np.column_stack((plain, steep * (n - 1), steep * n * (n - 1)))


def _start(n: Array, x: Array) -> tuple[float, float, float]:
    """A first guess, for N/X is a parabola in N."""
    design = np.column_stack((np.ones(n.size), n - 1, n * (n - 1)))
    weights = x / n  # errors of 1/X in the measure of X
    beta, *_ = np.linalg.lstsq(design * weights[:, None], np.ones(n.size), rcond=None)
    one = 1 / beta[0] if beta[0] > 0 else float((x / n).max())
    return one, _within(beta[1] * one, 0.0, 1.0), max(0.0, float(beta[2] * one))


def _within(value: float, low: float, high: float) -> float:
    return min(high, max(low, float(value)))


def _fit(
    n: Array, x: Array, start: tuple[float, float, float], near: float = 1e-12
) -> tuple[float, float, float] | None:
    """Least squares with sigma in 0..1 and kappa not negative; numbers are scaled to be alike."""
    from scipy.optimize import least_squares

    top, speed = float(n.max()), float((x / n).max())
    scale = np.array([speed, 1.0, 1 / top])

    def residual(p: Array) -> Array:
        return np.asarray((_law(n, *(p * scale)) - x) / float(x.max()))

    def jacobian(p: Array) -> Array:
        return np.asarray(_slopes(n, *(p * scale)) * scale / float(x.max()))

    first = np.clip(np.array(start) / scale, [1e-3, 1e-9, 1e-9], [1e3, 1 - 1e-9, 1e3])
    limits = ([1e-6, 0.0, 0.0], [1e6, 1.0, np.inf])
    found = least_squares(residual, first, jacobian, bounds=limits, xtol=near, ftol=near)
    if not found.success:
        return None
    one, sigma, kappa = (float(v) for v in found.x * scale)
    return one, _zero(sigma, 1e-6), _zero(kappa, 1e-6 / top)


def _zero(value: float, least: float) -> float:
    """Bounds are only neared: what is smaller than `least` is none."""
    return value if value > least else 0.0


def _peak(sigma: float, kappa: float) -> float:
    return math.sqrt((1 - sigma) / kappa) if kappa > 0 and sigma < 1 else math.inf


def _most(one: float, sigma: float, kappa: float) -> float:
    peak = _peak(sigma, kappa)
    if math.isfinite(peak):
        return float(_law(np.array([peak]), one, sigma, kappa)[0])
    return one / sigma if sigma > 0 else math.inf


def _bootstrap(n: Array, x: Array, predicted: Array, best: tuple[float, float, float]) -> Array:
    """Laws of redrawn residuals, shape (draws, 3); seeded, so that reports repeat.

    Residuals, not levels, are redrawn: a law of three numbers does not stand on the few levels
    that a draw would leave. They are widened for the three numbers that were fitted.
    """
    random = np.random.default_rng(0)
    rest = (x - predicted) * math.sqrt(n.size / max(1, n.size - 3))
    draws = [
        _fit(n, np.maximum(predicted + random.choice(rest, n.size), 1e-9 * x.max()), best, 1e-6)
        for _ in range(DRAWS)
    ]
    return np.array([draw for draw in draws if draw is not None] or [best])


def _between(draws: Array) -> tuple[float, float]:
    """The middle nine tenths; whole draws, for some may be infinite."""
    low, high = np.quantile(draws, (0.05, 0.95), method="nearest")
    return float(low), float(high)
