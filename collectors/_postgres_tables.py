r"""Answers of PostgreSQL's statistics views, as psql prints them, as cells by view.

pg_stat_database|shop|xact_commit|813             a cell a line, as `diagnose collect` asks
datid|datname|numbackends|xact_commit|…           a table (unaligned, aligned or CSV)
-[ RECORD 1 ]-+-----------                        expanded (\x)
datname       | shop
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from diagnose.rawfile import Head

VIEWS = {  # view → columns that no other of them has
    "pg_stat_database": ("xact_commit", "blks_hit"),
    "pg_stat_bgwriter": ("maxwritten_clean",),
    "pg_stat_checkpointer": ("num_timed",),
    "pg_stat_wal": ("wal_buffers_full",),
}
NAMES = {*VIEWS, "pg_stat_activity", "pg_locks", "pg_stat_replication"}
_RULE = re.compile(r"[-+ ]*-{2,}[-+ ]*$")
_RECORD = re.compile(r"-\[ RECORD \d+ \]")
_FOOT = re.compile(r"\(\d+ rows?\)$")
_OWN = "datname"  # what tells the rows of pg_stat_database apart


class Cell(NamedTuple):
    """One value of one row of one view."""

    line: int
    view: str
    part: str
    column: str
    value: str


def looks_like(head: Head) -> bool:
    """Whether these are answers of such views."""
    lines = [line for line in head.body[:60] if not _RULE.match(line)]
    tall = [line.partition("|")[0] in NAMES and line.count("|") == 3 for line in lines]
    if lines and sum(tall) > 0.8 * len(lines):
        return True
    words = {word.strip(' "') for line in lines for word in re.split(r"[|,]", line)}
    return any(words.issuperset(signs) for signs in VIEWS.values())


def cells(lines: Sequence[tuple[int, str]]) -> Iterator[Cell | tuple[int, str]]:
    """The cells of one output; lines that are none as (number, text).

    >>> list(cells([(1, "pg_locks||waiting|3")]))
    [Cell(line=1, view='pg_locks', part='', column='waiting', value='3')]
    """
    table = _Table()
    for number, line in lines:
        text = line.strip()
        if not text or _RULE.match(text) or _FOOT.match(text):
            continue
        if _RECORD.match(text):
            yield from table.end()
            continue
        parts = [part.strip().strip('"') for part in re.split(r"[|,]", text)]
        if len(parts) == 4 and parts[0] in NAMES:
            yield Cell(number, *parts)
        elif len(parts) == 2:
            table.pair(number, parts[0], parts[1])
        elif any(set(parts).issuperset(signs) for signs in VIEWS.values()):
            table.columns = parts
        elif len(parts) == len(table.columns):
            yield from _row(number, dict(zip(table.columns, parts, strict=True)))
        else:
            yield number, line
    yield from table.end()


class _Table:
    """A table being read: its heading, or the record that is open."""

    def __init__(self) -> None:
        self.columns: list[str] = []
        self._record: dict[str, str] = {}
        self._number = 0

    def pair(self, number: int, column: str, value: str) -> None:
        """One line of an expanded record."""
        self._number = self._number or number
        self._record[column] = value

    def end(self) -> Iterator[Cell]:
        """The record that was open."""
        if self._record:
            yield from _row(self._number, self._record)
        self._record, self._number = {}, 0


def _row(number: int, row: dict[str, str]) -> Iterator[Cell]:
    for view, signs in VIEWS.items():
        if row.keys() >= set(signs):
            for column, value in row.items():
                yield Cell(number, view, row.get(_OWN, ""), column, value)
