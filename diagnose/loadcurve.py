"""The load as users felt it: what a load tool wrote, else read off the outermost tier."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from diagnose import loadsummary
from diagnose.grid import Grid
from diagnose.loadchoice import Chosen
from diagnose.loadseries import spread
from diagnose.model import LoadSummary
from diagnose.readings import Array, Flags, LoadSeries
from diagnose.staircase import Staircase
from diagnose.tiers import TierLog

NAN = math.nan
SMOOTH_S = 6.0  # twice the three seconds in which workers report: their beat cancels out
# Rows without requests before one with many are reports that came in a burst, up to twice
# the usual distance of such rows; a longer silence was one (a choice).
SHORTEST_BURST_S = 3.5
HELD_S = 10.0  # how long a throughput must be held to be told (a choice)
LONGEST_LAG_S = 15.0  # how late a generator's counts may be against the first tier's log
SAME_REQUESTS = 0.05  # share by which a tool and a log may differ on one test (a choice)


@dataclass(slots=True, eq=False)
class LoadCurve:
    """Columns on the grid; requests and failures are rates. NaN outside the load."""

    users: Array
    throughput_per_s: Array
    failures_per_s: Array
    mean_s: Array
    requests: Array  # counts per cell, for weighted means
    seconds: Array  # summed response times per cell
    failed: Array
    summary: LoadSummary
    notes: tuple[str, ...] = ()
    steps: Staircase | None = None  # levels of load, where several runs were made

    def mean_during(self, begin_s: float, end_s: float, grid: Grid) -> float:
        """Mean response time of what ended in a stretch of the grid, weighted by requests."""
        inside = (grid.middles_s >= begin_s) & (grid.middles_s < end_s)
        requests = np.nansum(self.requests[inside & np.isfinite(self.seconds)])
        return float(np.nansum(self.seconds[inside]) / requests) if requests > 0 else NAN


def from_tool(chosen: Chosen, grid: Grid, first_tier: TierLog | None = None) -> LoadCurve:
    """Lay what a load tool wrote on the grid.

    Intervals are spread over the cells that they cover; a burst is spread over the empty
    rows before it. Rates are smoothed over five seconds, for distributed generators report
    in bursts, and set right where the first tier's log shows that they came late.
    """
    series = chosen.series
    if series is None:
        return _without_a_course(chosen, grid)
    at, width = series.at_s, _widened(series)
    lag_s = _lag(grid, at, width, series.requests, first_tier)
    notes = (*chosen.notes, *series.notes)
    if lag_s >= 0.5:
        whose = first_tier.component if first_tier else ""
        late = f"its counts came {lag_s:.1f} s late against {whose}'s log; they were moved"
        notes = (*notes, f"{chosen.tool}: {late}")
    users_at, at = at, at - lag_s
    requests = _spread(grid, at, width, series.requests)
    failed = _spread(grid, at, width, series.failures)
    seconds = _spread(grid, at, width, series.requests * np.nan_to_num(series.mean_s))
    if not np.isfinite(series.mean_s).any():
        seconds = np.full(requests.shape, NAN)
    if not np.isfinite(series.failures).any():
        failed = np.full(requests.shape, NAN)
    users = _held(grid, users_at, series.users)
    summary = loadsummary.of_tool(chosen, grid, users)
    curve = _curve(grid, grid.loaded, users, requests, failed, seconds, summary, notes)
    return replace(curve, steps=chosen.steps)


def _without_a_course(chosen: Chosen, grid: Grid) -> LoadCurve:
    """A summary only: how much in all, and nothing of when."""
    none = np.full(grid.cells_s.size, NAN)
    summary = loadsummary.of_tool(chosen, grid, none)
    return LoadCurve(none, none, none, none, none, none, none, summary, chosen.notes, chosen.steps)


def from_tier(log: TierLog, grid: Grid, chosen: Chosen | None = None) -> LoadCurve:
    """The load as the outermost tier saw it, for want of a load tool's own series.

    chosen: a tool's summary, which tells how much there was in all, if it is of this test.
    """
    at = log.ended_s + grid.start_s
    requests, failed = grid.count(at), grid.count(at[log.failed])
    timed = np.isfinite(log.duration_s)
    seconds = grid.count(at[timed], log.duration_s[timed])
    if not timed.any():
        seconds = np.full(requests.shape, NAN)
    users = np.full(requests.shape, NAN)
    seen = loadsummary.of_tier(log, grid)
    if chosen is None:
        notes = (f"no load tool's result was found: the load was read off {log.path}",)
        return _curve(grid, grid.loaded, users, requests, failed, seconds, seen, notes)
    told = loadsummary.of_tool(chosen, grid, users)
    curve = _curve(grid, grid.loaded, users, requests, failed, seconds, seen, chosen.notes)
    says = f"{chosen.tool} wrote a summary only: its course was read off {log.path}"
    if not abs(told.requests - seen.requests) <= SAME_REQUESTS * told.requests:
        says += f", which has {seen.requests:,.0f} requests where {chosen.tool} counted "
        says += f"{told.requests:,.0f}"
    summary = replace(
        told,
        throughput_max_per_s=curve.summary.throughput_max_per_s,
        started=seen.started,
        ended=seen.ended,
        source=f"{told.source} + {seen.source}",
    )
    return replace(curve, summary=summary, notes=(*chosen.notes, says), steps=chosen.steps)


def _widened(series: LoadSeries) -> Array:
    """Interval of each row; a burst's takes in the empty rows before it."""
    width = np.where(np.isfinite(series.interval_s), series.interval_s, 1.0)
    busy = np.flatnonzero(np.nan_to_num(series.requests) > 0)
    if busy.size < 3:
        return width
    ends = np.cumsum(width)
    reach = np.diff(ends[busy], prepend=ends[busy[0]] - width[busy[0]])
    longest = max(SHORTEST_BURST_S, 2 * float(np.median(reach)))
    width[busy] = np.where(reach <= longest, reach, width[busy])
    return width


