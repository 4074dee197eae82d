"""When the run turned: in latency, in failures, or in throughput that stops following users.

Latency: the mean per bin is fitted with a straight line, an exponential, a step, a hinge and
a double hinge, by exhaustive search. What has a break must beat what has none by an F test on
the effective sample size (residuals are autocorrelated), and latency must end at least 15 %
higher. In plain seconds the break lies where the asymptotes of a closed system meet: at its
knee (Denning & Buzen). Failures: the split that makes
their share most unequal, by likelihood. Throughput: a broken stick against users.

A run without a limit has none, and nobody is accused.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diagnose.model import NAN, Inflection, Symptom
from diagnose.readings import Array, Flags

MOST_BINS = 72
SHORTEST_BIN_S = 2.0
FEWEST_BINS = 8
ALPHA = 0.01
LEAST_RISE = 1.15
# A rise this large that goes on nearly all the time is a run that turned, whatever its
# shape: users need no kink to suffer (a choice). It is placed where the best hinge lies.
LARGE_RISE = 3.0
STEADILY = 0.6  # Kendall's tau
LEAST_FAILED = 0.01  # share of requests after the split (a choice)
FAILED_LIKELIHOOD = 12.0  # log likelihood ratio that a split of failures must reach (a choice)


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """The load cut into equal bins; every column has shape (n,)."""

    at_s: Array  # middles
    width_s: float
    requests: Array
    failed: Array
    mean_s: Array
    users: Array


def bins(
    cells_s: Array, step_s: float, load_s: float, columns: tuple[Array, Array, Array, Array]
) -> Bins:
    """Sum cells into at most 72 bins of two seconds or more.

    columns: requests, failures, summed seconds (all per cell) and users.
    """
    requests, failed, seconds, users = columns
    width = max(SHORTEST_BIN_S, step_s, load_s / MOST_BINS)
    width = math.ceil(width / step_s) * step_s
    n = max(1, int(load_s / width))
    index = np.floor((cells_s + step_s / 2) / width).astype(int)
    good = (index >= 0) & (index < n)

    def total(values: Array) -> Array:
        return np.bincount(index[good], np.nan_to_num(values[good]), n).astype(float)

    counts = total(requests)
    known = np.isfinite(users) & good
    sizes = np.bincount(index[known], minlength=n)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_s = np.where(counts > 0, total(seconds) / counts, NAN)
        mean_users = np.bincount(index[known], users[known], n) / np.where(sizes, sizes, NAN)
    if not np.isfinite(seconds[good]).any():
        mean_s = np.full(n, NAN)
    at_s = (np.arange(n, dtype=float) + 0.5) * width
    return Bins(at_s, width, counts, total(failed), mean_s, mean_users)


def inflections(load: Bins) -> tuple[Inflection, ...]:
    """All that turned, the earliest first; empty for a run that never did."""
    found = [turn for turn in (_latency(load), _failures(load)) if turn is not None]
    if not found:
        flat = _throughput(load)
        found = [flat] if flat is not None else []
    return tuple(sorted(found, key=lambda turn: (turn.at_s, turn.symptom)))


# -- latency ------------------------------------------------------------------------------------
def _latency(load: Bins) -> Inflection | None:
    good = np.isfinite(load.mean_s) & (load.requests > 0) & (load.mean_s > 0)
    t, mean_s = load.at_s[good], load.mean_s[good]
    if t.size < FEWEST_BINS:
        return None
    turn = turning_point(t, mean_s)
    if turn is None:
        return None
    at_s, interval = turn
    before, after = _levels(load, at_s)
    if not after >= LEAST_RISE * before:
        return None
    return _told(load, at_s, interval, Symptom.LATENCY, before, after, "s")


def symptom_turn(t: Array, values: Array, name: str, unit: str) -> Inflection | None:
    """The turn of any symptom, rising or falling; None where it has none.

    t in seconds on the grid and values have shape (n,); NaN where not measured. Readings
    are averaged into at most 72 bins first.
    """
    good = np.isfinite(values)
    t, values = t[good], values[good]
    if t.size < FEWEST_BINS or np.ptp(values) == 0:
        return None
    edges = np.linspace(0, t.size, min(MOST_BINS, t.size) + 1).astype(int)
    pairs = list(itertools.pairwise(edges))
    at = np.array([t[a:b].mean() for a, b in pairs])
    level = np.array([float(np.median(values[a:b])) for a, b in pairs])
    base = 0.1 * float(np.ptp(level))  # only the shape counts: its foot is put above zero
    for upright in (level - level.min() + base, level.max() - level + base):
        turn = turning_point(at, upright)
        if turn is not None:
            early, late = values[t < turn[0]], values[t >= turn[0]]
            before, after = float(np.median(early)), float(np.median(late))
            kind = Symptom.LATENCY if unit == "s" else Symptom.THROUGHPUT
            return Inflection(turn[0], turn[1], kind, before, after, unit, label=name)
    return None


def turning_point(t: Array, values: Array) -> tuple[float, tuple[float, float]] | None:
    """Where a series leaves its straight line upwards, with a 95 % interval; None if it does not.

    t and values have shape (n,), t rising, values positive. Their noise is taken to grow
    with the root of their size, as that of means of waiting times does.
    """
    data = _Series(t, values, 1 / np.sqrt(values))
    null_sse = min(data.fit([data.one, t])[0], data.sse(_exponential(t, values)))
    fits = [fit for fit in (_step(data), _hinge(data), _double_hinge(data)) if fit is not None]
    better = [fit for fit in fits if _beats(fit, null_sse, data)]
    if not better and _rises_by_far(values):
        better = [fit for fit in fits if fit.parameters > 3]
    if not better:
        return None
    best = min(better, key=lambda fit: _bic(fit, t.size))
    late, early = best.fitted[t >= best.at_s], best.fitted[t < best.at_s]
    if not early.size or late.max() < LEAST_RISE * early.min():
        return None
    if np.median(values[t >= best.at_s]) <= np.median(values[t < best.at_s]):
        return None
    return best.at_s, _interval(best, data)


@dataclass(frozen=True, slots=True, eq=False)
class _Series:
    """A series and the weights of its readings (one over their deviation)."""

    t: Array
    values: Array
    weights: Array

    @property
    def one(self) -> Array:
        return np.ones(self.t.size)

    def sse(self, fitted: Array) -> float:
        return float((((self.values - fitted) * self.weights) ** 2).sum())

    def fit(self, columns: list[Array], upwards: int = 0) -> tuple[float, Array]:
        """Least squares; a fit whose column `upwards` (if any) does not rise is none."""
        design = np.column_stack(columns)
        weighted = design * self.weights[:, None]
        beta, *_ = np.linalg.lstsq(weighted, self.values * self.weights, rcond=None)
        fitted = design @ beta
        return (math.inf if upwards and beta[upwards] <= 0 else self.sse(fitted)), fitted


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    at_s: float
    sse: float
    parameters: int
    fitted: Array
    others_s: Array  # every place tried for the first break
    others_sse: Array  # the best fit with the break there


def _rises_by_far(values: Array) -> bool:
    """Whether the last third stands three times above the first sixth, and rose steadily."""
    early, late = values[: max(2, values.size // 6)], values[-max(2, values.size // 3) :]
    by_far = float(np.median(late)) >= LARGE_RISE * float(np.median(early))
    return by_far and _kendall(values) >= STEADILY


def _kendall(y: Array) -> float:
    """Kendall's tau of a series against time: rising pairs less falling ones, of all."""
    signs = np.sign(y[None, :] - y[:, None])
    return float(np.triu(signs, 1).sum() / (y.size * (y.size - 1) / 2))


