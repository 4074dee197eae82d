"""The run's common grid, and how readings of every form are laid on it.

Cell k covers [grid_s[k], grid_s[k] + step_s); zero is the start of the load. A value is
laid only where a reading stands for that moment: a gauge until the next reading (and no
longer than two and a half usual intervals), a mean over the interval that it closes, a
counter as the rate between two readings. Everything else stays NaN: not measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from diagnose.readings import Array, Flags, Form, Ints

NAN = math.nan
MOST_CELLS = 7_200
STEPS_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
IDLE_S, TAIL_S = 120.0, 15.0  # how much before and after the load is kept
HELD = 2.5  # a gauge stands for so many usual intervals


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """start_s is epoch seconds of cell time zero (the load's start)."""

    start_s: float
    load_s: float  # length of the load
    step_s: float
    cells_s: Array
    dated: bool = True  # False: nobody knows when the load was, and zero is its own

    @classmethod
    def over(cls, begin_s: float, end_s: float) -> Grid:
        """A grid for a load from `begin_s` to `end_s` (epoch)."""
        load_s = max(end_s - begin_s, 1.0)
        span = IDLE_S + load_s + TAIL_S
        step = next((s for s in STEPS_S if span / s <= MOST_CELLS), math.ceil(span / MOST_CELLS))
        first = -math.ceil(IDLE_S / step)
        last = math.ceil((load_s + TAIL_S) / step)
        return cls(begin_s, load_s, step, np.arange(first, last, dtype=float) * step)

    @property
    def end_s(self) -> float:
        """Epoch seconds at which the load ended."""
        return self.start_s + self.load_s

    @property
    def middles_s(self) -> Array:
        """The moment that each cell stands for."""
        return self.cells_s + self.step_s / 2

    def cell_of(self, at_s: Array) -> Ints:
        """Cell of each epoch time; -1 outside."""
        cell = np.floor((at_s - self.start_s - self.cells_s[0]) / self.step_s)
        cell = np.where(np.isfinite(cell), cell, -1)
        outside = (cell < 0) | (cell >= self.cells_s.size)
        return np.where(outside, -1, cell).astype(np.int64)

    def count(self, at_s: Array, weights: Array | None = None) -> Array:
        """Sum of weights (or number) of what happened in each cell; shape of the grid."""
        cell = self.cell_of(at_s)
        inside = cell >= 0
        given = None if weights is None else weights[inside]
        return np.bincount(cell[inside], given, self.cells_s.size).astype(float)

    def mean(self, at_s: Array, values: Array) -> Array:
        """Mean of the finite values of each cell; NaN where there is none."""
        good = np.isfinite(values)
        with np.errstate(invalid="ignore"):
            return self.count(at_s[good], values[good]) / self._some(self.count(at_s[good]))

    def quantile(self, at_s: Array, values: Array, q: float) -> Array:
        """Nearest-rank quantile of each cell; NaN where there is nothing."""
        cell = self.cell_of(at_s)
        good = (cell >= 0) & np.isfinite(values)
        cell, values = cell[good], values[good]
        order = np.lexsort((values, cell))
        ends = np.cumsum(np.bincount(cell, minlength=self.cells_s.size))
        sizes = np.diff(ends, prepend=0)
        rank = ends - sizes + np.maximum(np.ceil(q * sizes).astype(int) - 1, 0)
        out = np.full(self.cells_s.size, NAN)
        some = sizes > 0
        out[some] = values[order][rank[some]]
        return out

    def first_lines(self, at_s: Array, lines: Ints) -> Ints:
        """The first line of each cell; 0 where there is none."""
        cell = self.cell_of(at_s)
        out = np.zeros(self.cells_s.size, np.int64)
        inside = np.flatnonzero(cell >= 0)[::-1]
        out[cell[inside]] = lines[inside]
        return out

    @property
    def loaded(self) -> Flags:
        """Cells that begin while the load runs; shape of the grid."""
        return np.asarray((self.cells_s >= 0) & (self.cells_s < self.load_s))

    def under_load(self, at_s: Array) -> Flags:
        """Whether each epoch time lies in the cells of the load."""
        cell_s = np.floor((at_s - self.start_s) / self.step_s) * self.step_s
        return np.asarray((cell_s >= 0) & (cell_s < self.load_s))

    @staticmethod
    def _some(counts: Array) -> Array:
        return np.where(counts > 0, counts, NAN)


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """Readings on the grid. total: what a counter added up to while the load ran."""

    values: Array
    lines: Ints
    total: float
    interval_s: float
    counted: tuple[int, int] = (0, 0)  # first and last line that the total rests on


def lay(grid: Grid, at_s: Array, values: Array, form: Form, lines: Ints) -> Laid:
    """Lay one series on the grid. at_s is epoch seconds of the reference clock."""
    at_s, values, lines = _in_order(at_s - grid.start_s, values, lines)
    if not at_s.size:
        empty = np.full(grid.cells_s.size, NAN)
        return Laid(empty, np.zeros(empty.size, np.int64), NAN, NAN)
    gap = float(np.median(np.diff(at_s))) if at_s.size > 1 else NAN
    if form is Form.COUNTER:
        return _lay_counter(grid, at_s, values, lines, gap)
    if form is Form.GAUGE and gap < grid.step_s / 2:
        return _lay_dense(grid, at_s, values, lines, gap)
    reading = _reading_of(grid, at_s, form)
    out, where = _pick(reading, values, lines)
    reach = HELD * gap if not math.isnan(gap) else grid.step_s
    distance = np.abs(grid.middles_s - at_s[np.maximum(reading, 0)])
    out[distance > max(reach, grid.step_s)] = NAN
    where[np.isnan(out)] = 0
    return Laid(out, where, _total(grid, out), gap)


def extent(lines: Ints) -> tuple[int, int]:
    """The first and the last line; zeros where none is known.

    >>> extent(np.array([7, 3, 0])), extent(np.array([], int))
    ((3, 7), (0, 0))
    """
    known = lines[lines > 0]
    return (int(known.min()), int(known.max())) if known.size else (0, 0)


def _in_order(at_s: Array, values: Array, lines: Ints) -> tuple[Array, Array, Ints]:
    good = np.isfinite(at_s)
    lines = lines if lines.size == values.size else np.zeros(values.size, np.int64)
    at_s, values, lines = at_s[good], values[good], lines[good]
    order = np.argsort(at_s, kind="stable")
    at_s, values, lines = at_s[order], values[order], lines[order]
    fresh = np.diff(at_s, prepend=-np.inf) > 0
    return at_s[fresh], values[fresh], lines[fresh]


def _reading_of(grid: Grid, at_s: Array, form: Form) -> Ints:
    """Index of the reading that stands for each cell; -1 where none does."""
    if form is Form.GAUGE:
        return np.searchsorted(at_s, grid.middles_s, side="right") - 1
    index = np.searchsorted(at_s, grid.middles_s, side="left")
    return np.where(index < at_s.size, index, -1)


def _pick(reading: Ints, values: Array, lines: Ints) -> tuple[Array, Ints]:
    out = np.where(reading >= 0, values[np.maximum(reading, 0)], NAN)
    return out, np.where(reading >= 0, lines[np.maximum(reading, 0)], 0)


def _lay_dense(grid: Grid, at_s: Array, values: Array, lines: Ints, gap: float) -> Laid:
    epoch = at_s + grid.start_s
    out = grid.mean(epoch, values)
    return Laid(out, grid.first_lines(epoch, lines), _total(grid, out), gap)


def _lay_counter(grid: Grid, at_s: Array, values: Array, lines: Ints, gap: float) -> Laid:
    rise, took = np.diff(values), np.diff(at_s)
    rate = np.where(rise >= 0, rise, NAN) / took if took.size else rise
    reading = _reading_of(grid, at_s, Form.MEAN)
    out, where = (
        _pick(np.where(reading >= 1, reading - 1, -1), rate, lines[1:])
        if rate.size
        else (
            np.full(grid.cells_s.size, NAN),
            np.zeros(grid.cells_s.size, np.int64),
        )
    )
    where[np.isnan(out)] = 0
    inside = np.clip(np.minimum(at_s[1:], grid.load_s) - np.maximum(at_s[:-1], 0.0), 0.0, None)
    known = np.isfinite(rate) & (inside > 0)
    total = float((rate[known] * inside[known]).sum()) if known.any() else NAN
    return Laid(out, where, total, gap, extent(np.r_[lines[:-1][known], lines[1:][known]]))


def _total(grid: Grid, values: Array) -> float:
    """What a rate adds up to while the load ran."""
    under = grid.loaded & np.isfinite(values)
    return float(values[under].sum() * grid.step_s) if under.any() else NAN
