"""siege.log: one line a run, put one behind another over the years.

          Date & Time,  Trans,  Elap Time,  Data Trans,  Resp Time,  Trans Rate,  Throughput,  …
    **** c=8 ****
    2026-11-23 03:13:21,    980,       4.98,           0,       0.04,      196.79,        0.00,  …

The date is local to the generator, without a zone, and is that of the end of the run; times are
seconds. Concurrent is the mean number of requests in flight. Marks (`--mark`) stand above their
run. Counts are those of siege's summary.

Source: https://www.joedog.org/siege-manual/ and src/log.c of github.com/JoeDog/siege.
"""

from __future__ import annotations

import math
import re

from diagnose.badlines import BadLines
from diagnose.delimited import Columns, Row, header_columns, records, separator
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, Reading
from diagnose.stamps import stamp_s

from ._best_commands import BEST
from ._load_failures import Distress
from ._siege_summary import ABORTED, Run, counted, totals

NAMES = (
    *("date & time", "trans", "elap time", "data trans", "resp time", "trans rate", "throughput"),
    *("concurrent", "okay", "failed"),
)
COLUMNS: Columns = {name: at for at, name in enumerate(NAMES)}
MARK = re.compile(r"\*{4} (.*) \*{4}\s*$")
ROW = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,(?: *\d+(?:\.\d+)?,){8} *\d+\s*$")
VALUES = {
    "Transactions": "trans",
    "Elapsed time": "elap time",
    "Response time": "resp time",
    "Transaction rate": "trans rate",
    "Successful transactions": "okay",
    "Failed transactions": "failed",
}


def is_header(columns: Columns) -> bool:
    """The columns of siege.log."""
    return {"date & time", "trans", "elap time", "concurrent"} <= columns.keys()


def recognizes(head: Head) -> float:
    """By the header, or by rows without one."""
    if any(is_header(header_columns(line)) for line in head.lines[:3]):
        return 0.98
    rows = [line for line in head.lines[:20] if line.strip() and not MARK.match(line)]
    return 0.9 if rows and all(ROW.match(line) for line in rows) else 0.0


@collector(
    kind="siege_log",
    title="siege.log",
    recognizes=recognizes,
    role="load_generator",
    tool="siege",
    best=BEST["siege"],
    gives=("errors", "users", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load a line; its time is read as UTC."""
    reading = Reading(facts=[Fact("load.tool", "siege")], naive=True)
    distress, ended_s = Distress(), math.nan
    marks: list[str] = []
    for line, cells, sep in _records(raw):
        mark = MARK.match(sep.join(cells))
        if mark and ABORTED.search(mark[1]):
            distress.add("gave_up", mark[1], line, at_s=ended_s)
        elif mark:
            marks.append(mark[1])
        elif not is_header({cell.strip().lower(): 0 for cell in cells}):
            load = _load(Row(line, cells, COLUMNS, sep)) if len(cells) == len(NAMES) else None
            if load is None:
                bad.note(line, sep.join(cells))
                continue
            reading.loads.append(load)
            ended_s = load.totals[0].began_s + load.totals[0].duration_s
    if marks:
        reading.notes.append(f"runs are marked: {', '.join(marks[:8])}")
    if len(reading.loads) > 1:
        reading.notes.append(
            f"{len(reading.loads)} runs stand in it, which siege adds up over time"
        )
    reading.occurrences = distress.occurrences()
    return reading


def _records(raw: RawFile) -> list[tuple[int, list[str], str]]:
    head = raw.head().lines
    sep = next((separator(line) for line in head if separator(line) in (",", ";", "\t")), ",")
    return [
        (line, cells, sep)
        for line, cells in records(raw.lines(), sep)
        if any(c.strip() for c in cells)
    ]


def _load(row: Row) -> Load | None:
    """None where the line is torn."""
    at_s = stamp_s(row.cell("date & time"))
    values = {name: row.number(column) for name, column in VALUES.items()}
    if math.isnan(at_s) or any(math.isnan(value) for value in values.values()):
        return None
    told = totals(values, row.line, row.number("concurrent"), at_s - values["Elapsed time"])
    return Load("siege", totals=(told,), errors=counted(Run(), told).errors(), open_model=False)