def _exponential(t: Array, values: Array) -> Array:
    """A straight line in the logarithm: drift by a constant factor."""
    return np.asarray(np.exp(np.polyval(np.polyfit(t, np.log(values), 1), t)))


def _places(t: Array) -> Array:
    """Where a break is looked for: between readings, two at least on each side."""
    return t[2:-2] - np.diff(t)[1:-2] / 2 if t.size > 6 else t[:0]


def _search(
    data: _Series, columns_at: Callable[[float], list[Array]], parameters: int, upwards: int
) -> _Fit | None:
    places = _places(data.t)
    tried = [data.fit(columns_at(float(at)), upwards) for at in places]
    if not tried:
        return None
    errors = np.array([sse for sse, _ in tried])
    best = int(np.argmin(errors))
    if not math.isfinite(errors[best]):
        return None
    return _Fit(float(places[best]), tried[best][0], parameters, tried[best][1], places, errors)


def _step(data: _Series) -> _Fit | None:
    return _search(data, lambda at: [data.one, (data.t >= at).astype(float)], 3, 1)


def _hinge(data: _Series) -> _Fit | None:
    return _search(data, lambda at: [data.one, data.t, _past(data.t, at)], 4, 2)


def _past(t: Array, at: float) -> Array:
    return np.clip(t - at, 0, None)


