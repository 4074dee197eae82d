"""Locust's report in HTML (--html, or saved from its web interface), of 2.16 and later.

    <title>Locust</title> …
    window.templateArgs = {"requests_statistics": [{"method": "GET", "name": "/a", …}],
      "response_time_statistics": …, "failures_statistics": …, "history":
      [{"time": "2026-11-23T03:27:23Z", "user_count": ["…", 10], "current_rps": ["…", 36.6]}]}

Milliseconds. Every five seconds the history has users, percentiles of the last ten seconds, and
rates of the ten seconds that ended two seconds before: they are set where those have their middle,
and a step shows smeared. Counts of an interval are rate times length.

Source: https://docs.locust.io/en/stable/retrieving-stats.html and locust/html.py.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np

from diagnose.badlines import BadLines
from diagnose.errors import UnreadableSource
from diagnose.failures import failure_kind, without_values
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile, decode
from diagnose.readings import Fact, Load, LoadError, LoadSeries, LoadTotals, Reading
from diagnose.stamps import stamp_s

from ._json_documents import number_of

TITLE = re.compile(r"<title>\s*(?:Locust|Test Report for [^<]*)\s*</title>", re.I)
DATA = re.compile(r"window\.templateArgs\s*=\s*(?=\{)")
SMEARED = (
    "rates and percentiles are of ten seconds around each row: a step shows smeared; --csv run "
    "--csv-full-history counts truly"
)
NO_SUM = "its rates, means of ten seconds, do not add up to its totals: they were left out; " + (
    "--csv run --csv-full-history counts truly"
)
NAN = math.nan
SAME_COUNT = 0.045  # how far both may lie apart (a choice)
# A rate is the mean of the seconds from 12 to 2 before its row (StatsEntry.current_rps).
MIDDLE_S = 7.0
PERCENTILES = ("response_time_percentile_0.5", "response_time_percentile_0.95")


def recognizes(head: Head) -> float:
    """By the title."""
    html = "<html" in head.text[:1000].lower()
    return 0.95 if html and TITLE.search(head.text[:20_000]) else 0.0


@collector(
    kind="locust_report",
    title="Locust report (HTML)",
    recognizes=recognizes,
    role="load_generator",
    tool="Locust",
    gives=("series", "percentiles", "errors", "users", "routes", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load: a row each five seconds, totals, failures."""
    arguments = _arguments(raw)
    reading = Reading(facts=[Fact("load.tool", "locust")])
    if isinstance(arguments.get("host"), str):
        reading.facts.append(Fact("load.host", without_values(arguments["host"])))
    totals = _totals(arguments)
    series = _series(_objects(arguments, "history"), stamp_s(str(arguments.get("start_time", ""))))
    errors = _errors(_objects(arguments, "failures_statistics"))
    note = SMEARED
    if series and _apart(series[0], totals) > SAME_COUNT:
        series, note = (), NO_SUM
    if totals or series:
        load = Load("locust", series, totals, errors, open_model=False)
        reading.loads.append(load)
        reading.notes.append(note)
    else:
        reading.notes.append("it holds no requests")
    return reading


def _arguments(raw: RawFile) -> dict[str, Any]:
    text = decode(raw.whole())
    match = DATA.search(text)
    if match is None:
        raise UnreadableSource(
            raw.path,
            "this Locust report has no data that can be read (older than 2.16, or cut)",
            hint="bring the files of --csv",
        )
    try:
        made, _ = json.JSONDecoder().raw_decode(text, match.end())
    except ValueError:
        raise UnreadableSource(
            raw.path, "the data of this Locust report is torn", hint="copy the file again"
        ) from None
    return made if isinstance(made, dict) else {}


def _objects(arguments: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = arguments.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _totals(arguments: dict[str, Any]) -> tuple[LoadTotals, ...]:
    medians = {
        (each.get("method"), each.get("name")): each
        for each in _objects(arguments, "response_time_statistics")
    }
    made = []
    for each in _objects(arguments, "requests_statistics"):
        requests, failures = _of(each, "num_requests"), _of(each, "num_failures")
        method, name = each.get("method") or "", str(each.get("name", ""))
        whole = not method and name in ("Aggregated", "Total")
        times = medians.get((each.get("method"), each.get("name")), {})
        made.append(
            LoadTotals(
                requests,
                failures,
                _of(each, "avg_response_time") / 1000,
                _of(each, "median_response_time") / 1000,
                _first(times, "0.95", each, "response_time_percentile_0.95") / 1000,
                _first(times, "0.99", each, "response_time_percentile_0.99") / 1000,
                _of(each, "total_rps"),
                "" if whole else f"{method} {name}".strip(),
                1,
                max_s=_of(each, "max_response_time") / 1000,
            )
        )
    return tuple(made)


def _of(each: dict[str, Any], name: str) -> float:
    value = number_of(each, name)
    return NAN if value is None else value


def _first(times: dict[str, Any], key: str, each: dict[str, Any], name: str) -> float:
    value = _of(times, key)
    return _of(each, name) if math.isnan(value) else value


def _errors(rows: list[dict[str, Any]]) -> tuple[LoadError, ...]:
    made = []
    for each in rows:
        text = without_values(str(each.get("error", "")))
        count = number_of(each, "occurrences") or 0.0
        route = f"{each.get('method') or ''} {each.get('name', '')}".strip()
        made.append(LoadError(text, int(count), route, failure_kind(text), 1))
    return tuple(sorted(made, key=lambda error: (-error.count, error.text)))


def _series(history: list[dict[str, Any]], start_s: float) -> tuple[LoadSeries, ...]:
    """A row for each row of the history; the last rate is held to the end."""
    rows = []
    for each in history:
        names = ("user_count", "current_rps", "current_fail_per_sec", *PERCENTILES)
        at_s = stamp_s(str(each.get("time", "")))
        rows.append((at_s, *(_latest(each, name) for name in names)))
    table = np.array([row for row in rows if math.isfinite(row[0])], float).reshape(-1, 6)
    if len(table) < 2:
        return ()
    told_s, users, rate, failing, p50, p95 = np.concatenate((table, table[-1:])).T
    at_s = told_s - (MIDDLE_S - np.median(np.diff(table[:, 0])) / 2)
    at_s[-1] = told_s[-1]
    first_s = start_s if math.isfinite(start_s) else at_s[0] - 1.0
    width_s = np.diff(at_s, prepend=first_s)
    kept = width_s > 0
    users = np.interp(at_s, table[:, 0], table[:, 1])
    none, lines = np.full(at_s.size, NAN), np.ones(at_s.size, np.int64)
    columns = (at_s, width_s, users, rate * width_s, failing * width_s)
    times = (none, p50 / 1000, p95 / 1000, none)
    at, width, alive, requests, failures, mean, half, most, p99 = (
        column[kept] for column in (*columns, *times)
    )
    return (LoadSeries(at, width, alive, requests, failures, mean, half, most, p99, lines[kept]),)


def _apart(series: LoadSeries, totals: tuple[LoadTotals, ...]) -> float:
    """How far the sum of a series lies from the total, as a share of it; 0 for want of a total."""
    whole = [each.requests for each in totals if not each.route and each.requests > 0]
    return abs(float(np.nansum(series.requests)) / whole[0] - 1) if whole else 0.0


def _latest(each: dict[str, Any], name: str) -> float:
    """[time, value], or the value alone as older versions have it."""
    value = each.get(name)
    value = value[-1] if isinstance(value, list) and value else value
    return _of({name: value}, name)
