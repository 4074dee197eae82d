"""Least squares where readings hang together: AR(1) noise is taken out of both sides first.

Source: Prais & Winsten, "Trend estimators and serial correlation", 1954.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from diagnose.readings import Array, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A series with x from 0 to 1, and the weights of its readings (one over their deviation)."""

    x: Array
    values: Array
    weights: Array

    def weigh(self, columns: Array) -> Array:
        """Columns (n,) or (n, m), each reading times its weight."""
        return np.asarray((columns.T * self.weights).T)

    @property
    def places(self) -> Array:
        """Where a break may be: between readings, two at least on each side."""
        return (self.x[2:-2] + self.x[1:-3]) / 2 if self.x.size > 6 else self.x[:0]


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """AR(1) noise of strength rho: what takes it out, and what a sum of squares then costs."""

    series: Series
    rho: float

    def out(self, weighted: Array) -> Array:
        """Weighted columns (n,) or (n, m), less rho times the reading before."""
        if self.rho == 0:
            return weighted
        white = np.empty_like(weighted)
        np.multiply(weighted[:-1], -self.rho, out=white[1:])
        white[1:] += weighted[1:]
        white[0] = weighted[0] * math.sqrt(1 - self.rho**2)
        return white

    def cost(self, squares: Array) -> Array:
        """Minus twice the log likelihood, the scale of the noise taken out."""
        n = self.series.x.size
        floor = 1e-13 * float(((self.series.values * self.series.weights) ** 2).sum())
        return np.asarray(n * np.log(np.maximum(squares, floor) / n) - math.log(1 - self.rho**2))


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """Columns, one a place, beside a level (and a line): what they add to it.

    rest is what remains of the values. told has shape (1 or 2, m): the part of each column
    that the level and the line tell already. slope is that of the line alone; each unit of a
    column takes `along` from it.
    """

    rest: Array
    columns: Array
    told: Array
    slope: float
    along: Array

    def singly(self) -> tuple[Array, Array]:
        """Dot product of each column with the rest, and squared length of its untold part."""
        sizes = np.einsum("ij,ij->j", self.columns, self.columns)
        return self.rest @ self.columns, sizes - (self.told**2).sum(axis=0)

    def in_pairs(self, some: Ints) -> tuple[Array, Array, Array]:
        """Sizes of two columns fitted together, and what they explain; NaN where they are one."""
        columns, told = np.ascontiguousarray(self.columns[:, some]), self.told[:, some]
        gram, dots = columns.T @ columns - told.T @ told, self.rest @ columns
        own = np.diag(gram)
        square = own[:, None] * own[None, :]
        det = np.where(square - gram**2 > 1e-9 * square, square - gram**2, np.nan)
        first = (dots[:, None] * own[None, :] - dots[None, :] * gram) / det
        second = (dots[None, :] * own[:, None] - dots[:, None] * gram) / det
        return first, second, first * dots[:, None] + second * dots[None, :]
