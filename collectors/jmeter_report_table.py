"""Tables of JMeter's Aggregate Report and Summary Report, saved as CSV.

    Label,# Samples,Average,Median,90% Line,95% Line,99% Line,Min,Max,Error %,Throughput,…
    page,5811,3,1,8,16,38,0,202,0.000%,117.54830,337.84,14.69

Column names follow the language of the JVM, and so do numbers ("45,804%"): columns are told
by their place. Times are whole milliseconds, Throughput is requests a second. The row TOTAL
counts transaction controllers as well as their requests.

Source: https://jmeter.apache.org/usermanual/component_reference.html#Aggregate_Report
"""

from __future__ import annotations

import math
import re

from diagnose.badlines import BadLines
from diagnose.delimited import cells_of, separator, table
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, LoadTotals, Reading

PERCENT = re.compile(r"^\d+(?:[.,]\d+)?\s?%$")
LINE = re.compile(r"(?:^|\D)(\d\d(?:[.,]\d+)?)\s?%\s")  # "95% Line", "95% Linie"
TOTAL = "TOTAL"


def recognizes(head: Head) -> float:
    """By its first column, and a row whose error rate stands where it should."""
    if not head.lines:
        return 0.0
    names = _cells(head.lines[0])
    if names[:1] not in (["Label"], ["label"]) or len(names) < 9:
        return 0.0
    rows = [_cells(line) for line in head.lines[1:4]]
    fits = any(len(row) == len(names) and PERCENT.match(row[_error(names)]) for row in rows)
    return 0.95 if fits else 0.0


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in cells_of(line, separator(line) or ",")]


def _aggregate(names: list[str]) -> bool:
    """Whether it has percentiles: an Aggregate Report."""
    return any(LINE.search(name + " ") for name in names[3:7])


def _error(names: list[str]) -> int:
    """Where the error rate stands: behind Min and Max, or behind the deviation."""
    return 9 if _aggregate(names) else 6


@collector(
    kind="jmeter_report_table",
    title="JMeter report table",
    recognizes=recognizes,
    role="load_generator",
    tool="JMeter",
    gives=("percentiles", "routes"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One LoadTotals a row; the row of all labels is left out where it counts transactions."""
    names = _cells(raw.head().lines[0])
    aggregate, error = _aggregate(names), _error(names)
    reading = Reading(facts=[Fact("load.tool", "jmeter")])
    totals = []
    for row in table(raw, bad, lambda columns: "label" in columns):
        cells = [cell.strip() for cell in row.cells]
        made = _totals(cells, names, aggregate, error, row.line)
        if made is None:
            bad.note(row.line, row.separator.join(row.cells))
        else:
            totals.append(made)
    reading.loads.append(Load("jmeter report", totals=tuple(totals), open_model=False))
    reading.notes.append(
        "a table of the whole test, no series; its row TOTAL counts transaction controllers, if "
        "there are any, beside their requests"
    )
    return reading


def _totals(
    cells: list[str], names: list[str], aggregate: bool, error: int, line: int
) -> LoadTotals | None:
    samples, mean, share, rate = (_number(cells[at]) for at in (1, 2, error, error + 1))
    if math.isnan(samples) or math.isnan(share):
        return None
    p50, p95, p99 = (_percentile(cells, names, q, aggregate) for q in (50.0, 95.0, 99.0))
    return LoadTotals(
        int(samples),
        round(samples * share / 100),
        mean / 1000,
        p50,
        p95,
        p99,
        rate,
        "" if cells[0] == TOTAL else cells[0],
        line,
        max_s=_number(cells[error - 1 if aggregate else 4]) / 1000,
        duration_s=samples / rate if rate > 0 else math.nan,
    )


def _percentile(cells: list[str], names: list[str], q: float, aggregate: bool) -> float:
    if not aggregate:
        return math.nan
    if q == 50.0:
        return _number(cells[3]) / 1000
    for at, name in enumerate(names):
        match = LINE.search(name + " ")
        if match and float(match[1].replace(",", ".")) == q and 3 < at < 7:
            return _number(cells[at]) / 1000
    return math.nan


def _number(text: str) -> float:
    """A number with a decimal comma or point, with or without a per cent sign.

    >>> _number("45,804%"), _number("117.54830"), _number("1.234,5"), _number("-")
    (45.804, 117.5483, 1234.5, nan)
    """
    text = text.rstrip("% ").replace("\xa0", "").replace("\u202f", "")
    if "," in text and "." in text:
        mark = max(",.", key=text.rfind)
        text = text.replace("." if mark == "," else ",", "")
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return math.nan
