"""Locust's stats CSV: the whole test, one row a route and a last one for all together.

    Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,…,50%,…
    GET,/items/[id],2873,27,240,552.4,3.9,10001.3,2012.9,55.0,0.5,240,300,…
    ,Aggregated,4842,249,240,517.1,…

Times are milliseconds and include failed requests. Until 0.14 the columns were "Method",
"# requests", "# failures"; the percentiles stood in a file of their own until 0.13, and
until 0.11, where the last row is called Total, "# requests" counted successes only.

Source: https://docs.locust.io/en/stable/retrieving-stats.html and locust/stats.py.
"""

from __future__ import annotations

import math

from diagnose.badlines import BadLines
from diagnose.delimited import Columns, Row, header_columns, table
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, LoadTotals, Reading

REQUESTS = ("request count", "# requests")
FAILURES = ("failure count", "# failures")
MEAN = ("average response time",)
RATE = ("requests/s",)


def is_header(columns: Columns) -> bool:
    """Totals, or the percentiles that old versions wrote apart; never a history."""
    counted = any(name in columns for name in REQUESTS)
    return (
        counted
        and "name" in columns
        and "timestamp" not in columns
        and ("median response time" in columns or {"50%", "100%"} <= columns.keys())
    )


def recognizes(head: Head) -> float:
    """By the header."""
    return 0.97 if any(is_header(header_columns(line)) for line in head.lines[:3]) else 0.0


@collector(
    kind="locust_stats",
    title="Locust totals",
    recognizes=recognizes,
    role="load_generator",
    tool="Locust",
    gives=("percentiles", "routes"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One LoadTotals a row; of several tables one behind another the last one counts."""
    reading = Reading(facts=[Fact("load.tool", "locust")])
    columns: Columns = {}
    totals: list[LoadTotals] = []
    tables = 0
    for row in table(raw, bad, is_header):
        if row.columns is not columns:
            columns, totals = row.columns, []
            tables += 1
        if not _has(columns, FAILURES):
            reading.notes.append("percentiles only: Locust wrote the counts in its requests file")
            return reading
        made = _totals(row)
        if made is None:
            bad.note(row.line, row.separator.join(row.cells))
        else:
            totals.append(made)
    reading.loads.append(Load("locust", totals=tuple(totals), open_model=False))
    reading.notes.extend(_notes(tables, totals))
    return reading


def _totals(row: Row) -> LoadTotals | None:
    requests, failures = row.number(*REQUESTS), row.number(*FAILURES)
    if math.isnan(requests) or math.isnan(failures):
        return None
    method, name = row.cell("type", "method"), row.cell("name")
    whole = method in ("", "None") and name in ("Aggregated", "Total")
    return LoadTotals(
        int(requests),
        int(failures),
        row.number(*MEAN) / 1000 if requests else math.nan,
        _first(row.number("50%"), row.number("median response time")) / 1000,
        row.number("95%") / 1000,
        row.number("99%") / 1000,
        row.number(*RATE),
        "" if whole else f"{method} {name}".strip(),
        row.line,
    )


def _notes(tables: int, totals: list[LoadTotals]) -> list[str]:
    notes = []
    if tables > 1:
        notes.append(f"{tables} tables stand one behind another in it; the last one was read")
    if not any(not t.route for t in totals):
        notes.append("the row of all requests together (Aggregated) is missing")
    if any(t.failures > t.requests for t in totals):
        notes.append("more failures than requests: this version counts successes as requests")
    return notes


def _has(columns: Columns, names: tuple[str, ...]) -> bool:
    return any(name in columns for name in names)


def _first(*values: float) -> float:
    return next((v for v in values if not math.isnan(v)), math.nan)
