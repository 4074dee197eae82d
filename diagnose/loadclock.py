"""When a load began whose tool writes no wall clock, by the log of the first tier.

The tool's counts each second are laid on the log's at every second, and where the two courses
of the running count lie closest, to a twentieth of a second. Where the log tells durations,
they have to fit as well: a plateau looks alike everywhere. The place holds only if the log has
as many requests there as the tool sent, the courses agree to a few per cent, and no other
place is nearly as good: else the load is joined with nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from diagnose.loadseries import shared_out
from diagnose.readings import Array, LoadSeries

NAN = math.nan
SAME_COUNT = 0.1  # share by which the numbers of requests may differ (a choice)
CLOSE = 0.03  # of all requests, that the courses may lie apart (a choice)
CLEARLY = 2.0  # times farther apart is any place out of the near ones (a choice)
LEAST = 0.005  # of all requests: two places closer than that are as good as each other
SLOWER = 0.1  # what durations that differ by a factor of e add to a distance (a choice)
COARSEST_S = 2.5  # a place known no better joins nothing (a choice)
FEWEST = 20  # requests
PLACES = 16  # that are looked at closely
LONGEST_LOG_S = 14 * 86_400
FINE_S = 0.05  # steps of the search
FINEST_S = 0.2  # no place is said to be known better: requests take time on their way


@dataclass(frozen=True, slots=True)
class Place:
    """began_s: epoch seconds of the tool's zero, NaN where none was found; why: in words."""

    began_s: float
    error_s: float
    why: str = ""


def placed(series: LoadSeries, ended_s: Array, duration_s: Array | None = None) -> Place:
    """Where a series with a zero of its own lies among requests that ended at epoch times.

    ended_s and duration_s have shape (n,), in any order.
    """
    search = _Search(series, ended_s, duration_s)
    if search.total < FEWEST or search.times.size < FEWEST:
        return _nowhere("too few requests to compare")
    if search.times[-1] - search.times[0] > LONGEST_LOG_S:
        return _nowhere("the log is too long to be searched")
    found = sorted(search.finest(start) for start in search.coarse())
    distance, best = found[0]
    there = search.between(best)
    if abs(there - search.total) > SAME_COUNT * search.total:
        return _nowhere(f"it has {there:,.0f} requests where {search.total:,.0f} were sent")
    if search.apart(best) > CLOSE * search.total:
        return _nowhere(f"the courses lie {search.apart(best) / search.total:.0%} apart at best")
    near_s = max(2.0, 0.05 * search.length_s)
    others = [d for d, start in found if abs(start - best) > near_s]
    if others and others[0] < CLEARLY * max(distance, LEAST):
        return _nowhere("two places in it fit about as well")
    error_s = search.error_s(best)
    if error_s > COARSEST_S:
        return _nowhere(f"it would fit {error_s:.0f} s earlier or later as well")
    return Place(best, error_s)


def _nowhere(why: str) -> Place:
    return Place(NAN, NAN, why)


