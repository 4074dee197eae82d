"""One tier's requests → the http.* signals of its component, and means over any window."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from diagnose.grid import Grid, extent
from diagnose.model import spanned
from diagnose.readings import Array, Flags, Ints, Labels, Requests

NAN = math.nan
HANG_UP_S = 2.0  # generators close what is open when they stop: 499s then say nothing
MOST_PARTS = 24
GATEWAYS = (502, 504)


@dataclass(slots=True, eq=False)
class TierLog:
    """All requests of one component on the reference clock, in order of their ends."""

    component: str
    path: str
    ended_s: Array  # seconds on the grid
    lines: Ints
    status: Array
    duration_s: Array
    upstream_s: Array  # 0 where no upstream was asked; all NaN where the log has no such column
    connect_s: Array
    header_s: Array
    upstream_status: Array
    tries: Array
    bytes_sent: Array
    new_connection: Array
    waits_s: dict[str, Array] = field(default_factory=dict)
    route: Labels | None = None
    upstream: Labels | None = None
    sender: Labels | None = None
    load_s: float = NAN

    @property
    def cited(self) -> str:
        """The file with the lines of what ended under load; several files without lines."""
        if " + " in self.path:
            return self.path
        return spanned(self.path, *extent(self.lines[self.during(0.0, self.load_s)]))

    @property
    def gave_up(self) -> Flags:
        """499: the caller did not wait for the answer, unless it was just hanging up."""
        return np.asarray((self.status == 499) & ~self.hung_up)

    @property
    def hung_up(self) -> Flags:
        """499 as the load stopped: no load tool counts these requests."""
        return np.asarray((self.status == 499) & (self.ended_s >= self.load_s - HANG_UP_S))

    @property
    def refused(self) -> Flags:
        """Answered with a failure: 5xx, or 429."""
        return np.asarray((self.status >= 500) | (self.status == 429))

    @property
    def refused_behind(self) -> Flags:
        """Failures that the upstream had answered with.

        A log without the upstream's status tells by its own: 502 and 504 are a gateway's
        words for an upstream that gave no good answer.
        """
        if not np.isfinite(self.upstream_status).any():
            return np.isin(self.status, GATEWAYS)
        return np.asarray((self.upstream_status >= 500) | (self.upstream_status == 429))

    @property
    def denied(self) -> Flags:
        """Other 4xx: a failure for many load tools, and none of the server's."""
        told = self.status == 429, self.status == 499
        return np.asarray((self.status >= 400) & (self.status < 500) & ~(told[0] | told[1]))

    @property
    def failed(self) -> Flags:
        """5xx, 429, and 499 unless the generator was just hanging up."""
        return np.asarray(self.refused | self.gave_up)

    @property
    def born(self) -> Flags:
        """Failures that no upstream had sent."""
        return np.asarray(self.refused & ~self.refused_behind)

    @property
    def own_s(self) -> Array:
        """Time inside: what is neither behind nor in a named wait."""
        behind = np.nan_to_num(self.upstream_s) + sum(
            (np.nan_to_num(w) for w in self.waits_s.values()), np.zeros(self.ended_s.shape)
        )
        return self.duration_s - behind

    def during(self, begin_s: float, end_s: float) -> Flags:
        """Requests that ended in a stretch of the grid."""
        return np.asarray((self.ended_s >= begin_s) & (self.ended_s < end_s))


def tier_log(component: str, path: str, parts: list[tuple[Requests, float]], grid: Grid) -> TierLog:
    """Join the request columns of one component (several rotated logs) into one.

    `parts` are requests with the seconds to add to their times.
    """

    def column(name: str) -> Array:
        return np.concatenate([_filled(getattr(r, name), r.ended_s.size) for r, _ in parts])

    ended = np.concatenate([_ends(r) + shift for r, shift in parts]) - grid.start_s
    order = np.argsort(ended, kind="stable")
    order = order[np.isfinite(ended[order])]
    names = sorted({name for r, _ in parts for name in r.waits_s})
    waits = {
        name: np.concatenate([_filled(r.waits_s.get(name), r.ended_s.size) for r, _ in parts])
        for name in names
    }
    upstream = column("upstream_s")
    if np.isfinite(upstream).any():
        upstream = np.nan_to_num(upstream)
    lines = np.concatenate([r.lines for r, _ in parts])
    return TierLog(
        component,
        path,
        ended[order],
        lines[order],
        column("status")[order],
        column("duration_s")[order],
        upstream[order],
        column("connect_s")[order],
        column("header_s")[order],
        column("upstream_status")[order],
        column("tries")[order],
        column("bytes_sent")[order],
        column("new_connection")[order],
        {name: wait[order] for name, wait in waits.items()},
        _joined([r.route for r, _ in parts], [r.ended_s.size for r, _ in parts], order),
        _joined([r.upstream for r, _ in parts], [r.ended_s.size for r, _ in parts], order),
        _joined([r.sender for r, _ in parts], [r.ended_s.size for r, _ in parts], order),
        grid.load_s,
    )


def _ends(requests: Requests) -> Array:
    ended = requests.ended_s
    known = ended[np.isfinite(ended)]
    if known.size and not (known % 1.0).any():
        ended = ended + 0.5  # a log of whole seconds cuts fractions off: half a second on average
    if requests.started and requests.duration_s is not None:
        return ended + np.nan_to_num(requests.duration_s)
    return ended


def _filled(column: Array | None, size: int) -> Array:
    return np.full(size, NAN) if column is None else column