def _double_hinge(data: _Series) -> _Fit | None:
    """A line, a second, a third, all joined: calm, rising, held."""
    places = _places(data.t)
    if data.t.size < 10:
        return None
    places = places[:: max(1, places.size // 36)]
    errors = np.full(places.size, np.inf)
    best: tuple[float, int, Array] | None = None
    for i, first in enumerate(places):
        for second in places[i + 2 :]:
            columns = [data.one, data.t, _past(data.t, first), _past(data.t, second)]
            sse, fitted = data.fit(columns, 2)
            errors[i] = min(errors[i], sse)
            if math.isfinite(sse) and (best is None or sse < best[0]):
                best = (sse, i, fitted)
    if best is None:
        return None
    return _Fit(float(places[best[1]]), best[0], 6, best[2], places, errors)


def _effective(residual: Array) -> float:
    """Number of independent readings that autocorrelated ones are worth."""
    centred = residual - residual.mean()
    power = float((centred**2).sum())
    if power == 0:
        return float(residual.size)
    rho = max(0.0, min(0.9, float((centred[1:] * centred[:-1]).sum()) / power))
    return residual.size * (1 - rho) / (1 + rho)


def _free(fit: _Fit, data: _Series) -> float:
    return _effective((data.values - fit.fitted) * data.weights) - fit.parameters


def _beats(fit: _Fit, null_sse: float, data: _Series) -> bool:
    from scipy.special import fdtrc

    extra, free = fit.parameters - 2, _free(fit, data)
    if free < 2:
        return False
    floor = 1e-12 * max(1e-12, float(((data.values * data.weights) ** 2).sum()))
    ratio = (max(null_sse - fit.sse, 0.0) / extra) / (max(fit.sse, floor) / free)
    # The break was searched for: its place is one more chance for a bin to look good by luck.
    return float(fdtrc(extra, free, ratio)) * math.sqrt(data.t.size) < ALPHA


def _bic(fit: _Fit, n: int) -> float:
    return n * math.log(max(fit.sse, 1e-300) / n) + fit.parameters * math.log(n)


def _interval(fit: _Fit, data: _Series) -> tuple[float, float]:
    from scipy.special import fdtri

    free = max(2.0, _free(fit, data))
    limit = max(fit.sse, 1e-300) * (1 + float(fdtri(1, free, 0.95)) / free)
    near = fit.others_s[fit.others_sse <= limit]
    half = float(np.median(np.diff(data.t))) / 2
    return float(near.min(initial=fit.at_s)) - half, float(near.max(initial=fit.at_s)) + half


# -- failures -----------------------------------------------------------------------------------
def _failures(load: Bins) -> Inflection | None:
    """The split of bins that makes the failed share most unequal."""
    n, k = load.requests, load.failed
    if n.size < FEWEST_BINS or k.sum() <= 0:
        return None
    k = np.minimum(k, n)
    gains = np.array([_likelihood_gain(n, k, i) for i in range(1, n.size)])
    best = int(np.argmax(gains)) + 1
    before, after = k[:best].sum() / max(n[:best].sum(), 1), k[best:].sum() / n[best:].sum()
    clear = gains[best - 1] >= FAILED_LIKELIHOOD
    if not clear or after < LEAST_FAILED or after < 3 * before:
        return None
    first = _first_failures(k, n, best, before)
    near = np.flatnonzero(gains >= gains.max() - 1.92) + 1  # chi-squared, 95 %, one parameter
    low, high = min(first, int(near.min())), max(int(near.max()), first + 1)
    edge_s = load.at_s - load.width_s / 2
    interval = (float(edge_s[low]), float(load.at_s[min(high, n.size - 1)] + load.width_s / 2))
    return _told(
        load, float(edge_s[first]), interval, Symptom.FAILURES, float(before), float(after), "ratio"
    )


def _first_failures(k: Array, n: Array, split: int, before: float) -> int:
    """The bin from which failures no longer stop: at the split or before it."""
    first = split
    while first > 1 and k[first - 1] > max(0.002, 2 * before) * n[first - 1]:
        first -= 1
    return first


def _likelihood_gain(n: Array, k: Array, at: int) -> float:
    whole = _log_likelihood(float(n.sum()), float(k.sum()))
    left = _log_likelihood(float(n[:at].sum()), float(k[:at].sum()))
    right = _log_likelihood(float(n[at:].sum()), float(k[at:].sum()))
    rising = k[at:].sum() * n[:at].sum() > k[:at].sum() * n[at:].sum()
    return left + right - whole if rising else 0.0


def _log_likelihood(n: float, k: float) -> float:
    if n <= 0 or k <= 0 or k >= n:
        return 0.0
    p = k / n
    return k * math.log(p) + (n - k) * math.log(1 - p)


# -- throughput ---------------------------------------------------------------------------------
def _throughput(load: Bins) -> Inflection | None:
    """Users that bring no more throughput: a broken stick over the rising users."""
    good = np.isfinite(load.users) & (load.requests > 0)
    users, rate, at = load.users[good], load.requests[good] / load.width_s, load.at_s[good]
    rising = np.flatnonzero(np.maximum.accumulate(users) <= users)
    users, rate, at = users[rising], rate[rising], at[rising]
    if np.unique(np.round(users)).size < FEWEST_BINS or np.ptp(users) <= 0:
        return None
    data = _Series(users, rate, np.ones(users.size))
    sse0, _ = data.fit([data.one, users])
    fit = _search(data, lambda n: [data.one, users, _past(users, n)], 4, 0)
    if fit is None or not _beats(fit, sse0, data):
        return None
    slopes = np.diff(fit.fitted) / np.where(np.diff(users) > 0, np.diff(users), NAN)
    slopes, where = slopes[np.isfinite(slopes)], users[1:][np.isfinite(slopes)]
    if not (where < fit.at_s).any() or not (where > fit.at_s).any():
        return None
    early, late = np.median(slopes[where < fit.at_s]), np.median(slopes[where > fit.at_s])
    if not (early > 0 and late < 0.34 * early and fit.at_s < 0.85 * users.max()):
        return None
    index = int(np.argmin(np.abs(users - fit.at_s)))
    at_s = float(at[index])
    spread = _interval(fit, data)
    inside = at[(users >= spread[0]) & (users <= spread[1])]
    interval = (float(min(inside.min(), at_s)), float(max(inside.max(), at_s)))
    return _told(
        load, at_s, interval, Symptom.THROUGHPUT, float(rate[index]), float(rate[-1]), "1/s"
    )


# -- shared -------------------------------------------------------------------------------------
def _levels(load: Bins, at_s: float) -> tuple[float, float]:
    """Mean response time before and after, each request counted once."""

    def level(when: Flags) -> float:
        some = when & np.isfinite(load.mean_s)
        n = load.requests[some].sum()
        return float((load.mean_s[some] * load.requests[some]).sum() / n) if n else NAN

    return level(load.at_s < at_s), level(load.at_s >= at_s)


def _told(
    load: Bins,
    at_s: float,
    interval: tuple[float, float],
    symptom: Symptom,
    before: float,
    after: float,
    unit: str,
) -> Inflection:
    near = int(np.argmin(np.abs(load.at_s - at_s)))
    window = slice(max(0, near - 1), near + 2)
    rate = float(load.requests[window].sum() / (load.requests[window].size * load.width_s))
    low = max(0.0, interval[0])
    return Inflection(
        at_s,
        (min(low, at_s), max(interval[1], at_s)),
        symptom,
        before,
        after,
        unit,
        float(load.users[near]),
        rate,
    )
