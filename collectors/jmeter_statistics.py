"""statistics.json of JMeter's dashboard: one object a label, and one for all of them.

    {"Total": {"transaction": "Total", "sampleCount": 23156, "errorCount": 4076, …}, …}

Times are milliseconds. pct1, pct2 and pct3 are the 90th, 95th and 99th percentile unless
aggregate_rpt_pct1 to 3 were set, which the file does not say. medianResTime came with 5.2.
Total leaves transaction controllers out, but they have objects of their own.

Source: https://jmeter.apache.org/usermanual/generating-dashboard.html
"""

from __future__ import annotations

import math
import re
from typing import Any

import orjson

from diagnose.badlines import BadLines
from diagnose.errors import UnreadableSource
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile, decode
from diagnose.readings import Fact, Load, LoadTotals, Reading

from ._json_documents import number_of

FIELDS = ('"transaction"', '"sampleCount"', '"meanResTime"')
ENTRY = re.compile(r'\{[^{}]*"sampleCount"[^{}]*\}')


def recognizes(head: Head) -> float:
    """By the names of its fields."""
    found = head.text.lstrip().startswith("{") and all(name in head.text for name in FIELDS)
    return 0.97 if found else 0.0


@collector(
    kind="jmeter_statistics",
    title="JMeter dashboard statistics",
    recognizes=recognizes,
    role="load_generator",
    tool="JMeter",
    gives=("percentiles", "routes"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One LoadTotals for each label and one for all."""
    text = decode(raw.whole())
    reading = Reading(facts=[Fact("load.tool", "jmeter")])
    totals = [made for line, entry in _entries(text, raw, bad) if (made := _totals(entry, line))]
    if not totals:
        raise UnreadableSource(
            raw.path, "it holds no statistics", hint="write the dashboard again: jmeter -g"
        )
    reading.loads.append(Load("jmeter dashboard", totals=tuple(totals), open_model=False))
    reading.notes.append(
        "percentiles were taken for the 50th, 95th and 99th, JMeter's defaults; transactions "
        "stand among the labels"
    )
    return reading


def _entries(text: str, raw: RawFile, bad: BadLines) -> list[tuple[int, dict[str, Any]]]:
    """(line, object) of each label; of a torn file those that are whole."""
    lines = [(match.start(), match[0]) for match in ENTRY.finditer(text)]
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        raw.torn = True
        bad.note(text.count("\n") + 1, text[-160:].strip().split("\n")[-1])
    made = []
    for at, entry in lines:
        try:
            made.append((text.count("\n", 0, at) + 1, orjson.loads(entry)))
        except orjson.JSONDecodeError:
            bad.note(text.count("\n", 0, at) + 1, entry[:160])
    return made


def _totals(entry: dict[str, Any], line: int) -> LoadTotals | None:
    requests = number_of(entry, "sampleCount")
    if requests is None:
        return None
    label = str(entry.get("transaction", ""))
    rate = number_of(entry, "throughput")
    return LoadTotals(
        int(requests),
        int(number_of(entry, "errorCount") or 0),
        _seconds(entry, "meanResTime"),
        _seconds(entry, "medianResTime"),
        _seconds(entry, "pct2ResTime"),
        _seconds(entry, "pct3ResTime"),
        math.nan if rate is None else rate,
        "" if label == "Total" else label,
        line,
        max_s=_seconds(entry, "maxResTime"),
        duration_s=requests / rate if rate else math.nan,
    )


def _seconds(entry: dict[str, Any], name: str) -> float:
    value = number_of(entry, name)
    return math.nan if value is None else value / 1000
