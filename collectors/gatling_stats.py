"""js/stats.json and js/global_stats.json of Gatling's report, up to 3.13.4.

    {"type": "GROUP", "name": "Global Information", "path": "",
     "stats": {"numberOfRequests": {"total": 907, "ok": 464, "ko": 443}, …},
     "contents": {"req_…": {"type": "REQUEST", "path": "group / page", "stats": {…}}}}

Milliseconds; percentiles1 to 4 are the 50th, 75th, 95th and 99th unless gatling.conf says
otherwise, which the file does not tell. Some versions write numbers as texts, and "-" for none.
global_stats.json is the first "stats" alone.

Source: https://docs.gatling.io/reference/stats/reports/oss/
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import orjson

from diagnose.badlines import BadLines
from diagnose.errors import UnreadableSource
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile, decode
from diagnose.readings import Fact, Load, LoadTotals, Reading

FIELDS = ('"numberOfRequests"', '"meanResponseTime"', '"percentiles1"')
NO_SERIES = (
    "a summary of the whole test, no series: bring simulation.log; percentiles1 to 4 were taken "
    "for the 50th, 75th, 95th and 99th, Gatling's defaults"
)


def recognizes(head: Head) -> float:
    """By the names of its fields."""
    found = head.text.lstrip().startswith("{") and all(name in head.text for name in FIELDS)
    return 0.97 if found else 0.0


@collector(
    kind="gatling_stats",
    title="Gatling statistics (JSON)",
    recognizes=recognizes,
    role="load_generator",
    tool="Gatling",
    gives=("percentiles", "routes"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One LoadTotals for all requests, and one for each name."""
    try:
        document = orjson.loads(decode(raw.whole()))
    except orjson.JSONDecodeError as error:
        raise UnreadableSource(
            raw.path,
            f"the JSON of these Gatling statistics is torn ({error.msg})",
            line=error.lineno,
            hint="copy the file again, or bring simulation.log",
        ) from None
    totals = [_totals(stats, route) for route, stats in _entries(document, "")]
    load = Load("gatling", totals=tuple(totals))
    facts = [Fact("load.tool", "gatling")]
    return Reading(loads=[load] if totals else [], facts=facts, notes=[NO_SERIES])


def _entries(entry: Any, route: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, statistics) of all requests and of each; groups repeat their requests."""
    if not isinstance(entry, dict):
        return
    stats = entry.get("stats", entry)
    if isinstance(stats, dict) and "numberOfRequests" in stats:
        yield route, stats
    stack = [entry]
    while stack:
        contents = stack.pop().get("contents")
        for each in contents.values() if isinstance(contents, dict) else ():
            if not isinstance(each, dict):
                continue
            if each.get("type") == "REQUEST" and isinstance(each.get("stats"), dict):
                yield str(each.get("path") or each.get("name") or "(no name)"), each["stats"]
            stack.append(each)


def _totals(stats: dict[str, Any], route: str) -> LoadTotals:
    requests = _number(stats, "numberOfRequests")
    rate = _number(stats, "meanNumberOfRequestsPerSecond")
    failures = _number(stats, "numberOfRequests", "ko")
    return LoadTotals(
        requests,
        0.0 if math.isnan(failures) else failures,
        _number(stats, "meanResponseTime") / 1000,
        _number(stats, "percentiles1") / 1000,
        _number(stats, "percentiles3") / 1000,
        _number(stats, "percentiles4") / 1000,
        rate,
        route,
        1,
        max_s=_number(stats, "maxResponseTime") / 1000,
        duration_s=requests / rate if rate > 0 else math.nan,
    )


def _number(stats: dict[str, Any], name: str, part: str = "total") -> float:
    values = stats.get(name)
    try:
        return float(str(values[part]).replace(",", "")) if isinstance(values, dict) else math.nan
    except (KeyError, ValueError):
        return math.nan
