"""hey's CSV (-o csv): one row a request that was answered, in the order in which they ended.

    response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset
    0.0240,0.0003,0.0000,0.0001,0.0235,0.0002,200,0.0164

Seconds; offset is when a request began, in seconds since hey did: there is no time of day.
Errors (time-outs, refused, reset) have no row and are told nowhere. At most 1,000,000 rows are
kept, the rest is dropped without a word. Until 0.1.2 (2018) there were six columns, without
status and offset: then only response times are known.

Source: https://github.com/rakyll/hey (requester/print.go, requester/report.go).
"""

from __future__ import annotations

import math
import re

import numpy as np

from diagnose.badlines import BadLines
from diagnose.delimited import Columns, header_columns
from diagnose.loadrows import load_of
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, LoadTotals, Reading

from ._best_commands import BEST
from ._load_columns import RequestColumns
from ._load_failures import is_failure
from ._request_rows import rows_of
from .hey_summary import MOST

NAMES = (
    *("response-time", "dns+dialup", "dns", "request-write", "response-delay", "response-read"),
    *("status-code", "offset"),
)
ROW = re.compile(r"\d+\.\d{4}(?:,\d+\.\d{4}){5},\d{3},\d+\.\d{4}$")
NO_ERRORS = (
    "hey writes no row for a request without an answer (time-out, refused, reset): such failures "
    "are not in it; run hey once without -o csv to see them"
)
NO_CLOCK = "hey writes no time of day: its times are seconds since it began"


def is_header(columns: Columns) -> bool:
    """The columns that every version writes."""
    return {"response-time", "dns+dialup", "response-delay"} <= columns.keys()


def recognizes(head: Head) -> float:
    """By the header; by the form of the numbers where it is missing."""
    if any(is_header(header_columns(line)) for line in head.lines[:3]):
        return 0.98
    rows = head.body[:20]
    return 0.7 if rows and all(ROW.match(line) for line in rows) else 0.0


@collector(
    kind="hey_requests",
    title="hey requests (-o csv)",
    recognizes=recognizes,
    role="load_generator",
    tool="hey",
    best=BEST["hey"],
    gives=("series", "percentiles"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load for each table, in seconds since hey began."""
    reading = Reading(facts=[Fact("load.tool", "hey")])
    columns, run, timed = RequestColumns(), None, True
    for row in rows_of(raw, bad, is_header, NAMES):
        if row.columns is not run:
            _close(columns, timed, reading)
            columns, run, timed = RequestColumns(), row.columns, "offset" in row.columns
        took_s, began_s = row.number("response-time"), row.number("offset")
        if math.isnan(took_s) or (timed and math.isnan(began_s)):
            bad.note(row.line, row.separator.join(row.cells))
            continue
        status = row.cell("status-code")
        failed = status.isdigit() and is_failure(int(status))
        columns.add(began_s if timed else 0.0, took_s, row.line, f"status {status}" * failed)
    _close(columns, timed, reading)
    if not reading.loads:
        reading.notes.append("no request was answered: the file has a header and no rows")
    reading.notes.append(NO_ERRORS)
    return reading


def _close(columns: RequestColumns, timed: bool, reading: Reading) -> None:
    if not columns:
        return
    reading.notes = [NO_CLOCK]
    if timed:
        load = load_of("hey", columns.rows(), open_model=False, relative=True)
    else:
        load = _untimed(columns)
        reading.notes = ["this old version of hey writes neither status nor time of a request"]
    if len(columns) >= MOST:
        reading.notes.append("hey keeps 1,000,000 requests and drops the rest: it was longer")
    reading.loads.append(load)


def _untimed(columns: RequestColumns) -> Load:
    """How long requests took is all that the oldest versions tell."""
    took = np.array(columns.duration_s)
    p50, p95, p99 = (float(np.quantile(took, q, method="inverted_cdf")) for q in (0.5, 0.95, 0.99))
    line, longest = columns.lines[0], float(took.max())
    totals = LoadTotals(len(took), 0, float(took.mean()), p50, p95, p99, line=line, max_s=longest)
    return Load("hey", totals=(totals,), open_model=False)
