"""Growing tables: rows of numbers by name and part, turned into columns at the end.

A day at one second has ten million numbers: they lie in flat arrays of eight bytes
each, and rows that were read together share their times and line numbers.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from diagnose.readings import Array, Ints


class Table(NamedTuple):
    """All rows of one table and part; every array has shape (n,)."""

    name: str
    part: str
    at_s: Array
    lines: Ints
    values: dict[str, Array]


@dataclass(slots=True)
class Rows:
    """The rows of one table and part, whose columns are `keys`."""

    keys: tuple[str, ...]
    at_s: array[float] = field(default_factory=lambda: array("d"))
    lines: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))

    def add(self, values: Iterable[float], at_s: float, line: int) -> None:
        """Add one row; `values` are as many as `keys`.

        Raises:
            TypeError: one of them is no number; nothing was added.
        """
        self.values.extend(array("d", values))
        self.at_s.append(at_s)
        self.lines.append(line)


@dataclass(slots=True)
class Grid:
    """Rows by (table, part, keys), in the order in which each of these was first seen."""

    _rows: dict[tuple[str, str, tuple[str, ...]], Rows] = field(default_factory=dict)

    def rows(self, table: str, part: str, keys: tuple[str, ...]) -> Rows:
        """Where rows of this shape are added."""
        return self._rows.setdefault((table, part, keys), Rows(keys))

    def names(self) -> list[tuple[str, str]]:
        """(table, part) of what was added."""
        return [(table, part) for table, part, _ in self._rows]

    def tables(self) -> Iterator[Table]:
        """Empty the grid, a table at a time.

        >>> grid = Grid()
        >>> grid.rows("disk", "vdb", ("util", "await")).add((0.5, 2.0), 10.0, 3)
        >>> [(t.name, t.part, t.values["await"].tolist()) for t in grid.tables()]
        [('disk', 'vdb', [2.0])]
        """
        while self._rows:
            (table, part, keys), rows = self._rows.popitem()
            if not keys:
                continue  # rows of which no column is known
            values = np.frombuffer(rows.values, float).reshape(-1, len(keys))
            yield Table(
                table,
                part,
                np.frombuffer(rows.at_s, float),
                np.frombuffer(rows.lines, np.int64),
                {key: values[:, index] for index, key in enumerate(keys)},
            )
