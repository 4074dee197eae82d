"""Locust's totals in JSON (--json, --json-file): one object a route.

    [{"name": "/a", "method": "GET", "num_requests": 1744, "num_failures": 0,
      "total_response_time": 152956.5, "response_times": {"98": 3, "5": 40, …},
      "num_reqs_per_sec": {"1795404529": 12, …}, "num_fail_per_sec": {…},
      "start_time": 1795404529.47, "last_request_timestamp": 1795404568.15}]

Milliseconds and epoch seconds. `response_times` is a histogram of times that Locust rounds to two
digits; counts by the second are true ones, not means of ten seconds as in the CSV. There are no
users, no errors by kind, and no response times by the second.

Source: https://docs.locust.io/en/stable/retrieving-stats.html and locust/stats.py.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Array, Fact, Load, LoadSeries, LoadTotals, Reading

from ._json_documents import documents, number_of

FIELDS = ('"num_requests"', '"response_times"', '"last_request_timestamp"')
NAN = math.nan
NO_TIMES = (
    "counts by the second, without users and response times by the second: --csv run "
    "--csv-full-history has those"
)


def recognizes(head: Head) -> float:
    """By the names of its fields."""
    listed = head.text.lstrip().startswith("[")
    return 0.97 if listed and all(name in head.text for name in FIELDS) else 0.0


@collector(
    kind="locust_json",
    title="Locust totals (JSON)",
    recognizes=recognizes,
    role="load_generator",
    tool="Locust",
    gives=("series", "percentiles", "routes", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Totals and counts by the second, of all routes together and of each."""
    reading = Reading(facts=[Fact("load.tool", "locust")])
    entries = [
        entry
        for _, _, document in documents(raw, bad)
        for entry in (document if isinstance(document, list) else [document])
        if isinstance(entry, dict) and number_of(entry, "num_requests") is not None
    ]
    if not entries:
        reading.notes.append("it holds no requests: the test ended before the first, or it is torn")
        return reading
    totals, series = [_totals(entries, "")], [_series(entries, "")]
    for entry in entries:
        route = f"{entry.get('method') or ''} {entry.get('name', '')}".strip()
        totals.append(_totals([entry], route))
        series.append(_series([entry], route))
    kept = tuple(each for each in series if each.at_s.size)
    reading.loads.append(Load("locust", kept, tuple(totals), open_model=False))
    reading.notes.append(NO_TIMES)
    return reading


def _totals(entries: list[dict[str, Any]], route: str) -> LoadTotals:
    requests, failures, spent_ms = (
        sum(number_of(entry, name) or 0.0 for entry in entries)
        for name in ("num_requests", "num_failures", "total_response_time")
    )
    began, ended = _numbers(entries, "start_time"), _numbers(entries, "last_request_timestamp")
    length_s = max(ended) - min(began) if began and ended else NAN
    p50, p95, p99 = _percentiles(entries)
    longest = _numbers(entries, "max_response_time")
    return LoadTotals(
        requests,
        failures,
        spent_ms / requests / 1000 if requests else NAN,
        p50,
        p95,
        p99,
        requests / length_s if length_s > 0 else NAN,
        route,
        1,
        max_s=max(longest) / 1000 if longest else NAN,
        duration_s=length_s,
        began_s=min(began) if began else NAN,
    )


def _numbers(entries: list[dict[str, Any]], name: str) -> list[float]:
    found = (number_of(entry, name) for entry in entries)
    return [value for value in found if value is not None]


def _percentiles(entries: list[dict[str, Any]]) -> tuple[float, float, float]:
    """Nearest ranks in the histogram, in seconds."""
    counts = _counted(entries, "response_times")
    if not counts:
        return NAN, NAN, NAN
    times = np.array(sorted(counts))
    ranks = np.cumsum([counts[time] for time in times.tolist()])
    places = [int(np.searchsorted(ranks, math.ceil(q * ranks[-1]))) for q in (0.5, 0.95, 0.99)]
    p50, p95, p99 = (float(times[min(at, times.size - 1)]) / 1000 for at in places)
    return p50, p95, p99


def _counted(entries: list[dict[str, Any]], name: str) -> dict[float, float]:
    """Counts by a number, which is a text in JSON; of all entries together."""
    made: dict[float, float] = {}
    for entry in entries:
        values = entry.get(name)
        for key in values if isinstance(values, dict) else ():
            count = number_of(values, key)
            try:
                made[float(key)] = made.get(float(key), 0.0) + (count or 0.0)
            except ValueError:
                continue
    return made


def _series(entries: list[dict[str, Any]], route: str) -> LoadSeries:
    """A row a second, from the first request on; a second without a key had none."""
    requests = _counted(entries, "num_reqs_per_sec")
    failures = _counted(entries, "num_fail_per_sec")
    seconds: Array = np.zeros(0)
    if requests and max(requests) - min(requests) < 1e6:
        seconds = np.arange(min(requests), max(requests) + 1)
    none, size = np.full(seconds.size, NAN), seconds.size
    return LoadSeries(
        seconds + 1,
        np.ones(size),
        none,
        np.array([requests.get(at, 0.0) for at in seconds.tolist()], float),
        np.array([failures.get(at, 0.0) for at in seconds.tolist()], float),
        none,
        none,
        none,
        none,
        np.ones(size, np.int64),
        route,
    )
