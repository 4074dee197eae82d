r"""ab's -g file: one row a request that was answered, sorted by how long it took.

    starttime                 seconds     ctime  dtime  ttime  wait
    Mon Nov 23 03:05:59 2026  1795403159  0      10     11     10

Separated by tabs. `seconds` is the epoch second in which a request began, the others are whole
milliseconds: connect, the rest, all, until the first byte. Requests are taken to have begun in
the middle of their second: counts by second are sound, what happened within one is not known,
and how long the run lasted follows from the throughput of its whole seconds.
There is no status, and requests without an answer have no row: failures are not known.

Source: https://httpd.apache.org/docs/2.4/programs/ab.html (-g) and support/ab.c.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from diagnose.badlines import BadLines
from diagnose.delimited import Columns, header_columns, separator
from diagnose.loadrows import load_of
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, Reading

from ._best_commands import BEST
from ._load_columns import RequestColumns
from ._request_rows import rows_of
from ._whole_seconds import with_length

NAMES = ("starttime", "seconds", "ctime", "dtime", "ttime", "wait")
ROW = re.compile(r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}[\t;,](\d{9,10})(?:[\t;,]\d+){4}\s*$")
NO_STATUS = (
    "the file bears no status and no failures (ab's own text has them): they are not known from it"
)
WHOLE_SECONDS = "starts are whole seconds: the curve is right to a second, not within one"


def is_header(columns: Columns) -> bool:
    """The columns that matter."""
    return {"seconds", "ttime", "ctime", "wait"} <= columns.keys()


def recognizes(head: Head) -> float:
    """By the header; by the rows where it is missing."""
    if any(is_header(header_columns(line)) for line in head.lines[:3]):
        return 0.98
    rows = head.body[:20]
    return 0.9 if rows and all(ROW.match(line) for line in rows) else 0.0


@collector(
    kind="ab_gnuplot",
    title="ab requests (-g)",
    recognizes=recognizes,
    role="load_generator",
    tool="ab",
    best=BEST["ab"],
    gives=("series", "percentiles", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load for each table; a header that comes again begins another run."""
    reading = Reading(facts=[Fact("load.tool", "ab")])
    columns, run = RequestColumns(), None
    first = next(iter(raw.head().lines), "")
    for row in rows_of(raw, bad, is_header, NAMES, separator(first) or "\t"):
        if row.columns is not run:
            _close(columns, reading)
            columns, run = RequestColumns(), row.columns
        began_s, took_ms = row.number("seconds"), row.number("ttime")
        if not (began_s > 0 and took_ms >= 0):
            bad.note(row.line, row.separator.join(row.cells))
            continue
        columns.add(began_s + 0.5, took_ms / 1000, row.line)
    _close(columns, reading)
    if not reading.loads:
        reading.notes.append("no request was answered: the file has no rows")
    return reading


def _close(columns: RequestColumns, reading: Reading) -> None:
    if columns:
        rows = columns.rows()
        load = with_length(load_of("ab", rows, open_model=False), rows.began_s)
        reading.loads.append(_without_failures(load))
        reading.notes = [WHOLE_SECONDS, NO_STATUS]


def _without_failures(load: Load) -> Load:
    """Not measured is not none."""
    series = tuple(replace(s, failures=np.full(s.at_s.size, np.nan)) for s in load.series)
    totals = tuple(replace(t, failures=np.nan) for t in load.totals)
    return replace(load, series=series, totals=totals)