def _lag(grid: Grid, at: Array, width: Array, requests: Array, log: TierLog | None) -> float:
    """By how much the generator's counts run behind the first tier's log; 0 if none is seen.

    Both counts are summed up and scaled to one; the lag that brings the curves together
    best is taken, if it more than halves their distance.
    """
    if log is None or log.ended_s.size < 50:
        return 0.0
    there = np.cumsum(grid.count(log.ended_s[log.ended_s < grid.load_s] + grid.start_s))
    if there[-1] <= 0:
        return 0.0

    def distance(lag_s: float) -> float:
        here = np.cumsum(_spread(grid, at - lag_s, width, requests))
        return float(((here / max(here[-1], 1.0) - there / there[-1]) ** 2).sum())

    lags = np.arange(0.0, LONGEST_LAG_S, 0.25)
    distances = np.array([distance(float(lag)) for lag in lags])
    best = int(np.argmin(distances))
    return float(lags[best]) if distances[best] < 0.5 * distances[0] else 0.0


def _curve(
    grid: Grid,
    under: Flags,
    users: Array,
    requests: Array,
    failed: Array,
    seconds: Array,
    summary: LoadSummary,
    notes: tuple[str, ...],
) -> LoadCurve:
    def blank(values: Array) -> Array:
        return np.where(under, values, NAN)

    smooth = _window_sum(requests * under, grid)
    span = _window_sum(under.astype(float), grid) * grid.step_s
    with np.errstate(invalid="ignore", divide="ignore"):
        rate, failing = smooth / span, _window_sum(failed * under, grid) / span
        mean_s = _window_sum(seconds * under, grid) / np.where(smooth > 0, smooth, NAN)
    summary = replace(summary, throughput_max_per_s=_plateau(blank(rate), grid.step_s))
    return LoadCurve(
        blank(users),
        blank(rate),
        blank(failing),
        blank(mean_s),
        requests,
        seconds,
        failed,
        summary,
        notes,
    )


def _window_sum(values: Array, grid: Grid) -> Array:
    """Sum over six seconds around each cell, the outermost cells by half."""
    cells = max(1, round(SMOOTH_S / grid.step_s))
    kernel = np.ones(cells | 1) if cells % 2 else np.r_[0.5, np.ones(cells - 1), 0.5]
    return np.convolve(values, kernel, mode="same")


def _spread(grid: Grid, at: Array, width: Array, counts: Array) -> Array:
    """Counts of intervals, shared among the cells that each covers (by overlap)."""
    edges = np.append(grid.cells_s, grid.cells_s[-1] + grid.step_s) + grid.start_s
    return spread(at, width, counts, edges)


def _held(grid: Grid, at: Array, values: Array) -> Array:
    good = np.isfinite(values) & np.isfinite(at)
    if not good.any():
        return np.full(grid.cells_s.size, NAN)
    order = np.argsort(at[good], kind="stable")
    times, levels = at[good][order] - grid.start_s, values[good][order]
    index = np.searchsorted(times, grid.middles_s, side="right") - 1
    return np.where(index >= 0, levels[np.maximum(index, 0)], NAN)


def held_around(at_s: float, curve: LoadCurve, grid: Grid) -> float:
    """Throughput at a moment as the highest is told: a median of ten seconds."""
    around = np.abs(grid.middles_s - at_s) <= max(HELD_S / 2, grid.step_s)
    rate = curve.throughput_per_s[around]
    rate = rate[np.isfinite(rate)]
    return float(np.median(rate)) if rate.size else NAN


def _plateau(rate: Array, step_s: float) -> float:
    """Highest throughput that was held for ten seconds: a median, for reports come in bursts."""
    rate = rate[np.isfinite(rate)]
    cells = max(1, round(HELD_S / step_s))
    if rate.size < cells:
        return float(rate.mean()) if rate.size else NAN
    return float(np.median(np.lib.stride_tricks.sliding_window_view(rate, cells), axis=1).max())
