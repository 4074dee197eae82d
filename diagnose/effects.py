"""How much a number of a load changed between two runs, with an interval that holds the truth.

The load is cut into short bins, and stretches of them are drawn again and again with
replacement (moving-block bootstrap, circular: Künsch 1989, doi:10.1214/aos/1176347265; Politis
and Romano 1992), so that bins that resemble their neighbours do not count as independent.
Where both runs were loaded alike, the same stretches are drawn of both: what a ramp does to
every run then cancels out. The interval speaks of the noise within the runs, not of the
difference between two days.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from diagnose.readings import Array, Flags, Ints

NAN = math.nan
DRAWS = 2000
MOST_DRAWS = 0.9  # share of the draws that must give a number (a choice)
SEED = 20_260_101  # any number: the same runs shall always say the same
FEWEST_BINS = 8  # fewer make no interval (a choice)
FEWEST_BLOCKS = 4
NORMAL = 1.96  # what 95 % of a normal distribution lie within
SHORTEST_BLOCK = 2  # bins: a rate is smoothed over that many
PEAK = 0.9  # quantile over time: a maximum has no interval that could be drawn (a choice)
ALIKE = 0.05  # share by which users may differ, in the median, under loads alike (a choice)
ALIKE_LENGTH = 0.1  # share by which their lengths may differ (a choice)


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """A load in bins of equal width; columns have shape (n,), NaN is not measured."""

    width_s: float
    users: Array
    rate_per_s: Array
    failing_per_s: Array
    mean_s: Array
    p95_s: Array  # of the bin's own requests, at the outermost tier that logged them
    past_knee: Flags  # all False where nothing turned

    def at(self, index: Ints) -> Bins:
        """The bins at `index`, of any shape."""
        return Bins(
            self.width_s,
            self.users[index],
            self.rate_per_s[index],
            self.failing_per_s[index],
            self.mean_s[index],
            self.p95_s[index],
            self.past_knee[index],
        )

    @property
    def size(self) -> int:
        """How many there are."""
        return int(self.rate_per_s.size)


Statistic = Callable[[Bins], Array]


@dataclass(frozen=True, slots=True)
class Effect:
    """A number in both runs, and its change. low, high: 95 % interval, NaN if none can be had.

    The change is relative (0.3: by 30 %), or a difference where `points` says so.
    """

    name: str
    unit: str
    before: float
    after: float
    change: float
    low: float = NAN
    high: float = NAN
    points: bool = False
    why: str = ""  # there is no interval

    @property
    def has_interval(self) -> bool:
        """Whether the change can be told from noise, or be found not to differ from it."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def differs(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.has_interval and (self.low > 0 or self.high < 0)


def loaded_alike(a: Bins, b: Bins) -> bool:
    """Whether both loads had the same users at the same time, as far as that is known."""
    n = min(a.size, b.size)
    if n == 0 or abs(a.size - b.size) > ALIKE_LENGTH * max(a.size, b.size):
        return False
    known = np.isfinite(a.users[:n]) & np.isfinite(b.users[:n])
    if known.sum() < FEWEST_BINS:
        return False
    most = np.maximum(a.users[:n], b.users[:n])[known]
    apart = np.abs(a.users[:n] - b.users[:n])[known] / np.maximum(most, 1.0)
    return float(np.median(apart)) <= ALIKE


def effect(
    name: str, unit: str, statistic: Statistic, a: Bins, b: Bins, *, points: bool = False
) -> Effect:
    """The change of a statistic from `a` to `b`."""
    before, after = _of_all(statistic, a), _of_all(statistic, b)
    change = float(_change(np.array(before), np.array(after), points))
    told = Effect(name, unit, before, after, change, points=points)
    if math.isnan(before) or math.isnan(after):
        return replace(told, why=_unmeasured(before, after))
    if not math.isfinite(change):
        return replace(told, why=f"{name} was 0 in the first run")
    if min(a.size, b.size) < FEWEST_BINS:
        why = f"{min(a.size, b.size)} bins of {a.width_s:.0f} s; {FEWEST_BINS} are needed"
        return replace(told, why=why)
    one, other = _drawn(a, b)
    drawn = _change(statistic(one), statistic(other), points)
    drawn = drawn[np.isfinite(drawn)]
    if drawn.size < MOST_DRAWS * DRAWS:
        return replace(told, why="it was not measured during most of the load")
    low, high = _interval(drawn, change, min(a.size, b.size), points)
    return replace(told, low=low, high=high)


