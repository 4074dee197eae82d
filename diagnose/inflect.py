"""When the run turned: in latency, in failures, or in throughput that stops following users.

Latency: the mean per bin, and where it leaves its straight line upwards (breaks.py). In plain
seconds that is where the asymptotes of a closed system meet: at its knee (Denning & Buzen).
Failures: the split that makes their share most unequal, by likelihood. Throughput: a broken
stick against users.

A run without a limit has none, and nobody is accused.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from diagnose.breaks import FEWEST, LEAST_RISE, beats, interval, turning_point
from diagnose.model import NAN, Inflection, Symptom
from diagnose.readings import Array, Flags
from diagnose.shapes import Fit, fits, fitted
from diagnose.whiten import Series

MOST_BINS = 360
SHORTEST_BIN_S = 2.0  # (a choice)
FULL_BIN = 10  # requests in a bin, on average, so that one slow request is no turn (a choice)
LONG_ENOUGH = 36  # bins that are kept even where requests are few
LEAST_FAILED = 0.01  # share of requests after the split (a choice)
FAILED_LIKELIHOOD = 12.0  # log likelihood ratio that a split of failures must reach (a choice)
# Throughput has stopped following users where it gains less than a third as much by each,
# and did so before the last of them came (choices).
FOLLOWS = 0.34
LAST_USERS = 0.85


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
    """Sum cells into at most 360 bins of two seconds or more, wider where requests are few.

    columns: requests, failures, summed seconds (all per cell) and users.
    """
    requests, failed, seconds, users = columns
    full_s = FULL_BIN * load_s / max(float(np.nansum(requests)), 1.0)
    width = max(SHORTEST_BIN_S, step_s, load_s / MOST_BINS, min(full_s, load_s / LONG_ENOUGH))
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
    if t.size < FEWEST:
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
    are averaged into at most 360 bins first.
    """
    good = np.isfinite(values)
    t, values = t[good], values[good]
    if t.size < FEWEST or np.ptp(values) == 0:
        return None
    edges = np.linspace(0, t.size, min(MOST_BINS, t.size) + 1).astype(int)
    pairs = list(itertools.pairwise(edges))
    at = np.array([t[a:b].mean() for a, b in pairs])
    level = np.array([float(np.median(values[a:b])) for a, b in pairs])
    base = 0.1 * float(np.ptp(level))  # only the shape counts: its foot is put above zero
    for upright in (level - level.min() + base, level.max() - level + base):
        turn = turning_point(at, upright, by_far=False)
        if turn is not None:
            early, late = values[t < turn[0]], values[t >= turn[0]]
            before, after = float(np.median(early)), float(np.median(late))
            kind = Symptom.LATENCY if unit == "s" else Symptom.THROUGHPUT
            return Inflection(turn[0], turn[1], kind, before, after, unit, label=name)
    return None


# -- failures -----------------------------------------------------------------------------------
def _failures(load: Bins) -> Inflection | None:
    """The split of bins that makes the failed share most unequal."""
    n, k = load.requests, load.failed
    if n.size < FEWEST or k.sum() <= 0:
        return None
    k = np.minimum(k, n)
    gains = _likelihood_gains(n, k)
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


def _likelihood_gains(n: Array, k: Array) -> Array:
    """By how much two shares of failures beat one, split before each bin but the first."""
    n_left, k_left = np.cumsum(n)[:-1], np.cumsum(k)[:-1]
    n_right, k_right = n.sum() - n_left, k.sum() - k_left
    left, right = _log_likelihood(n_left, k_left), _log_likelihood(n_right, k_right)
    whole = _log_likelihood(n.sum(keepdims=True), k.sum(keepdims=True))
    return np.where(k_right * n_left > k_left * n_right, left + right - whole, 0.0)


def _log_likelihood(n: Array, k: Array) -> Array:
    """Of k failures among n requests at the share that suits them best."""
    some = (k > 0) & (k < n)
    p = np.where(some, k / np.where(some, n, 1.0), 0.5)
    return np.asarray(np.where(some, k * np.log(p) + (n - k) * np.log(1 - p), 0.0))


# -- throughput ---------------------------------------------------------------------------------
def _throughput(load: Bins) -> Inflection | None:
    """Users that bring no more throughput: a broken stick over the rising users."""
    good = np.isfinite(load.users) & (load.requests > 0)
    users, rate, at = load.users[good], load.requests[good] / load.width_s, load.at_s[good]
    rising = np.flatnonzero(np.maximum.accumulate(users) <= users)
    users, rate, at = users[rising], rate[rising], at[rising]
    if np.unique(np.round(users)).size < FEWEST or np.ptp(users) <= 0:
        return None
    series = Series((users - users[0]) / np.ptp(users), -rate, np.ones(users.size))
    found = fits(series, ("line", "hinge"), must_rise=False)
    fit = found.get("hinge")
    if fit is None or not beats(fit, found["line"]) or not _stops(series, fit, users):
        return None
    place, *ends = (users[0] + np.ptp(users) * np.array(x) for x in _where(series, fit))
    index = int(np.argmin(np.abs(users - place)))
    inside = at[(users >= ends[0]) & (users <= ends[1])]
    at_s = float(at[index])
    spread = (float(inside.min(initial=at_s)), float(inside.max(initial=at_s)))
    levels = (float(rate[index]), float(rate[-1]))
    return _told(load, at_s, spread, Symptom.THROUGHPUT, *levels, "1/s")


def _where(series: Series, fit: Fit) -> tuple[float, float, float]:
    return float(series.places[fit.at]), *interval(series, fit)


def _stops(series: Series, fit: Fit, users: Array) -> bool:
    """Whether throughput gained by each user before the place, and hardly any after it."""
    place = users[0] + series.places[fit.at] * np.ptp(users)
    apart = np.diff(users) > 0
    slopes = -np.diff(fitted(series, fit))[apart] / np.diff(users)[apart]
    where = users[1:][apart]
    if not (where < place).any() or not (where > place).any():
        return False
    early, late = np.median(slopes[where < place]), np.median(slopes[where > place])
    return bool(early > 0 and late < FOLLOWS * early and place < LAST_USERS * users.max())


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
