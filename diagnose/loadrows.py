"""Requests that a load tool logged one by one → its load curve, with true percentiles."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from diagnose.failures import failure_kind
from diagnose.readings import Array, Flags, Ints, Labels, Load, LoadError, LoadSeries, LoadTotals

NAN = math.nan
MOST_ROUTES = 64  # further routes are left out of the series, never of the totals
LONGEST_SERIES = 86_400  # rows; a longer run gets wider intervals


@dataclass(slots=True, eq=False)
class LoadRows:
    """One row a request, in any order; every column has shape (n,).

    began_s: epoch seconds (seconds since the tool began where Load.relative). duration_s:
    until the last byte, as the user felt it. users: the tool's own count of virtual users
    when the row was written; None where it has none. kinds: of failures (`status 503`,
    `timeout`, …), code -1 for a success.
    """

    began_s: Array
    duration_s: Array
    failed: Flags
    lines: Ints
    users: Array | None = None
    routes: Labels | None = None
    kinds: Labels | None = None
    notes: list[str] = field(default_factory=list)


def load_of(
    tool: str,
    rows: LoadRows,
    *,
    open_model: bool | None = None,
    relative: bool = False,
    interval_s: float = 1.0,
) -> Load:
    """The load curve of logged requests: overall, and for each route.

    A request belongs to the interval in which it ended. Percentiles are the nearest rank,
    failures included. Without a count of users, the mean number of requests in flight in an
    interval stands for it.
    """
    known = np.isfinite(rows.began_s) & np.isfinite(rows.duration_s)
    good: Flags | slice = slice(None) if known.all() else known  # millions of rows: no copies
    began, took, failed = rows.began_s[good], rows.duration_s[good], rows.failed[good]
    lines = rows.lines[good]
    if not began.size:
        return Load(tool, errors=_errors(rows), open_model=open_model, relative=relative)
    ended = began + took
    first = math.floor(float(began.min()))
    span_s = float(ended.max()) - first
    width = max(interval_s, float(math.ceil(span_s / LONGEST_SERIES)))
    cells = int(span_s / width) + 1
    cell = np.minimum(((ended - first) / width).astype(np.int64), cells - 1)
    if rows.users is not None:
        users = _last_in(cell, ended, rows.users[good], cells)
    else:
        users = _in_flight(began - first, ended - first, width, cells)
    at = first + np.arange(1, cells + 1, dtype=np.float64) * width
    whole = _series(at, width, cell, took, failed, lines, users, "", tuple(rows.notes))
    series, totals = [whole], [_totals(began, took, failed, lines, float(np.nanmax(users)), "")]
    if rows.routes is not None:
        codes = rows.routes.codes[good]
        counts = np.bincount(codes[codes >= 0], minlength=len(rows.routes.names))
        kept = set(np.argsort(-counts, kind="stable")[:MOST_ROUTES].tolist())
        for code, name in enumerate(rows.routes.names):
            mine = codes == code
            if not name or not mine.any():
                continue
            totals.append(_totals(began[mine], took[mine], failed[mine], lines[mine], NAN, name))
            if code in kept and len(rows.routes.names) > 1:
                none = np.full(cells, NAN)
                part = (cell[mine], took[mine], failed[mine], lines[mine])
                series.append(_series(at, width, *part, none, name, ()))
    return Load(
        tool,
        tuple(series),
        tuple(totals),
        _errors(rows),
        open_model,
        relative,
        own_users=rows.users is not None,
    )


def _series(
    at: Array,
    width: float,
    cell: Ints,
    took: Array,
    failed: Flags,
    lines: Ints,
    users: Array,
    route: str,
    notes: tuple[str, ...],
) -> LoadSeries:
    counts = np.bincount(cell, minlength=at.size).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(cell, took, at.size) / np.where(counts > 0, counts, NAN)
    ordered = took[np.lexsort((took, cell))]
    ends = np.cumsum(counts).astype(np.int64)
    p50, p95, p99 = (_ranked(ordered, counts, ends, q) for q in (0.5, 0.95, 0.99))
    cited = np.zeros(at.size, np.int64)
    cited[cell] = lines
    return LoadSeries(
        at,
        np.full(at.size, width),
        users,
        counts,
        np.bincount(cell[failed], minlength=at.size).astype(float),
        mean,
        p50,
        p95,
        p99,
        cited,
        route,
        notes,
    )


def _ranked(ordered: Array, counts: Array, ends: Ints, q: float) -> Array:
    """Nearest rank of each interval; NaN where it has no request."""
    rank = np.maximum(np.ceil(q * counts).astype(np.int64), 1)
    place = np.where(counts > 0, ends - counts.astype(np.int64) + rank - 1, 0)
    return np.where(counts > 0, ordered[np.minimum(place, ordered.size - 1)], NAN)


def _last_in(cell: Ints, ended: Array, users: Array, cells: int) -> Array:
    """The last count in each interval, held over intervals without one."""
    order = np.argsort(ended, kind="stable")
    out = np.full(cells, NAN)
    out[cell[order]] = users[order]
    seen = np.maximum.accumulate(np.where(np.isfinite(out), np.arange(cells), -1))
    return np.where(seen >= 0, out[np.maximum(seen, 0)], NAN)


def _in_flight(began: Array, ended: Array, width: float, cells: int) -> Array:
    """Mean number of requests in flight in each interval."""
    edges = np.arange(cells + 1, dtype=np.float64) * width
    return np.diff(_area(began, edges) - _area(ended, edges)) / width


def _area(times: Array, edges: Array) -> Array:
    """Integral up to each edge of the number of times that have passed."""
    ordered = np.sort(times)
    before = np.searchsorted(ordered, edges, side="right")
    sums = np.concatenate(([0.0], np.cumsum(ordered)))
    return before * edges - sums[before]


def _totals(
    began: Array, took: Array, failed: Flags, lines: Ints, users: float, route: str
) -> LoadTotals:
    length_s = float((began + took).max() - began.min())
    p50, p95, p99 = (float(np.quantile(took, q, method="inverted_cdf")) for q in (0.5, 0.95, 0.99))
    return LoadTotals(
        int(took.size),
        int(failed.sum()),
        float(took.mean()),
        p50,
        p95,
        p99,
        took.size / length_s if length_s > 0 else NAN,
        route,
        int(lines.min()),
        max_s=float(took.max()),
        duration_s=length_s,
        users=users,
    )


def _errors(rows: LoadRows) -> tuple[LoadError, ...]:
    """Kinds of failures with their counts, the most frequent first."""
    if rows.kinds is None:
        return ()
    codes, routes = rows.kinds.codes, rows.routes
    out = []
    for code, text in enumerate(rows.kinds.names):
        mine = np.flatnonzero(codes == code)
        if not mine.size:
            continue
        where = routes.codes[mine] if routes is not None else np.full(mine.size, -1)
        for route in np.unique(where).tolist():
            these = mine[where == route]
            name = routes.names[route] if routes is not None and route >= 0 else ""
            line = int(rows.lines[these[0]])
            out.append(LoadError(text, int(these.size), name, failure_kind(text), line))
    return tuple(sorted(out, key=lambda e: (-e.count, e.text, e.route)))
