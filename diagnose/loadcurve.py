"""The load as users felt it: what a load tool wrote, else read off the outermost tier."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from diagnose.clock import Window
from diagnose.grid import Grid, extent
from diagnose.ingest import Source
from diagnose.model import LoadSummary, spanned
from diagnose.readings import Array, Flags, Load, LoadSeries, LoadTotals, Requests
from diagnose.tiers import TierLog

NAN = math.nan
SMOOTH_S = 6.0  # twice the three seconds in which workers report: their beat cancels out
# Rows without requests before one with many are reports that came in a burst, up to twice
# the usual distance of such rows; a longer silence was one (a choice).
SHORTEST_BURST_S = 3.5
HELD_S = 10.0  # how long a throughput must be held to be told (a choice)
LONGEST_LAG_S = 15.0  # how late a generator's counts may be against the first tier's log


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

    def mean_during(self, begin_s: float, end_s: float, grid: Grid) -> float:
        """Mean response time of what ended in a stretch of the grid, weighted by requests."""
        inside = (grid.middles_s >= begin_s) & (grid.middles_s < end_s)
        requests = np.nansum(self.requests[inside & np.isfinite(self.seconds)])
        return float(np.nansum(self.seconds[inside]) / requests) if requests > 0 else NAN


@dataclass(frozen=True, slots=True)
class Chosen:
    """The load file that tells most, and all that belong to it."""

    source: Source
    load: Load
    series: LoadSeries


def choose(sources: list[Source]) -> Chosen | None:
    """The overall series with the most requests; ties by path."""
    candidates = [
        Chosen(source, load, series)
        for source in sources
        for load in source.reading.loads
        for series in load.series
        if not series.route and series.at_s.size > 1
    ]
    return max(
        candidates,
        key=lambda c: (float(np.nansum(c.series.requests)), c.series.at_s.size),
        default=None,
    )


def window_of(series: LoadSeries, shift_s: float) -> Window:
    """From the first interval with users or requests to the last with requests.

    The rows after it, in which the generator only waits for its end, are not load.
    """
    busy = np.flatnonzero((np.nan_to_num(series.requests) > 0) | (np.nan_to_num(series.users) > 0))
    ended = np.flatnonzero(np.nan_to_num(series.requests) > 0)
    if not ended.size:
        return Window(float(series.at_s[0]) + shift_s, float(series.at_s[-1]) + shift_s)
    first = min(int(busy[0]), int(ended[0]))
    begin = float(series.at_s[first] - np.nan_to_num(series.interval_s[first]))
    users = np.flatnonzero(np.nan_to_num(series.users) > 0)
    # A tool that counts users says itself when they were gone.
    last = min(int(ended[-1]), int(users[-1])) if users.size else int(ended[-1])
    return Window(begin + shift_s, float(series.at_s[last]) + shift_s)


def window_of_requests(ended_s: Array) -> Window | None:
    """The busy stretch of a tier's log: ten-second counts over a twentieth of their maximum."""
    ended_s = ended_s[np.isfinite(ended_s)]
    if ended_s.size < 2:
        return None
    first = math.floor(float(ended_s.min()))
    span = int(float(ended_s.max()) - first) + 1
    width = max(10.0, span / 100_000)
    counts = np.bincount(((ended_s - first) / width).astype(int))
    busy = np.flatnonzero(counts > 0.05 * counts.max())
    inside = ended_s[
        (ended_s >= first + busy[0] * width) & (ended_s <= first + (busy[-1] + 1) * width)
    ]
    return Window(float(inside.min()), float(inside.max()))


def from_tool(
    chosen: Chosen,
    sources: list[Source],
    shift_s: float,
    grid: Grid,
    first_tier: TierLog | None = None,
) -> LoadCurve:
    """Lay what a load tool wrote on the grid.

    Intervals are spread over the cells that they cover; a burst is spread over the empty
    rows before it. Rates are smoothed over five seconds, for distributed generators report
    in bursts, and set right where the first tier's log shows that they came late.
    """
    series = chosen.series
    at = series.at_s + shift_s
    width = _widened(series)
    lag_s = _lag(grid, at, width, series.requests, first_tier)
    notes = series.notes
    if lag_s >= 0.5:
        whose = first_tier.component if first_tier else ""
        late = f"its counts came {lag_s:.1f} s late against {whose}'s log; they were moved"
        notes = (*notes, f"{chosen.load.tool}: {late}")
    users_at, at = at, at - lag_s
    requests = _spread(grid, at, width, series.requests)
    failed = _spread(grid, at, width, series.failures)
    seconds = _spread(grid, at, width, series.requests * np.nan_to_num(series.mean_s))
    if not np.isfinite(series.mean_s).any():
        seconds = np.full(requests.shape, NAN)
    users = _held(grid, users_at, series.users)
    under = grid.loaded
    summary = _summary(chosen, sources, grid, series, users)
    return _curve(grid, under, users, requests, failed, seconds, summary, notes)


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


