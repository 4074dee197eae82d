"""What goad's lambdas send every few seconds, kept by a wrapper: one JSON object a line.

    {"region":"us-east-1","runner-id":1,"request-count":1000,"ave-time-for-req":5946660,
     "time-delta":691329628,"statuses":{"200":773,"500":91},"timed-out":0,"finished":true,…}

Nanoseconds. time-delta is how long it has been since the runner's report before, so that a
runner's reports one behind another give the seconds since it began. Each report is spread
evenly over its stretch; all runners are taken to have begun together.

Source: https://github.com/goadapp/goad (lambda/lambda.go, api/types.go).
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np
import orjson

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Array, Fact, Load, LoadSeries, LoadTotals, Reading

from ._best_commands import BEST
from ._goad import FATAL, MEAN, NS, REQUESTS, SLOWEST, failures_of, is_result, text_of, value_of
from ._json_documents import opens_with
from ._json_objects import keys_of
from ._load_failures import Distress, Failures

LONGEST_S = 900.0  # as long as a lambda may live (AWS's limit)
NOT_TOLD = "times are seconds since the lambdas began, who are taken to have begun together"
Report = tuple[float, float, float, float, float, int]  # from, until, requests, failed, mean, line


def recognizes(head: Head) -> float:
    """By the names of a report."""
    ours = {"request-count", "time-delta", "runner-id", "statuses"} <= keys_of(head)
    return 0.97 if ours and opens_with(head, "{") else 0.0


@collector(
    kind="goad_spool",
    title="goad reports of its lambdas",
    recognizes=recognizes,
    role="load_generator",
    tool="goad",
    best=BEST["goad"],
    gives=("series", "errors"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load of all runners together."""
    reading = Reading(facts=[Fact("load.tool", "goad")], notes=[NOT_TOLD])
    distress, failures = Distress(), Failures()
    reports: list[Report] = []
    since: dict[tuple[str, float], float] = defaultdict(float)
    longest_s = math.nan
    for number, line in raw.lines():
        document = _document(line)
        if document is None:
            if line.strip():
                bad.note(number, line)
            continue
        mine = failures_of(document, number)
        for error in mine.errors():
            failures.named(error.text, error.count, number, error.kind)
        if text_of(document, FATAL):
            distress.add("gave_up", text_of(document, FATAL), number)
        reports.append(_report(document, since, mine.total, number))
        longest_s = float(np.fmax(longest_s, value_of(document, SLOWEST) / NS))
    if reports:
        reading.loads.append(_load(reports, failures, longest_s))
    reading.occurrences = distress.occurrences()
    return reading


def _document(line: str) -> dict[str, Any] | None:
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not is_result(document) or math.isnan(value_of(document, REQUESTS)):
        return None
    return document if value_of(document, ("time-delta",)) / NS <= LONGEST_S else None


def _report(
    document: dict[str, Any], since: dict[tuple[str, float], float], failed: int, line: int
) -> Report:
    runner = (str(document.get("region", "")), value_of(document, ("runner-id",)))
    begun_s = since[runner]
    since[runner] += max(value_of(document, ("time-delta",)) / NS, 0.0)
    requests = value_of(document, REQUESTS)
    mean_s = value_of(document, MEAN) / NS if value_of(document, SLOWEST) > 0 else math.nan
    return begun_s, since[runner], requests, failed, mean_s, line


def _load(reports: list[Report], failures: Failures, longest_s: float) -> Load:
    table = np.array(reports, float)
    cells = max(1, math.ceil(float(table[:, 1].max())))
    requests = _spread(table, table[:, 2], cells)
    spent_s = np.nan_to_num(table[:, 2] * table[:, 4])
    seconds = _spread(table, spent_s, cells)
    none = np.full(cells, np.nan)
    lines = np.zeros(cells, np.int64)
    for row in reports:
        lines[int(row[0]) : math.ceil(row[1])] = row[5]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_s = seconds / np.where((requests > 0) & (seconds > 0), requests, np.nan)
    series = LoadSeries(
        np.arange(1.0, cells + 1),
        np.ones(cells),
        seconds,  # mean number in flight: seconds of response a second
        requests,
        _spread(table, table[:, 3], cells),
        mean_s,
        none,
        none,
        none,
        lines,
    )
    count, length_s = float(table[:, 2].sum()), float(table[:, 1].max())
    totals = LoadTotals(
        int(count),
        int(table[:, 3].sum()),
        float(spent_s.sum()) / count if spent_s.any() else math.nan,
        throughput_per_s=count / length_s if length_s > 0 else math.nan,
        line=int(reports[0][5]),
        max_s=longest_s if longest_s > 0 else math.nan,
        duration_s=length_s,
    )
    return Load(
        "goad",
        (series,),
        (totals,),
        failures.errors(),
        open_model=False,
        relative=True,
        own_users=False,
    )


def _spread(table: Array, amounts: Array, cells: int) -> Array:
    """Amounts of stretches, shared among the seconds that each covers."""
    edges = np.arange(cells + 1, dtype=float)
    out = np.zeros(cells)
    for begin_s, end_s, amount in zip(table[:, 0], table[:, 1], amounts, strict=True):
        if end_s > begin_s:
            share = np.clip(edges, begin_s, end_s)
            out += amount * np.diff(share) / (end_s - begin_s)
        else:
            out[min(int(begin_s), cells - 1)] += amount
    return out