def _joined(labels: list[Labels | None], sizes: list[int], order: Ints) -> Labels | None:
    if all(label is None for label in labels):
        return None
    names = tuple(sorted({name for label in labels if label for name in label.names}))
    index = {name: i for i, name in enumerate(names)}
    codes = []
    for label, size in zip(labels, sizes, strict=True):
        if label is None:
            codes.append(np.full(size, -1, np.int64))
            continue
        table = np.array([*(index[name] for name in label.names), -1], np.int64)
        codes.append(table[label.codes])
    return Labels(np.concatenate(codes)[order], names)


def laid(log: TierLog, grid: Grid) -> Iterator[tuple[str, str, Array]]:
    """(metric, part, values on the grid) of everything that a tier's log tells."""
    at = log.ended_s + grid.start_s
    span = _covered(log, grid)
    yield "http.requests_per_s", "", np.where(span, grid.count(at) / grid.step_s, NAN)
    if np.isfinite(log.status).any():
        yield from _statuses(log, grid, at, span)
    if np.isfinite(log.duration_s).any():
        yield "http.request_s", "", grid.mean(at, log.duration_s)
        yield "http.p95_s", "", grid.quantile(at, log.duration_s, 0.95)
        yield "http.in_flight", "", np.where(span, _in_flight(log, grid), NAN)
    if np.isfinite(log.upstream_s).any():
        yield "http.upstream_s", "", grid.mean(at, log.upstream_s)
    if np.isfinite(log.upstream_s).any() or log.waits_s:
        yield "http.own_s", "", grid.mean(at, log.own_s)
    for name, wait in log.waits_s.items():
        yield "http.wait_s", name, grid.mean(at, np.nan_to_num(wait))
    for metric, column in (("connect_s", log.connect_s), ("header_s", log.header_s)):
        if np.isfinite(column).any():
            yield f"http.{metric}", "", grid.mean(at, column)
    yield from _rates(log, grid, at, span)
    yield from _routes(log, grid, at, span)


def _covered(log: TierLog, grid: Grid) -> Flags:
    """Cells between the first and the last request: outside them the log may not reach."""
    if not log.ended_s.size:
        return np.zeros(grid.cells_s.size, bool)
    first, last = float(log.ended_s[0]), float(log.ended_s[-1])
    return np.asarray((grid.cells_s + grid.step_s > first) & (grid.cells_s <= last))


def _statuses(log: TierLog, grid: Grid, at: Array, span: Flags) -> Iterator[tuple[str, str, Array]]:
    def rate(when: Flags) -> Array:
        return np.where(span, grid.count(at[when]) / grid.step_s, NAN)

    yield "http.failures_per_s", "", rate(log.failed)
    yield "http.gave_up_per_s", "", rate(log.gave_up)
    yield "http.too_many_per_s", "", rate(log.status == 429)
    if np.isfinite(log.upstream_status).any() or np.isfinite(log.upstream_s).any():
        yield "http.born_failures_per_s", "", rate(log.born)
        yield "http.upstream_failures_per_s", "", rate(log.refused_behind)
    known, counts = np.unique(log.status[np.isfinite(log.status)], return_counts=True)
    for status in known[np.argsort(-counts, kind="stable")][:MOST_PARTS]:
        yield "http.status_per_s", f"{status:.0f}", rate(log.status == status)


def _rates(log: TierLog, grid: Grid, at: Array, span: Flags) -> Iterator[tuple[str, str, Array]]:
    for metric, column in (
        ("http.bytes_per_s", log.bytes_sent),
        ("http.new_connections_per_s", log.new_connection),
        ("http.retries_per_s", log.tries - 1),
    ):
        good = np.isfinite(column)
        if good.any():
            values = np.where(span, grid.count(at[good], column[good]) / grid.step_s, NAN)
            yield metric, "", values
    if log.upstream is not None:
        for code, name in enumerate(log.upstream.names[:MOST_PARTS]):
            mine = log.upstream.codes == code
            values = np.where(span, grid.count(at[mine]) / grid.step_s, NAN)
            yield "http.upstream_requests_per_s", name, values


def _routes(log: TierLog, grid: Grid, at: Array, span: Flags) -> Iterator[tuple[str, str, Array]]:
    if log.route is None or len(log.route.names) < 2:
        return
    counts = np.bincount(log.route.codes[log.route.codes >= 0], minlength=len(log.route.names))
    for code in np.argsort(-counts, kind="stable")[:MOST_PARTS]:
        mine, name = log.route.codes == code, log.route.names[code]
        yield (
            "http.requests_per_s",
            name,
            np.where(span, grid.count(at[mine]) / grid.step_s, NAN),
        )
        yield (
            "http.failures_per_s",
            name,
            np.where(span, grid.count(at[mine & log.failed]) / grid.step_s, NAN),
        )
        if np.isfinite(log.duration_s[mine]).any():
            yield "http.request_s", name, grid.mean(at[mine], log.duration_s[mine])


def _in_flight(log: TierLog, grid: Grid) -> Array:
    """Requests that had begun and not ended, at the middle of each cell."""
    good = np.isfinite(log.duration_s)
    ends = np.sort(log.ended_s[good])
    begins = np.sort(log.ended_s[good] - log.duration_s[good])
    moments = grid.middles_s
    inside = np.searchsorted(begins, moments, "right") - np.searchsorted(ends, moments, "right")
    return inside.astype(float)