def from_tier(log: TierLog, grid: Grid) -> LoadCurve:
    """The load as the outermost tier saw it, for want of a load tool's own word."""
    at = log.ended_s + grid.start_s
    requests, failed = grid.count(at), grid.count(at[log.failed])
    timed = np.isfinite(log.duration_s)
    seconds = grid.count(at[timed], log.duration_s[timed])
    if not timed.any():
        seconds = np.full(requests.shape, NAN)
    under = grid.loaded
    users = np.full(requests.shape, NAN)
    inside = log.during(0.0, grid.load_s)
    durations = log.duration_s[inside & timed]
    p50, p95, p99 = (
        (float(np.quantile(durations, q, method="inverted_cdf")) for q in (0.5, 0.95, 0.99))
        if durations.size
        else (NAN, NAN, NAN)
    )
    summary = LoadSummary(
        "",
        float(inside.sum()),
        float((inside & log.failed).sum()),
        NAN,
        NAN,
        float(durations.mean()) if durations.size else NAN,
        p50,
        p95,
        p99,
        _iso(grid.start_s),
        _iso(grid.start_s + grid.load_s),
        source=log.cited,
    )
    note = f"no load tool's result was found: the load was read off {log.path}"
    return _curve(grid, under, users, requests, failed, seconds, summary, (note,))


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
    counts = np.nan_to_num(counts)
    order = np.argsort(at, kind="stable")
    begins, ends, counts = (at - width)[order], at[order], counts[order]
    # Cumulative count as a piecewise linear function of time, read off at the edges.
    knots = np.ravel(np.column_stack((begins, ends)))
    totals = np.ravel(np.column_stack((np.cumsum(counts) - counts, np.cumsum(counts))))
    knots = np.maximum.accumulate(knots)
    return np.diff(np.interp(edges, knots, totals))


def _held(grid: Grid, at: Array, values: Array) -> Array:
    good = np.isfinite(values) & np.isfinite(at)
    if not good.any():
        return np.full(grid.cells_s.size, NAN)
    order = np.argsort(at[good], kind="stable")
    times, levels = at[good][order] - grid.start_s, values[good][order]
    index = np.searchsorted(times, grid.middles_s, side="right") - 1
    return np.where(index >= 0, levels[np.maximum(index, 0)], NAN)


def _summary(
    chosen: Chosen, sources: list[Source], grid: Grid, series: LoadSeries, users: Array
) -> LoadSummary:
    """Totals of the tool's own summary where there is one, else of its series."""
    loads = [
        (s.path, load) for s in sources for load in s.reading.loads if load.tool == chosen.load.tool
    ]
    counted = float(np.nansum(series.requests))
    told = [replace(t, path=path) for path, load in loads for t in load.totals]
    totals = _best_totals(told, counted)
    routes = tuple(t for t in told if t.route)
    errors = tuple(replace(e, path=path) for path, load in loads for e in load.errors)
    known = np.nansum(series.requests[np.isfinite(series.mean_s)])
    mean = float(np.nansum(series.requests * series.mean_s) / known) if known else NAN
    top = users[np.isfinite(users)]
    source = spanned(chosen.source.path, *extent(series.lines))
    if totals and totals.path:
        source = f"{source} + {spanned(totals.path, totals.line, totals.line)}"
    return LoadSummary(
        chosen.load.tool,
        float(totals.requests) if totals else counted,
        float(totals.failures) if totals else float(np.nansum(series.failures)),
        float(top.max()) if top.size else NAN,
        NAN,  # the curve tells, when it is smooth
        totals.mean_s if totals else mean,
        totals.p50_s if totals else NAN,
        totals.p95_s if totals else NAN,
        totals.p99_s if totals else NAN,
        _iso(grid.start_s),
        _iso(grid.start_s + grid.load_s),
        chosen.load.open_model,
        errors,
        routes,
        source,
    )


def _best_totals(told: list[LoadTotals], counted: float) -> LoadTotals | None:
    """The tool's own totals of the whole test, if they are of this very test."""
    whole = [t for t in told if not t.route]
    near = [t for t in whole if abs(t.requests - counted) <= max(10.0, 0.05 * counted)]
    return min(near, key=lambda t: abs(t.requests - counted), default=None)


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


def _iso(epoch_s: float) -> str:
    at = datetime.fromtimestamp(round(epoch_s, 3), UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def requests_of(sources: list[Source]) -> Iterator[tuple[Source, Requests]]:
    """Every column of requests of a component's sources."""
    for source in sources:
        for requests in source.reading.requests:
            yield source, requests
