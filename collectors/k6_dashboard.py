"""What k6's web dashboard records (`record=`), and its report in HTML, which holds the same.

    {"event":"param","data":{"period":1000,"aggregates":{"trend":["avg","max","med",…],…},…}}
    {"event":"metric","data":{"http_reqs":{"type":"counter"},…}}
    {"event":"snapshot","data":[[1],[5218,5218],…,[1795404273462]]}

Aggregates of each period (10 s unless asked for otherwise): an array a metric, in the order
of the names of all metrics told so far; what the numbers in it are is said in `param`.
Times are epoch milliseconds, durations milliseconds. `cumulative` is of the whole test.

Source: https://grafana.com/docs/k6/latest/results-output/web-dashboard/
"""

from __future__ import annotations

import base64
import math
import re
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson

from diagnose.badlines import BadLines
from diagnose.errors import UnreadableSource
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile, decode
from diagnose.readings import Fact, Load, LoadSeries, Reading

from ._k6_totals import MEDIAN, P95, P99, Summary

DATA = re.compile(rb'<script id="data"[^>]*gzip; base64[^>]*>([A-Za-z0-9+/=\s]+)')
NAN = math.nan


def recognizes(head: Head) -> float:
    """By its first event, or the title of the report."""
    if head.lines and head.lines[0].startswith('{"event":"param"'):
        return 0.97
    html = "<html" in head.text[:500] and "k6" in head.text[:3000]
    return 0.9 if html and ('id="data"' in head.text or "k6 report" in head.text.lower()) else 0.0


@collector(
    kind="k6_dashboard",
    title="k6 web dashboard",
    recognizes=recognizes,
    role="load_generator",
    tool="k6",
    gives=("series", "percentiles", "users", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One LoadSeries from the snapshots, totals from the last cumulative event."""
    reading = Reading(facts=[Fact("load.tool", "k6")])
    record = _Record()
    for number, line in _lines(raw):
        try:
            event = orjson.loads(line)
            record.take(number, event["event"], event["data"])
        except (ValueError, KeyError, TypeError, AttributeError):
            bad.note(number, line)
    if not record.rows:
        reading.notes.append("it holds no snapshots: the test was cut before the first period")
        return reading
    record.summary.metrics["vus"] = {"max": record.most_users()}
    record.summary.fill(reading)
    load = reading.loads[0] if reading.loads else Load("k6")
    reading.loads = [Load("k6", (record.series(),), load.totals, open_model=load.open_model)]
    reading.notes.append(f"aggregates of periods of {record.period_s:g} s, without errors or names")
    return reading


def _lines(raw: RawFile) -> Iterator[tuple[int, str]]:
    """The events, out of the report where it is one."""
    if not decode(raw.head().raw[:500]).lstrip().startswith("<"):
        yield from ((number, line) for number, line in raw.lines() if line.strip())
        return
    match = DATA.search(raw.whole())
    try:
        text = zlib.decompress(base64.b64decode(match[1]), 47) if match else b""
    except (ValueError, zlib.error):
        text = b""
    if not text:
        raise UnreadableSource(
            raw.path,
            "the report of a k6 dashboard, but its data are torn",
            hint="use record= of the web-dashboard output, or --out csv=",
        )
    for number, line in enumerate(text.decode("utf-8", errors="replace").splitlines(), start=1):
        if line.strip():
            yield number, line


class _Record:
    """Events so far."""

    def __init__(self) -> None:
        self.types: dict[str, str] = {}
        self.aggregates: dict[str, list[str]] = {}
        self.period_s = 10.0
        self.last_s = NAN
        self.users = NAN
        self.rows: list[tuple[float, ...]] = []
        self.summary = Summary()

    def take(self, line: int, event: str, data: Any) -> None:
        """One event; what is of no use is passed over."""
        if event == "param":
            self.aggregates = data["aggregates"]
            self.period_s = float(data.get("period", 10_000)) / 1000
        elif event == "metric":
            self.types.update({name: str(each["type"]) for name, each in data.items()})
        elif event == "start":
            self.last_s = float(data[0][0]) / 1000
        elif event == "snapshot":
            self._snapshot(line, self._named(data))
        elif event == "cumulative":
            self.summary.metrics = self._named(data)
            self.summary.line = line
            began_s = self.rows[0][0] - self.rows[0][1] if self.rows else NAN
            at_s = self.summary.value("time", "value") / 1000
            self.summary.duration_s = at_s - began_s

    def _named(self, data: list[list[float]]) -> dict[str, dict[str, float]]:
        """Arrays under the names of their metrics; refused where they do not fit."""
        names = sorted(self.types)
        if len(names) != len(data):
            raise ValueError("another number of metrics than was told")
        made = {}
        for name, values in zip(names, data, strict=True):
            keys = self.aggregates[self.types[name]]
            if values and len(keys) != len(values):
                raise ValueError("another number of aggregates than was told")
            made[name] = dict(zip(keys, values, strict=False))
        return made

    def _snapshot(self, line: int, metrics: dict[str, dict[str, float]]) -> None:
        row = Summary(metrics)
        at_s = row.value("time", "value") / 1000
        width_s = at_s - self.last_s if at_s > self.last_s else self.period_s
        self.last_s = at_s
        users = row.value("vus", "value")
        self.users = self.users if math.isnan(users) else users
        requests = row.value("http_reqs", "count")
        requests = 0.0 if math.isnan(requests) else requests
        share = row.value("http_req_failed", "rate", "value")
        failures = round(requests * share) if requests and not math.isnan(share) else 0.0
        means = [
            row.value("http_req_duration", *names) / 1000 if requests else NAN
            for names in (("avg",), MEDIAN, P95, P99)
        ]
        self.rows.append((at_s, width_s, self.users, requests, failures, *means, float(line)))

    def most_users(self) -> float:
        """NaN where none were told."""
        return max((row[2] for row in self.rows if not math.isnan(row[2])), default=NAN)

    def series(self) -> LoadSeries:
        """One row a period."""
        columns = [np.array(column, float) for column in zip(*self.rows, strict=True)]
        at_s, width_s, users, requests, failures, mean_s, p50_s, p95_s, p99_s, lines = columns
        return LoadSeries(
            at_s,
            width_s,
            users,
            requests,
            failures,
            mean_s,
            p50_s,
            p95_s,
            p99_s,
            lines.astype(np.int64),
        )
