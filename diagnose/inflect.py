"""When the run turned: in latency, in failures, or in throughput that stops following users.

Latency: the logarithm of the mean per bin is fitted with a straight line (in the logarithm
and in plain seconds), a step, a hinge and a double hinge, by exhaustive search. What is no
straight line must beat it by an F test on the effective sample size (residuals are
autocorrelated), and latency must end at least 15 % higher. Failures: the split that makes
their share most unequal, by likelihood. Throughput: a broken stick against users.

A run without a limit has none, and nobody is accused.
"""

from __future__ import annotations

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
@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    at_s: float
    sse: float
    parameters: int
    fitted: Array
    others_s: Array  # every place tried for the first break
    others_sse: Array  # the best fit with the break there


def _latency(load: Bins) -> Inflection | None:
    good = np.isfinite(load.mean_s) & (load.requests > 0) & (load.mean_s > 0)
    t, y = load.at_s[good], np.log(load.mean_s[good])
    if t.size < FEWEST_BINS:
        return None
    turn = turning_point(t, y)
    if turn is None:
        return None
    at_s, interval = turn
    before, after = _levels(load, at_s)
    if not after >= LEAST_RISE * before:
        return None
    return _told(load, at_s, interval, Symptom.LATENCY, before, after, "s")


def turning_point(t: Array, y: Array) -> tuple[float, tuple[float, float]] | None:
    """Where a series leaves its straight line upwards, with a 95 % interval; None if it does not.

    t and y have shape (n,), t rising. y is compared as it is: pass logarithms of latency.
    """
    null_sse = min(_sse(y, _line(t, y)), _sse(y, _plain_line(t, y)))
    fits = [fit for fit in (_step(t, y), _hinge(t, y), _double_hinge(t, y)) if fit is not None]
    better = [fit for fit in fits if _beats(fit, null_sse, t, y)]
    if not better and _rises_by_far(t, y):
        better = [fit for fit in fits if fit.parameters > 3]
    if not better:
        return None
    best = min(better, key=lambda fit: _bic(fit, y))
    late = best.fitted[t >= best.at_s]
    early = best.fitted[t < best.at_s]
    if not early.size or late.max() - early.min() < math.log(LEAST_RISE):
        return None
    if np.median(late) <= np.median(early):
        return None
    return best.at_s, _interval(best, t, y)


