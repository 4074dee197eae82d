"""oha --output-format json (-j before 1.9): one object.

    {"summary":{"successRate":1.0,"total":45.97,"slowest":1.43,"average":0.172,
     "requestsPerSec":293.6,…},"latencyPercentiles":{"p50":0.021,"p95":0.986,"p99":1.153},
     "statusCodeDistribution":{"200":11535,"503":1747},"errorDistribution":{"timeout":3}}

Seconds (metrics.latency_ms, since 1.15, repeats them in milliseconds). successRate counts every
answer, whatever its status. "aborted due to deadline" are requests in flight when the time was
up: no failures, though requestsPerSec counts them. NaN is written as null. No time of day, and
not the number of connections. With -q and --latency-correction latencies count from when a
request was due: the file does not say.

Source: https://github.com/hatoo/oha (src/printer.rs, src/result_data.rs).
"""

from __future__ import annotations

import math
from typing import Any

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, LoadTotals, Reading

from ._best_commands import BEST
from ._json_documents import opens_with
from ._json_objects import keys_of, number_of, objects, part_of
from ._load_failures import SOCKETS, Distress, Failures, is_failure
from ._printed_numbers import whole

IN_FLIGHT = "aborted due to deadline"
NAMES = {"summary", "successRate", "requestsPerSec", "latencyPercentiles", "rps"}


def on_flight(times: int) -> str:
    """What to tell of requests in flight at the end."""
    return f"{times:,} requests were in flight when the time was up: they are not counted"


def recognizes(head: Head) -> float:
    """By the names of a result."""
    return 0.97 if keys_of(head) >= NAMES and opens_with(head, "{") else 0.0


@collector(
    kind="oha_json",
    title="oha result (JSON)",
    recognizes=recognizes,
    role="load_generator",
    tool="oha",
    best=BEST["oha"],
    gives=("percentiles", "errors"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load for each object."""
    reading = Reading(facts=[Fact("load.tool", "oha")])
    distress = Distress()
    for line, document, text in objects(raw):
        if document is None or "summary" not in document:
            bad.note(line, text)
            continue
        load = _load(document, line)
        reading.loads.append(load)
        distress.of(load.errors)
        aborted = whole(number_of(part_of(document, "errorDistribution").get(IN_FLIGHT)))
        if aborted:
            reading.notes.append(on_flight(aborted))
    if not reading.loads:
        reading.notes.append("the result breaks off: oha writes it when it ends")
    reading.occurrences = distress.occurrences(*(SOCKETS if reading.loads else ()))
    return reading


def _load(document: dict[str, Any], line: int) -> Load:
    summary, at = part_of(document, "summary"), part_of(document, "latencyPercentiles")
    statuses = part_of(document, "statusCodeDistribution")
    answered = sum(whole(number_of(times)) for times in statuses.values())
    failures = Failures()
    lost = 0
    for status, times in statuses.items():
        if status.isdigit() and is_failure(int(status)):
            failures.status(status, whole(number_of(times)), line)
    for text, times in part_of(document, "errorDistribution").items():
        if text != IN_FLIGHT:
            failures.named(text, whole(number_of(times)), line)
            lost += whole(number_of(times))
    length_s = number_of(summary.get("total"))

    def told(value: Any) -> float:
        return number_of(value) if answered else math.nan

    totals = LoadTotals(
        answered + lost,
        failures.total,
        told(summary.get("average")),
        told(at.get("p50")),
        told(at.get("p95")),
        told(at.get("p99")),
        (answered + lost) / length_s if length_s > 0 else math.nan,
        line=line,
        max_s=told(summary.get("slowest")),
        duration_s=length_s,
    )
    return Load("oha", totals=(totals,), errors=failures.errors(), open_model=False)
