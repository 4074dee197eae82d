"""autocannon -j: one object a run, runs one behind another.

    {"url":"http://h/api","connections":40,"duration":25.17,"samples":25,"start":"2026-…Z",
     "finish":"2026-…Z","errors":0,"timeouts":0,"non2xx":0,"5xx":0,"statusCodeStats":{"200":…},
     "latency":{"average":206.17,"p50":204,"p97_5":266,"p99":294,"totalCount":4843},
     "requests":{"average":193.72,"total":4843,"sent":4883}}

Latencies are milliseconds; percentiles of `requests` are of counts by second, not of latency.
`errors` have no answer and hold the time-outs; they are in no latency. There is no p95. With -R
latencies are corrected for coordinated omission: more of them are recorded than there were
answers (totalCount). Latencies are 0 where nothing was answered.

Source: https://github.com/mcollina/autocannon (README: the result; lib/run.js).
"""

from __future__ import annotations

import math
from typing import Any

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, LoadTotals, Reading
from diagnose.stamps import stamp_s

from ._best_commands import BEST
from ._json_documents import opens_with
from ._json_objects import keys_of, number_of, objects, part_of
from ._load_failures import Failures, is_failure
from ._printed_numbers import whole

CORRECTED = 1.05  # times as many latencies as answers show that they were corrected (a choice)
ON_CORRECTION = (
    "a rate was asked for (-R): latencies count from when a request was due, and autocannon does "
    "not write the rate"
)


def recognizes(head: Head) -> float:
    """By the names of a result."""
    ours = {"connections", "non2xx", "timeouts", "latency", "2xx"} <= keys_of(head)
    return 0.97 if ours and opens_with(head, "{") else 0.0


@collector(
    kind="autocannon_json",
    title="autocannon result (JSON)",
    recognizes=recognizes,
    role="load_generator",
    tool="autocannon",
    best=BEST["autocannon"],
    gives=("percentiles", "errors", "users", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load a run."""
    reading = Reading(facts=[Fact("load.tool", "autocannon")])
    for line, document, text in objects(raw):
        if document is None or "latency" not in document:
            bad.note(line, text)
            continue
        reading.loads.append(_load(document, line))
        if reading.loads[-1].from_due and ON_CORRECTION not in reading.notes:
            reading.notes.append(ON_CORRECTION)
    if not reading.loads:
        reading.notes.append("the result breaks off: autocannon writes it when a run ends")
    return reading


def _load(document: dict[str, Any], line: int) -> Load:
    latency, requests = part_of(document, "latency"), part_of(document, "requests")
    answered = whole(number_of(requests.get("total")))
    failures = _failures(document, line)
    unanswered = whole(number_of(document.get("errors")))
    corrected = number_of(latency.get("totalCount")) > CORRECTED * answered > 0

    def told(name: str) -> float:
        return number_of(latency.get(name)) / 1000 if answered else math.nan

    totals = LoadTotals(
        answered + unanswered,
        failures.total,
        told("average"),
        told("p50"),
        told("p95"),
        told("p99"),
        _rate(document, requests, answered + unanswered),
        line=line,
        max_s=told("max"),
        duration_s=number_of(document.get("duration")),
        users=number_of(document.get("connections")),
        began_s=stamp_s(str(document.get("start", ""))),
    )
    return Load(
        "autocannon",
        totals=(totals,),
        errors=failures.errors(),
        open_model=None if corrected else False,
        from_due=corrected,
    )


def _rate(document: dict[str, Any], requests: dict[str, Any], ended: int) -> float:
    """Its own mean over seconds, unless requests failed without an answer."""
    length_s = number_of(document.get("duration"))
    if number_of(document.get("errors")) > 0 and length_s > 0:
        return ended / length_s
    return number_of(requests.get("average"))


def _failures(document: dict[str, Any], line: int) -> Failures:
    """By status where the version tells them, else by class."""
    failures = Failures()
    statuses = part_of(document, "statusCodeStats")
    for status in statuses:
        if status.isdigit() and is_failure(int(status)):
            times = number_of(part_of(statuses, status).get("count"))
            failures.status(status, whole(times), line)
    for name in ("4xx", "5xx") if not statuses else ():
        failures.status(name, whole(number_of(document.get(name))), line)
    timed_out = whole(number_of(document.get("timeouts")))
    failures.named("timeout", timed_out, line, "timeout")
    rest = whole(number_of(document.get("errors"))) - timed_out
    failures.named("errors without an answer", rest, line, "other")
    return failures
