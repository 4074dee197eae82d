"""fortio -access-log-file: one line a request, as JSON or in InfluxDB's line protocol.

    {"latency":0.017698,"timestamp":1795407376625277307,"thread":32,"iter":0,"ok":true,
     "details":"200"}
    latency,thread=0,ok=true value=0.020278,details="200" 1795407402733650739

Seconds; the time is that of the start, in epoch nanoseconds. details is the status, or -1 for
no answer. Warm-up requests have no line.

Source: https://github.com/fortio/fortio (periodic/periodic.go, AccessLoggerType).
"""

from __future__ import annotations

import math
import re

import orjson

from diagnose.badlines import BadLines
from diagnose.loadrows import load_of
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Reading

from ._best_commands import BEST
from ._fortio import NO_ANSWER
from ._json_objects import number_of
from ._load_columns import RequestColumns

INFLUX = re.compile(
    r"latency,thread=\d+,ok=(true|false) value=(\d+(?:\.\d+)?(?:e-?\d+)?)"
    r',details="(.*)" (\d{16,19})$'
)
JSON = re.compile(r'\{"latency":[\d.e-]+,"timestamp":\d{16,19},"thread":')
Call = tuple[float, float, bool, str]  # began, took, ok, details


def recognizes(head: Head) -> float:
    """By the form of a line."""
    lines = [line for line in head.lines[:20] if line.strip()]
    good = sum(bool(JSON.match(line) or INFLUX.match(line)) for line in lines)
    return 0.97 if lines and good > 0.5 * len(lines) else 0.0


@collector(
    kind="fortio_access_log",
    title="fortio access log",
    recognizes=recognizes,
    role="load_generator",
    tool="fortio",
    best=BEST["fortio"],
    gives=("series", "percentiles", "errors", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """The load curve."""
    reading, columns = Reading(facts=[Fact("load.tool", "fortio")]), RequestColumns()
    for number, line in raw.lines():
        call = _json(line) if line.startswith("{") else _influx(line)
        if call is None:
            if line.strip():
                bad.note(number, line)
            continue
        began_s, took_s, ok, details = call
        columns.add(began_s, took_s, number, "" if ok else _failure(details))
    if columns:
        reading.loads.append(load_of("fortio", columns.rows(), open_model=False))
    else:
        reading.notes.append("no request stands in it")
    return reading


def _failure(details: str) -> str:
    if details == "-1":
        return NO_ANSWER
    return f"status {details}" if details.isdigit() else details or "failed"


def _influx(line: str) -> Call | None:
    match = INFLUX.match(line)
    if match is None:
        return None
    return int(match[4]) / 1e9, float(match[2]), match[1] == "true", match[3]


def _json(line: str) -> Call | None:
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict):
        return None
    began, took_s = number_of(document.get("timestamp")), number_of(document.get("latency"))
    if math.isnan(began + took_s):
        return None
    return began / 1e9, took_s, document.get("ok") is True, str(document.get("details", ""))
