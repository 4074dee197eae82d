"""Series of a load: how long they last, and several of them side by side or one behind another."""

from __future__ import annotations

import itertools
import math

import numpy as np

from diagnose.clock import Window
from diagnose.readings import Array, LoadSeries

NAN = math.nan
MOST_CELLS = 200_000  # of a sum of series; longer ones get wider intervals


def window_of(series: LoadSeries, shift_s: float = 0.0) -> Window:
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


def one_after_another(series: list[LoadSeries]) -> LoadSeries:
    """Series that do not overlap as one, in the order of their times.

    Lines are of several files, so none is kept.
    """
    if len(series) == 1:
        return series[0]
    ordered = sorted(series, key=lambda s: float(s.at_s[0]))

    def column(name: str) -> Array:
        return np.concatenate([getattr(s, name) for s in ordered])

    return LoadSeries(
        column("at_s"),
        column("interval_s"),
        column("users"),
        column("requests"),
        column("failures"),
        column("mean_s"),
        column("p50_s"),
        column("p95_s"),
        column("p99_s"),
        np.zeros(sum(s.at_s.size for s in ordered), np.int64),
        "",
        _notes(ordered),
    )


def side_by_side(series: list[LoadSeries]) -> LoadSeries:
    """What several generators did at the same time, added up on common intervals.

    Percentiles cannot be added, and are left out.
    """
    if len(series) == 1:
        return series[0]
    begin = min(float(s.at_s[0] - np.nan_to_num(s.interval_s[0])) for s in series)
    end = max(float(s.at_s[-1]) for s in series)
    width = max(float(np.nanmax(_typical(s))) for s in series)
    width = max(width, (end - begin) / MOST_CELLS)
    cells = math.ceil((end - begin) / width)
    edges = begin + width * np.arange(cells + 1, dtype=np.float64)

    def total(of: list[Array]) -> Array:
        out = np.zeros(cells)
        for one, counts in zip(series, of, strict=True):
            out += shared_out(one, counts, edges)
        return out

    requests = total([s.requests for s in series])
    timed = total([np.where(np.isfinite(s.mean_s), s.requests, 0.0) for s in series])
    seconds = total([s.requests * np.nan_to_num(s.mean_s) for s in series])
    users = np.vstack([_held(s, edges[1:]) for s in series]).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_s = np.where(timed > 0, seconds / timed, NAN)
    none = np.full(requests.size, NAN)
    return LoadSeries(
        edges[1:],
        np.full(requests.size, width),
        np.where(users > 0, users, NAN) if _told(series) else none,
        requests,
        total([s.failures for s in series]) if any(_counted(s) for s in series) else none,
        mean_s,
        none,
        none,
        none,
        np.zeros(requests.size, np.int64),
        "",
        _notes(series),
    )


def shared_out(series: LoadSeries, counts: Array, edges: Array) -> Array:
    """Counts of intervals, shared among the cells between `edges` that each covers."""
    width = np.where(np.isfinite(series.interval_s), series.interval_s, 1.0)
    return spread(series.at_s, width, counts, edges)


def spread(at: Array, width: Array, counts: Array, edges: Array) -> Array:
    """Counts of the intervals [at - width, at] shared among cells, by overlap."""
    counts = np.nan_to_num(counts)
    order = np.argsort(at, kind="stable")
    begins, ends, counts = (at - width)[order], at[order], counts[order]
    # Cumulative count as a piecewise linear function of time, read off at the edges.
    knots = np.ravel(np.column_stack((begins, ends)))
    totals = np.ravel(np.column_stack((np.cumsum(counts) - counts, np.cumsum(counts))))
    knots = np.maximum.accumulate(knots)
    return np.diff(np.interp(edges, knots, totals))


def _typical(series: LoadSeries) -> Array:
    known = series.interval_s[np.isfinite(series.interval_s) & (series.interval_s > 0)]
    return np.array([float(np.median(known)) if known.size else 1.0])


def _held(series: LoadSeries, at: Array) -> Array:
    """Users at each moment: the last that were told, none before and after the series."""
    index = np.searchsorted(series.at_s, at, side="left")
    inside = (index < series.at_s.size) & (at > series.at_s[0] - _typical(series)[0])
    return np.where(inside, np.nan_to_num(series.users[np.minimum(index, series.at_s.size - 1)]), 0)


def _counted(series: LoadSeries) -> bool:
    return bool(np.isfinite(series.failures).any())


def _told(series: list[LoadSeries]) -> bool:
    return all(bool(np.isfinite(s.users).any()) for s in series)


def _notes(series: list[LoadSeries]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(itertools.chain.from_iterable(s.notes for s in series)))
