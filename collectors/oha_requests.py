"""oha --output-format csv (since 1.9): one row a request that was answered, by its start.

    request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status
    0.0015,0.0000052,0.00041,0.033705088,0.033735088,294,200

Seconds since oha began: there is no time of day (--db-url has one). Errors have no row. With
--latency-correction the duration counts from when the request was due, the start does not.

Source: https://github.com/hatoo/oha (src/printer.rs, print_csv).
"""

from __future__ import annotations

import math
import re

from diagnose.badlines import BadLines
from diagnose.delimited import Columns, header_columns
from diagnose.loadrows import load_of
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Reading

from ._best_commands import BEST
from ._load_columns import RequestColumns
from ._load_failures import is_failure
from ._request_rows import rows_of

NAMES = (
    *("request-start", "dns", "dns+dialup", "response-delay", "request-duration", "bytes"),
    "status",
)
ROW = re.compile(r"(?:\d+(?:\.\d+)?(?:e-\d+)?,){5}\d+,[1-5]\d\d$")
NO_CLOCK = "oha writes no time of day into its CSV: times are seconds since it began"
NO_ERRORS = (
    "oha writes no row for a request without an answer: such failures are not in it; its JSON and "
    "its text have them"
)


def is_header(columns: Columns) -> bool:
    """The columns that matter."""
    return {"request-start", "request-duration", "status"} <= columns.keys()


def recognizes(head: Head) -> float:
    """By the header; weakly by the form of the numbers where it is missing."""
    if any(is_header(header_columns(line)) for line in head.lines[:3]):
        return 0.98
    rows = head.body[:20]
    return 0.5 if len(rows) > 2 and all(ROW.match(line) for line in rows) else 0.0


@collector(
    kind="oha_requests",
    title="oha requests (CSV)",
    recognizes=recognizes,
    role="load_generator",
    tool="oha",
    best=BEST["oha"],
    gives=("series", "percentiles"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load for each table, in seconds since oha began."""
    reading = Reading(facts=[Fact("load.tool", "oha")])
    columns, run = RequestColumns(), None
    for row in rows_of(raw, bad, is_header, NAMES):
        if row.columns is not run:
            _close(columns, reading)
            columns, run = RequestColumns(), row.columns
        began_s, took_s = row.number("request-start"), row.number("request-duration")
        if math.isnan(began_s + took_s):
            bad.note(row.line, row.separator.join(row.cells))
            continue
        status = row.cell("status")
        failed = status.isdigit() and is_failure(int(status))
        columns.add(began_s, took_s, row.line, f"status {status}" * failed)
    _close(columns, reading)
    if not reading.loads:
        reading.notes.append("no request was answered: the file has a header and no rows")
    reading.notes.append(NO_ERRORS)
    return reading


def _close(columns: RequestColumns, reading: Reading) -> None:
    if columns:
        load = load_of("oha", columns.rows(), open_model=False, relative=True)
        reading.loads.append(load)
        reading.notes = [NO_CLOCK]