def _rises_by_far(t: Array, y: Array) -> bool:
    """Whether the last third stands three times above the first sixth, and rose steadily."""
    early, late = y[: max(2, y.size // 6)], y[-max(2, y.size // 3) :]
    if np.median(late) - np.median(early) < math.log(LARGE_RISE):
        return False
    return _kendall(y) >= STEADILY


def _kendall(y: Array) -> float:
    """Kendall's tau of a series against time: rising pairs less falling ones, of all."""
    signs = np.sign(y[None, :] - y[:, None])
    return float(np.triu(signs, 1).sum() / (y.size * (y.size - 1) / 2))


def _line(t: Array, y: Array) -> Array:
    return np.asarray(np.polyval(np.polyfit(t, y, 1), t))


def _plain_line(t: Array, y: Array) -> Array:
    """A straight line in seconds, seen on the logarithmic scale."""
    value = np.exp(y)
    slope, intercept = np.polyfit(t, value, 1, w=1 / np.sqrt(value))
    line = intercept + slope * t
    return np.log(line) if (line > 0).all() else np.full(y.shape, np.inf)


def _sse(y: Array, fitted: Array) -> float:
    return float(((y - fitted) ** 2).sum())


def _fit(columns: list[Array], y: Array, upwards: int = 0) -> tuple[float, Array]:
    """Least squares; a fit whose column `upwards` (if any) does not rise is none."""
    design = np.column_stack(columns)
    beta, *_ = np.linalg.lstsq(design, y, rcond=None)
    fitted = design @ beta
    return (np.inf if upwards and beta[upwards] <= 0 else _sse(y, fitted)), fitted


def _search(
    t: Array, y: Array, columns_at: Callable[[float], list[Array]], parameters: int, upwards: int
) -> _Fit | None:
    places = t[2:-2] - np.diff(t)[1:-2] / 2 if t.size > 6 else t[:0]
    best: tuple[float, float, Array] | None = None
    errors = []
    for at_s in places:
        sse, fitted = _fit(columns_at(float(at_s)), y, upwards)
        errors.append(sse)
        if best is None or sse < best[1]:
            best = (float(at_s), sse, fitted)
    if best is None or not math.isfinite(best[1]):
        return None
    return _Fit(best[0], best[1], parameters, best[2], places, np.array(errors))


def _step(t: Array, y: Array) -> _Fit | None:
    one = np.ones(t.size)
    return _search(t, y, lambda at: [one, (t >= at).astype(float)], 3, 1)


def _hinge(t: Array, y: Array) -> _Fit | None:
    one = np.ones(t.size)
    return _search(t, y, lambda at: [one, t, np.clip(t - at, 0, None)], 4, 2)


def _double_hinge(t: Array, y: Array) -> _Fit | None:
    """A line, a second, a third, all joined: calm, rising, held."""
    one, inner = np.ones(t.size), t[2:-2]
    if t.size < 10:
        return None
    pick = inner[:: max(1, inner.size // 36)]
    best: tuple[float, float, Array] | None = None
    errors = np.full(pick.size, np.inf)
    for i, first in enumerate(pick[:-1]):
        for second in pick[i + 2 :]:
            columns = [one, t, np.clip(t - first, 0, None), np.clip(t - second, 0, None)]
            sse, fitted = _fit(columns, y, 2)
            errors[i] = min(errors[i], sse)
            if best is None or sse < best[1]:
                best = (float(first), sse, fitted)
    if best is None or not math.isfinite(best[1]):
        return None
    return _Fit(best[0], best[1], 6, best[2], pick, errors)


def _effective(residual: Array) -> float:
    """Number of independent readings that autocorrelated ones are worth."""
    centred = residual - residual.mean()
    power = float((centred**2).sum())
    if power == 0:
        return float(residual.size)
    rho = max(0.0, min(0.9, float((centred[1:] * centred[:-1]).sum()) / power))
    return residual.size * (1 - rho) / (1 + rho)


def _beats(fit: _Fit, null_sse: float, t: Array, y: Array) -> bool:
    from scipy.special import fdtrc

    extra = fit.parameters - 2
    free = _effective(y - fit.fitted) - fit.parameters
    if free < 2:
        return False
    floor = 1e-12 * max(1.0, float((y**2).sum()))
    ratio = (max(null_sse - fit.sse, 0.0) / extra) / (max(fit.sse, floor) / free)
    # The break was searched for: its place is one more chance a bin to look good by luck.
    return float(fdtrc(extra, free, ratio)) * math.sqrt(t.size) < ALPHA


def _bic(fit: _Fit, y: Array) -> float:
    n = y.size
    return n * math.log(max(fit.sse, 1e-12) / n) + fit.parameters * math.log(n)


def _interval(fit: _Fit, t: Array, y: Array) -> tuple[float, float]:
    from scipy.special import fdtri

    free = max(2.0, _effective(y - fit.fitted) - fit.parameters)
    limit = max(fit.sse, 1e-12) * (1 + float(fdtri(1, free, 0.95)) / free)
    near = fit.others_s[fit.others_sse <= limit]
    half = float(np.median(np.diff(t))) / 2
    low = float(near.min()) if near.size else fit.at_s
    high = float(near.max()) if near.size else fit.at_s
    return min(low, fit.at_s) - half, max(high, fit.at_s) + half


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
    one = np.ones(users.size)
    sse0, _ = _fit([one, users], rate)
    fit = _search(users, rate, lambda n: [one, users, np.clip(users - n, 0, None)], 4, 0)
    if fit is None or not _beats(fit, sse0, users, rate):
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
    spread = _interval(fit, users, rate)
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
