"""The samples of sadf's JSON, each table of them put where its columns grow."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from diagnose.badlines import BadLines
from diagnose.rawfile import RawFile
from diagnose.readings import Reading

from ._grid import Grid, Rows
from ._sysstat import NAMES, fill, part_of
from ._sysstat_json import Layout, Sample, samples
from ._sysstat_names import ROWS

_NESTED = ("network", "psi")  # tables that hold tables
_RENAMED = {"cpu-load-all": "cpu-load"}  # before 11.0
_UTC = {"UTC", "Etc/UTC", "GMT", "UCT", "Zulu"}


def read(raw: RawFile, bad: BadLines) -> Reading:
    """Every complete sample of a file."""
    reading = Reading()
    fill(reading, _read(raw, bad, reading))
    return reading


def _read(raw: RawFile, bad: BadLines, reading: Reading) -> Grid:
    grid, layout = Grid(), Layout()
    shapes = _Shapes(grid)
    for sample in samples(raw, bad, reading):
        at_s, naive = _time(sample.content.get("timestamp"))
        reading.naive |= naive
        try:
            if math.isnan(at_s):
                raise TypeError
            _add(sample, at_s, shapes, layout)
        except (TypeError, AttributeError):
            bad.note(sample.line, sample.head)
    return grid


def _time(stamp: Any) -> tuple[float, bool]:
    """Epoch seconds and whether the zone is unknown; NaN where there is no time."""
    try:
        text = f"{stamp['date']}T{stamp['time']}"
        at_s = datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except (TypeError, KeyError, ValueError):
        return math.nan, False
    return at_s, not (stamp.get("utc") == 1 or stamp.get("tz") in _UTC)


class _Shapes:
    """Where the values of an entry go, by its table, its name and its keys."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._known: dict[tuple[str, Any, tuple[str, ...]], Rows] = {}

    def of(self, table: str, entry: dict[str, Any]) -> Rows:
        name = entry.get(NAMES.get(table, ""), "")
        shape = (table, name, tuple(entry))
        rows = self._known.get(shape)
        if rows is None:
            keys = tuple(key for key in ROWS[table] if key in entry)
            part = part_of(table, str(name))
            rows = self._known[shape] = self._grid.rows(table, part, keys)
        return rows


def _tables(content: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """(name, rows) of every table of a sample that the vocabulary knows."""
    for name, value in content.items():
        if name in _NESTED:
            yield from _tables(value)
        elif (table := _RENAMED.get(name, name)) in ROWS:
            yield table, value if isinstance(value, list) else [value]


def _add(sample: Sample, at_s: float, shapes: _Shapes, layout: Layout) -> None:
    places = layout.of(sample.text)
    for table, entries in _tables(sample.content):
        offset, step = places.get(table, (0, 0))
        line = sample.line + offset
        for entry in entries:
            line += step
            rows = shapes.of(table, entry)
            rows.add([entry[key] for key in rows.keys], at_s, line)