class _Search:
    """The series without its last, broken interval, against the log."""

    def __init__(self, series: LoadSeries, ended_s: Array, duration_s: Array | None) -> None:
        order = np.argsort(ended_s, kind="stable")
        order = order[np.isfinite(ended_s[order])]
        self.whole_seconds = bool((ended_s[order] % 1.0 == 0).all())
        self.times = _within_seconds(ended_s[order])
        took = np.zeros(order.size) if duration_s is None else np.nan_to_num(duration_s[order])
        self.seconds = np.concatenate(([0.0], np.cumsum(took)))
        self.series = series
        counts = np.nan_to_num(series.requests)
        self.begin = float(series.at_s[0] - np.nan_to_num(series.interval_s[0]))
        whole = max(1, series.at_s.size - 1)
        self.ends, self.here = series.at_s[:whole], np.cumsum(counts[:whole])
        self.total = float(self.here[-1])
        self.length_s = float(self.ends[-1]) - self.begin
        timed = float(np.nansum((series.requests * series.mean_s)[:whole]))
        self.mean_s = timed / self.total if self.total else NAN

    def coarse(self) -> Array:
        """The best places by whole seconds, one of each neighbourhood."""
        before = math.ceil(self.length_s)  # the log may begin after the load
        zero = math.floor(self.times[0]) - before
        seconds = int(self.times[-1] - zero) + 1 + before
        log = np.bincount((self.times - zero).astype(np.int64), minlength=seconds)
        edges = self.begin + np.arange(before + 1, dtype=np.float64)
        mine = shared_out(self.series, self.series.requests, edges)[: max(1, before)]
        apart = _squared(log.astype(float), mine)
        found: list[int] = []
        apart_s = max(1.0, 0.03 * self.length_s)
        while len(found) < PLACES and np.isfinite(apart).any():
            best = int(np.nanargmin(apart))
            found.append(best)
            apart[max(0, math.ceil(best - apart_s)) : best + int(apart_s) + 1] = NAN
        return np.asarray(zero - self.begin + np.array(found, np.float64))

    def finest(self, start: float) -> tuple[float, float]:
        """How far the courses lie apart at the best place around `start`, and that place."""
        tried = start + np.arange(-1.5, 1.5 + FINE_S / 2, FINE_S)
        return min((self.distance(float(began)), float(began)) for began in tried)

    def distance(self, began_s: float) -> float:
        """As a share of all requests; durations that differ add to it."""
        apart, took = self.apart(began_s) / self.total, self.took_s(began_s)
        if took > 0 and self.mean_s > 0:
            apart += SLOWER * abs(math.log(took / self.mean_s))
        return apart

    def apart(self, began_s: float) -> float:
        """Root mean square distance of the running counts, in requests."""
        first = np.searchsorted(self.times, began_s + self.begin, "left")
        there = np.searchsorted(self.times, began_s + self.ends, "left") - first
        return float(np.sqrt(np.mean((self.here - there) ** 2)))

    def between(self, began_s: float) -> float:
        first, last = self._stretch(began_s)
        return float(last - first)

    def took_s(self, began_s: float) -> float:
        """Mean duration in the log at a place; 0 where it tells none."""
        first, last = self._stretch(began_s)
        return float(self.seconds[last] - self.seconds[first]) / max(1, last - first)

    def _stretch(self, began_s: float) -> tuple[int, int]:
        ends = (began_s + self.begin, began_s + float(self.ends[-1]))
        first, last = np.searchsorted(self.times, ends, "left")
        return int(first), int(last)

    def error_s(self, best: float) -> float:
        """How far the load can be moved until courses, or durations too, lie clearly apart."""
        courses = CLEARLY * max(self.apart(best), 1.0)
        both = CLEARLY * max(self.distance(best), LEAST)
        for step in np.arange(FINE_S, 10.0, FINE_S):
            moved = (best - step, best + step)
            if min(map(self.apart, moved)) >= courses or min(map(self.distance, moved)) >= both:
                return max(round(float(step), 2), 0.5 if self.whole_seconds else FINEST_S)
        return 10.0


def _within_seconds(times: Array) -> Array:
    """Whole seconds, where a log has no finer ones, shared out among their requests."""
    if not times.size or (times % 1.0 > 0).any():
        return times
    _, first, counts = np.unique(times, return_index=True, return_counts=True)
    rank = np.arange(times.size) - np.repeat(first, counts)
    return np.asarray(times + (rank + 0.5) / np.repeat(counts, counts))


def _squared(log: Array, mine: Array) -> Array:
    """Sum of squared differences of the two at each place, by Fourier transform."""
    size = 1 << (log.size + mine.size).bit_length()
    spectrum = np.fft.rfft(log, size) * np.conj(np.fft.rfft(mine, size))
    products = np.fft.irfft(spectrum, size)[: log.size - mine.size + 1]
    squares = np.concatenate(([0.0], np.cumsum(log**2)))
    windows = squares[mine.size :] - squares[: squares.size - mine.size]
    return np.asarray(windows - 2 * products + float((mine**2).sum()))
