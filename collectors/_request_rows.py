"""Rows of a load tool's table of requests, whether its header is there or was cut off."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from diagnose.badlines import BadLines
from diagnose.delimited import Columns, Row, header_columns, is_blank, records, table
from diagnose.rawfile import RawFile


def rows_of(
    raw: RawFile,
    bad: BadLines,
    is_header: Callable[[Columns], bool],
    names: tuple[str, ...],
    sep: str = ",",
) -> Iterator[Row]:
    """Every row; `names` and `sep` are those of a table without a header."""
    if any(is_header(header_columns(line)) for line in raw.head().lines[:3]):
        yield from table(raw, bad, is_header)
        return
    columns: Columns = {name: at for at, name in enumerate(names)}
    for line, cells in records(raw.lines(), sep):
        if len(cells) == len(names):
            yield Row(line, cells, columns, sep)
        elif not is_blank(cells):
            bad.note(line, sep.join(cells))
