"""Locust's failures CSV: how often each error was met, by route.

    Method,Name,Error,Occurrences,First Seen,Last Seen
    POST,/orders,HTTPConnectionClosed('connection closed.'),219,2026-11-23T04:05:09Z,…

There are no status codes but in the text. Errors that differ only in what one request
carried (an id, a query value) are put together. Until 1.1 Locust wrote quotes around every
cell and did not double those inside; such lines are read by their first and last cells.

Source: https://docs.locust.io/en/stable/retrieving-stats.html and locust/stats.py.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace

from diagnose.badlines import BadLines
from diagnose.delimited import Columns, header_columns, table
from diagnose.failures import failure_kind, without_values
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, LoadError, Reading

LONGEST_TEXT = 300
OLD_HEADER = re.compile(r'\s*"Method"\s*,\s*"Name"\s*,\s*"Error"\s*,\s*"Occurrences"\s*$')
OLD_ROW = re.compile(r'"([^"]*)",\s*"([^"]*)",\s*"(.*)",\s*(\d+)\s*$', re.DOTALL)


def is_header(columns: Columns) -> bool:
    """The four columns that every version writes."""
    return {"method", "name", "error", "occurrences"} <= columns.keys()


def recognizes(head: Head) -> float:
    """By the header."""
    return 0.97 if any(is_header(header_columns(line)) for line in head.lines[:3]) else 0.0


@collector(
    kind="locust_failures",
    title="Locust failures",
    recognizes=recognizes,
    role="load_generator",
    tool="Locust",
    gives=("errors", "routes"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One LoadError for each error and route; none where only the header stands.

    Of several tables one behind another the last one counts.
    """
    old = any(OLD_HEADER.match(line) for line in raw.head().lines[:3])
    errors: dict[tuple[str, str], LoadError] = {}
    for error in _old_rows(raw, bad) if old else _rows(raw, bad):
        if error is None:
            errors.clear()
            continue
        known = errors.get((error.route, error.text))
        if known is None:
            errors[error.route, error.text] = error
        else:
            errors[error.route, error.text] = replace(known, count=known.count + error.count)
    load = Load("locust", errors=tuple(errors.values()), open_model=False)
    return Reading(loads=[load], facts=[Fact("load.tool", "locust")])


def _rows(raw: RawFile, bad: BadLines) -> Iterator[LoadError | None]:
    """The errors; None where a table begins."""
    columns: Columns = {}
    for row in table(raw, bad, is_header):
        if row.columns is not columns:
            columns = row.columns
            yield None
        count = row.number("occurrences")
        if math.isnan(count):
            bad.note(row.line, row.separator.join(row.cells))
        else:
            yield _error(row.cell("method"), row.cell("name"), row.cell("error"), count, row.line)


def _old_rows(raw: RawFile, bad: BadLines) -> Iterator[LoadError | None]:
    """The same where error texts may hold quotes: a row ends at a line that ends in a count."""
    begun: list[tuple[int, str]] = []
    for number, line in raw.lines():
        if OLD_HEADER.match(line):
            _torn(begun, bad)
            yield None
        elif begun or line.startswith('"'):
            begun.append((number, line))
            match = OLD_ROW.match("\n".join(text for _, text in begun))
            if match:
                yield _error(match[1], match[2], match[3], float(match[4]), begun[0][0])
                begun.clear()
        elif line.strip():
            bad.note(number, line)
    _torn(begun, bad)


def _torn(begun: list[tuple[int, str]], bad: BadLines) -> None:
    for number, line in begun:
        bad.note(number, line)
    begun.clear()


def _error(method: str, name: str, text: str, count: float, line: int) -> LoadError:
    method = "" if method == "None" else method
    text = without_values(" ".join(text.split()))
    return LoadError(
        text[:LONGEST_TEXT], int(count), f"{method} {name}".strip(), failure_kind(text), line
    )
