"""k6's samples in JSON (`--out json=`): one line a definition of a metric or a sample of one.

    {"type":"Metric","data":{"name":"http_reqs","type":"counter",…},"metric":"http_reqs"}
    {"metric":"http_req_duration","type":"Point","data":{"time":"2026-11-23T03:25:07.78Z",
     "value":23.94,"tags":{"method":"GET","name":"…","status":"200","expected_response":"true"}}}

It is no JSON document. Times bear a zone and nanoseconds and are the ends of requests;
durations are milliseconds.

Source: https://grafana.com/docs/k6/latest/results-output/real-time/json/
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import orjson

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Reading

from ._generator_distress import distress
from ._k6_points import WANTED, Points, Tags

KEY = '"metric":"'
GATHERED = 8192


def recognizes(head: Head) -> float:
    """By its first whole line."""
    for line in head.lines[:5]:
        if line.startswith("{") and '"type":"Point"' in line and KEY in line and '"tags"' in line:
            return 0.97
        if line.startswith("{") and '"type":"Metric"' in line and '"contains":' in line:
            return 0.97
    return 0.0


@collector(
    kind="k6_json",
    title="k6 samples (JSON lines)",
    recognizes=recognizes,
    role="load_generator",
    tool="k6",
    gives=("series", "percentiles", "errors", "users", "routes", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load: the curve of all requests and of each name."""
    reading = Reading(facts=[Fact("load.tool", "k6")])
    points = Points()
    points.whole_seconds = False
    gathered: dict[str, list[tuple[float, float, int, int]]] = {}
    for number, line in raw.lines():
        at = line.find(KEY)
        metric = line[at + len(KEY) : line.find('"', at + len(KEY))] if at >= 0 else ""
        if metric not in WANTED and metric:
            continue
        point = _point(line, points)
        if point is None:
            if line.strip() and '"type":"Metric"' not in line:
                bad.note(number, line)
            continue
        rows = gathered.setdefault(metric, [])
        rows.append((*point[:2], number, point[2]))
        if len(rows) >= GATHERED:
            _store(metric, rows, points)
    for metric, rows in gathered.items():
        _store(metric, rows, points)
    if not points.at:
        reading.notes.append("it holds no samples")
        return reading
    load = points.load(reading.notes)
    reading.loads.append(load)
    reading.occurrences.extend([points.dropped(), *distress(load)])
    return reading


def _point(line: str, points: Points) -> tuple[float, float, int] | None:
    """(time, value, tags) of a sample; None for what is none."""
    try:
        document = orjson.loads(line)
        data: dict[str, Any] = document["data"]
        at_s = datetime.fromisoformat(data["time"]).timestamp()
        return at_s, float(data["value"]), points.tags.of(_tags(data.get("tags") or {}))
    except (ValueError, KeyError, TypeError):
        return None


def _tags(tags: dict[str, Any]) -> Tags:
    return Tags(
        str(tags.get("name") or tags.get("url") or ""),
        str(tags.get("method", "")),
        str(tags.get("status", "")),
        str(tags.get("expected_response", "")),
        str(tags.get("error", "")),
        str(tags.get("error_code", "")),
    )


def _store(metric: str, rows: list[tuple[float, float, int, int]], points: Points) -> None:
    if rows:
        at_s, values, lines, tags = zip(*rows, strict=True)
        points.add(
            metric,
            np.array(at_s, float),
            np.array(values, float),
            np.array(lines, np.int64),
            np.array(tags, np.int32),
        )
        rows.clear()