def _interval(drawn: Array, change: float, n: int, points: bool) -> tuple[float, float]:
    """95 % of the draws, widened for how few stretches there are (Student's t): measured on
    loads whose response times wander, the draws alone hold the truth 70 to 87 times in 100."""
    from scipy.stats import t

    blocks = n / _length(n)
    wider = float(t.ppf(0.975, blocks - 1)) / NORMAL * math.sqrt(blocks / (blocks - 1))
    low, high = (float(q) for q in np.quantile(drawn, (0.025, 0.975)))
    low, high = min(low, change), max(high, change)
    if points or change <= -1 or low <= -1:
        least = -math.inf if points else -1.0
        return max(least, change + wider * (low - change)), change + wider * (high - change)
    middle, lower, upper = (math.log1p(x) for x in (change, low, high))
    ends = (middle + wider * (end - middle) for end in (lower, upper))
    low, high = (math.expm1(end) for end in ends)
    return low, high


def _length(n: int) -> int:
    """Bins of a stretch: twice n^(1/3), but never so many that fewer than four fit (a choice)."""
    return max(SHORTEST_BLOCK, min(math.ceil(2 * math.cbrt(n)), n // FEWEST_BLOCKS))


def _unmeasured(before: float, after: float) -> str:
    if math.isnan(before) and math.isnan(after):
        return "neither run tells it"
    return f"the {'first' if math.isnan(before) else 'second'} run does not tell it"


def _of_all(statistic: Statistic, bins: Bins) -> float:
    if not bins.size:
        return NAN
    return float(statistic(bins.at(np.arange(bins.size)[None, :]))[0])


def _change(before: Array, after: Array, points: bool) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return after - before if points else after / before - 1.0


def _drawn(a: Bins, b: Bins) -> tuple[Bins, Bins]:
    """Both runs drawn anew, by the same stretches where they were loaded alike."""
    chance = np.random.default_rng(SEED)
    if loaded_alike(a, b):
        index = _blocks(min(a.size, b.size), chance)
        return a.at(index), b.at(index)
    return a.at(_blocks(a.size, chance)), b.at(_blocks(b.size, chance))


def _blocks(n: int, chance: np.random.Generator) -> Ints:
    """Indices of shape (DRAWS, n): stretches of neighbours."""
    length = _length(n)
    starts = chance.integers(0, n, (DRAWS, math.ceil(n / length)))
    index = (starts[:, :, None] + np.arange(length)) % n
    return index.reshape(DRAWS, -1)[:, :n].astype(np.int64)


# -- statistics: columns of shape (draws, n) → (draws,); NaN where nothing was measured ---------
def throughput(bins: Bins) -> Array:
    """Mean rate."""
    return _ratio(bins.rate_per_s, np.ones_like(bins.rate_per_s))


def peak(bins: Bins) -> Array:
    """The rate that a tenth of the time was above."""
    if not np.isfinite(bins.rate_per_s).any(axis=-1).all():
        return np.full(bins.rate_per_s.shape[:-1], NAN)
    return np.asarray(np.nanquantile(bins.rate_per_s, PEAK, axis=-1))


def mean_time(bins: Bins) -> Array:
    """Mean response time, each request counted once."""
    return _ratio(bins.rate_per_s * bins.mean_s, bins.rate_per_s)


def p95_time(bins: Bins) -> Array:
    """The 95th percentile of each bin, bins counted by their requests."""
    return _ratio(bins.rate_per_s * bins.p95_s, bins.rate_per_s)


def failed_share(bins: Bins) -> Array:
    """Share of requests that failed."""
    return _ratio(bins.failing_per_s, bins.rate_per_s)


def _ratio(over: Array, under: Array) -> Array:
    """Sum by sum, of what is known of both."""
    known = np.isfinite(over) & np.isfinite(under)
    total = np.where(known, under, 0.0).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(known, over, 0.0).sum(axis=-1) / np.where(total > 0, total, NAN)
    return np.asarray(ratio)
