"""Long series made as short as what shows them: cells of a terminal, pixels of a figure."""

from __future__ import annotations

import numpy as np

from diagnose.case import Run
from diagnose.readings import Array, Ints

NAN = float("nan")
SLACK = 0.05  # of the load; an axis that begins so much later begins at zero (a choice)


def span(run: Run) -> tuple[float, float]:
    """First and last second of the load; (0, 0) where nothing was measured."""
    under = run.grid_s[run.windows.load]
    if not under.size:
        return 0.0, 0.0
    first, last = float(under[0]), float(under[-1])
    return (0.0 if 0 < first < SLACK * last else first), last


def means(at_s: Array, values: Array, first: float, last: float, cells: int) -> Array:
    """Mean of each of `cells` equal stretches of time; NaN where nothing was measured.

    >>> means(np.arange(4.0), np.array([1.0, 3.0, np.nan, np.nan]), 0.0, 3.0, 2)
    array([ 2., nan])
    """
    inside = (at_s >= first) & (at_s <= last) & np.isfinite(values)
    if last <= first or not inside.any():
        return np.full(cells, NAN)
    cell = cell_of(at_s[inside], first, last, cells)
    total = np.bincount(cell, values[inside], cells)
    number = np.bincount(cell, minlength=cells)
    mean: Array = np.divide(total, number, out=np.full(cells, NAN), where=number > 0)
    return mean


def cell_of(at_s: Array, first: float, last: float, cells: int) -> Ints:
    """The stretch that each moment falls into."""
    place = (at_s - first) / (last - first) * cells
    return np.clip(place, 0, cells - 1).astype(np.int64)


def filled(heights: Array) -> Array:
    """Gaps between two known cells closed with the earlier one: readings rarer than cells."""
    known = np.flatnonzero(np.isfinite(heights))
    if not known.size:
        return heights
    last_known = np.maximum.accumulate(np.where(np.isfinite(heights), np.arange(heights.size), 0))
    full = heights[last_known]
    full[known[-1] + 1 :] = NAN
    return full


def outline(at_s: Array, values: Array, pixels: int) -> tuple[Array, Array]:
    """What a line through all points would look like, in at most two points a pixel.

    The lowest and the highest value of each pixel, in the order in which they stand, so
    that no peak is lost. Points that were not measured are dropped.
    """
    known = np.isfinite(values)
    at_s, values = at_s[known], values[known]
    if at_s.size <= 2 * pixels:
        return at_s, values
    cell = cell_of(at_s, float(at_s[0]), float(at_s[-1]), pixels)
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    order = np.lexsort((values, cell))  # within a pixel from low to high
    lowest = order[starts]
    highest = order[np.append(starts[1:], cell.size) - 1]
    keep = np.unique(np.concatenate((lowest, highest)))
    return at_s[keep], values[keep]
