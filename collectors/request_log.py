"""A line a request, as load scripts write of their own: JSON lines, or a table with a header.

    {"start": 1795408717.53, "type": "GET", "name": "/a", "ms": 8.651, "status": 200, "error": null}
    timestamp,name,duration_ms,status,success

Fields are told by their names: start, end or timestamp; duration, elapsed, latency or
response_time with its unit (_ms, _s, _us) or a unit alone; name, url; method, type; status;
success, failed, error; users. A time called start is when the request began, end when it ended;
of a bare timestamp the order of the rows tells which. Epoch seconds, ms, µs and ns, or a date
(without a zone: read as UTC). A duration without a unit is taken for milliseconds where half of
all are 5 and more, else for seconds, and a note says so.

Source: https://docs.locust.io/en/stable/extending-locust.html (the request event)
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson

from diagnose.badlines import BadLines
from diagnose.delimited import header_columns, number, table
from diagnose.loadrows import LoadRows, load_of
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Reading
from diagnose.stamps import stamp_s

from ._generator_distress import distress
from ._load_columns import RequestColumns
from ._log_times import epoch_s
from ._request_fields import BEGAN, Fields, failure, fields_of

TOOL = "request log"
MILLISECONDS = 5.0  # half of all durations are at least this: no seconds (a choice)
Row = tuple[int, dict[str, str]]


def recognizes(head: Head) -> float:
    """By the names of its fields: time, duration, name, and a word on success."""
    fields, objects = _fields(head)
    if fields is None or not (fields.told or (not objects and fields.name and fields.status)):
        return 0.0
    return 0.79


def _fields(head: Head) -> tuple[Fields | None, bool]:
    """(fields, whether they are those of JSON lines)."""
    body = [line for line in head.lines if line.strip()][:3]
    for line in body:
        if line.lstrip().startswith("{"):
            names = _object(line)
            return (fields_of(names) if names else None), True
        if fields := fields_of(header_columns(line)):
            return fields, False
    return None, False


def _object(line: str) -> dict[str, str] | None:
    """The values of a JSON line as texts; None where it is none."""
    try:
        document: Any = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict):
        return None
    return {str(key).lower(): _text(value) for key, value in document.items()}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


@collector(
    kind="request_log",
    title="requests logged by a load script",
    recognizes=recognizes,
    role="load_generator",
    generic=True,
    tool="Locust",
    gives=("series", "percentiles", "errors", "users", "routes", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load: the curve of all requests and of each name."""
    reading = Reading()
    fields, objects = _fields(raw.head())
    assert fields is not None  # it was recognized by them
    log = _Log(fields)
    for line, cells in _objects(raw, bad) if objects else _cells(raw, bad):
        if not log.takes(line, cells):
            bad.note(line, str(cells))
    if not log.columns:
        reading.notes.append("it holds no requests")
        return reading
    log.fill(reading)
    return reading


def _objects(raw: RawFile, bad: BadLines) -> Iterator[Row]:
    for line, text in raw.lines():
        if not text.strip():
            continue
        found = _object(text)
        if found is None:
            bad.note(line, text)
        else:
            yield line, found


def _cells(raw: RawFile, bad: BadLines) -> Iterator[Row]:
    for row in table(raw, bad, lambda columns: fields_of(columns) is not None):
        cells = {name: row.cells[at].strip() for name, at in row.columns.items()}
        if row.separator != ",":  # then decimal commas are allowed
            cells = {name: _point(text) for name, text in cells.items()}
        yield row.line, cells


def _point(text: str) -> str:
    value = number(text, ";")
    return text if math.isnan(value) or "," not in text else str(value)


class _Log:
    """Requests of one file, times as they stood."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.columns = RequestColumns()
        self.users: list[float] = []
        self.naive = False

    def takes(self, line: int, cells: dict[str, str]) -> bool:
        """False where a request has no time or no duration."""
        fields = self.fields
        at_s, took = self._time(cells.get(fields.at, "")), number(cells.get(fields.took, ""))
        if math.isnan(at_s) or math.isnan(took) or took < 0:
            return False
        status, good, bad, error = (
            cells.get(name, "") for name in (fields.status, fields.good, fields.bad, fields.error)
        )
        self.columns.add(at_s, took, line, failure(status, good, bad, error))
        method, name = cells.get(fields.method, ""), cells.get(fields.name, "")
        self.columns.asked(f"{method} {name}".strip() if method.isupper() else name)
        self.users.append(number(cells.get(fields.users, "")))
        return True

    def _time(self, text: str) -> float:
        value = number(text)
        if not math.isnan(value):
            return epoch_s(value)
        self.naive |= not text.rstrip().endswith("Z") and text[10:].count("+") == 0
        return stamp_s(text)

    def _in_order_of_ends(self, rows: LoadRows, reading: Reading) -> bool:
        """Whether a bare `timestamp` is that of the end: rows are written as requests end."""
        if self.fields.at in BEGAN or rows.began_s.size < 3:
            return False
        ends = rows.began_s + rows.duration_s
        told, reckoned = (int((np.diff(each) < 0).sum()) for each in (rows.began_s, ends))
        if told < reckoned:
            reading.notes.append(
                f"`{self.fields.at}` was taken for the end of a request: the order of rows shows it"
            )
        return told < reckoned

    def fill(self, reading: Reading) -> None:
        """The load curve, its facts and notes."""
        rows, unit_s = self.columns.rows(), self.fields.unit_s
        if math.isnan(unit_s):
            long = float(np.median(rows.duration_s)) >= MILLISECONDS
            unit_s, word = (1e-3, "milliseconds") if long else (1.0, "seconds")
            reading.notes.append(
                f"`{self.fields.took}` tells no unit and was taken for {word}: name it "
                "duration_ms or duration_s to be sure"
            )
        rows.duration_s = rows.duration_s * unit_s
        if self.fields.ended or self._in_order_of_ends(rows, reading):
            rows.began_s = rows.began_s - rows.duration_s
        users = np.array(self.users, float)
        rows.users = users if np.isfinite(users).all() else None
        load = load_of(TOOL, rows)
        reading.loads.append(load)
        reading.facts.append(Fact("load.tool", TOOL))
        reading.occurrences.extend(distress(load))
        reading.naive = self.naive
