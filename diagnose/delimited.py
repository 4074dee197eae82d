r"""Delimited text: CSV as tools write it, as spreadsheets save it, and as a crash tears it.

    for row in table(raw, bad, lambda columns: "Error" in columns): row.cell("Error")

Read as well: semicolons and tabs, decimal commas with them, line ends inside quotes, a
header that comes again in the middle (files put one behind another).
"""

from __future__ import annotations

import csv
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from diagnose.badlines import BadLines
from diagnose.rawfile import RawFile

SEPARATORS = ",;\t|"
# A quote that is not closed within so many lines is a torn or a stray one.
LONGEST_RECORD = 400
Line: TypeAlias = tuple[int, str]
Columns: TypeAlias = dict[str, int]

csv.field_size_limit(2**30)


@dataclass(frozen=True, slots=True)
class Row:
    """One record. line is where it begins; columns is shared by all rows under one header."""

    line: int
    cells: list[str]
    columns: Columns
    separator: str

    def cell(self, *names: str) -> str:
        """The cell under the first of the names that the header has; "" without any."""
        at = next((self.columns[name] for name in names if name in self.columns), None)
        return "" if at is None else self.cells[at].strip()

    def number(self, *names: str) -> float:
        """The same as a number, NaN where there is none."""
        return number(self.cell(*names), self.separator)


def separator(header: str) -> str:
    """The separator that stands most often outside quotes; "" without any.

    >>> separator('Type,"a;b;c",Name'), separator("time;value"), separator("hello")
    (',', ';', '')
    """
    outside = "".join(header.split('"')[::2])
    best = max(SEPARATORS, key=outside.count)
    return best if best in outside else ""


def header_columns(line: str) -> Columns:
    """Column names, lower case, and where they stand; {} where nothing separates.

    >>> header_columns('"Method","# requests"')
    {'method': 0, '# requests': 1}
    """
    sep = separator(line)
    if not sep:
        return {}
    return _columns(cells_of(line, sep))


def _columns(cells: list[str]) -> Columns:
    columns: Columns = {}
    for at, name in enumerate(cells):
        columns.setdefault(name.strip().lower(), at)
    return columns


def number(text: str, sep: str = ",") -> float:
    """A number, with a decimal comma where the separator is another; NaN for anything else.

    >>> number("3.5"), number("3,5", ";"), number("N/A")
    (3.5, 3.5, nan)
    """
    if sep != "," and "," in text and "." not in text:
        text = text.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) and "_" not in text else math.nan


def records(lines: Iterable[Line], sep: str) -> Iterator[tuple[int, list[str]]]:
    """(first line, cells) of each record; a quote that never closes spoils one line only."""
    source = iter(lines)
    waiting: deque[Line] = deque()
    while (line := waiting.popleft() if waiting else next(source, None)) is not None:
        first, text = line
        if '"' in text:
            text = _closed(text, source, waiting)
            yield first, cells_of(text, sep)
        else:
            yield first, text.split(sep)


def cells_of(text: str, sep: str) -> list[str]:
    """The cells of one record, quotes taken off."""
    try:
        return next(csv.reader([text], delimiter=sep), [])
    except csv.Error:  # a lone carriage return or the like, outside quotes
        return text.split(sep)


def _closed(text: str, source: Iterator[Line], waiting: deque[Line]) -> str:
    """`text` with the lines up to its closing quote; alone, the others put back, without one."""
    taken: list[Line] = []
    whole = text
    while whole.count('"') % 2 and len(taken) < LONGEST_RECORD:
        more = waiting.popleft() if waiting else next(source, None)
        if more is None:
            break
        taken.append(more)
        whole += "\n" + more[1]
    if whole.count('"') % 2:
        waiting.extendleft(reversed(taken))
        return text
    return whole


def table(raw: RawFile, bad: BadLines, is_header: Callable[[Columns], bool]) -> Iterator[Row]:
    """The rows under every header of a file; what stands above the first one is noted.

    A record with fewer or more cells than its header is noted as bad and left out.
    """
    columns: Columns = {}
    width, head = 0, ""
    sep = next((separator(x) for x in raw.head().lines if is_header(header_columns(x))), ",")
    for line, cells in records(raw.lines(), sep):
        if is_blank(cells):
            continue
        names = {} if columns and cells[0] != head else _columns(cells)
        if is_header(names):
            columns, width, head = names, len(cells), cells[0]
        elif columns and len(cells) == width:
            yield Row(line, cells, columns, sep)
        elif not cells[0].startswith("sep="):  # a spreadsheet's own first line
            bad.note(line, sep.join(cells))


def is_blank(cells: list[str]) -> bool:
    """A line without any text."""
    return not any(cell.strip() for cell in cells)
