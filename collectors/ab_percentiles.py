"""ab's -e file: how long the fastest hundredths of the requests took.

    Percentage served,Time in ms
    0,10.722
    50,204.866

Milliseconds; until 2.4 the last row was that of 99. It bears no counts and no times.

Source: https://httpd.apache.org/docs/2.4/programs/ab.html (-e) and support/ab.c.
"""

from __future__ import annotations

import math

from diagnose.badlines import BadLines
from diagnose.delimited import Columns, header_columns, table
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, LoadTotals, Reading

from ._best_commands import BEST

NO_COUNTS = "percentiles only: ab's own text has the counts"


def is_header(columns: Columns) -> bool:
    """Both columns."""
    return {"percentage served", "time in ms"} <= columns.keys()


def recognizes(head: Head) -> float:
    """By the header."""
    return 0.98 if any(is_header(header_columns(line)) for line in head.lines[:3]) else 0.0


@collector(
    kind="ab_percentiles",
    title="ab percentiles (-e)",
    recognizes=recognizes,
    role="load_generator",
    tool="ab",
    best=BEST["ab"],
    gives=("percentiles",),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One LoadTotals without counts for each table."""
    reading = Reading(facts=[Fact("load.tool", "ab")], notes=[NO_COUNTS])
    runs: list[tuple[int, dict[float, float]]] = []
    columns: Columns = {}
    for row in table(raw, bad, is_header):
        if row.columns is not columns:
            columns = row.columns
            runs.append((row.line, {}))
        percent, took_ms = row.number("percentage served"), row.number("time in ms")
        if math.isnan(percent) or math.isnan(took_ms):
            bad.note(row.line, row.separator.join(row.cells))
            continue
        runs[-1][1][percent] = took_ms / 1000
    for line, at in runs:
        p50, p95, p99, most = (at.get(p, math.nan) for p in (50, 95, 99, 100))
        unknown = math.nan
        totals = LoadTotals(unknown, unknown, unknown, p50, p95, p99, line=line, max_s=most)
        reading.loads.append(Load("ab", totals=(totals,), open_model=False))
    return reading
