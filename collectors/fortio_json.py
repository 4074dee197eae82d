"""fortio load -json: one object a run.

    {"RunType":"HTTP","StartTime":"2026-…Z","RequestedQPS":"260","ActualQPS":195.1,
     "ActualDuration":25319994797,"NumThreads":60,"Version":"1.75.2",
     "DurationHistogram":{"Count":4940,"Min":…,"Max":…,"Avg":0.304,"Percentiles":[{"Percentile":50,
     "Value":0.309},…]},"ErrorsDurationHistogram":{"Count":0,…},"RetCodes":{"200":4940}}

Seconds, but ActualDuration nanoseconds; RequestedQPS is text, "max" or "0" for no limit.
Percentiles are interpolated in a histogram of -r (1 ms, growing), those that -p asked for; a
missing one is interpolated from the buckets. A connection waits for its answer before it sends
again: at overload the rate is not reached (closed model with a ceiling). Code -1 is no answer;
its time is in the histogram.

Source: https://github.com/fortio/fortio (periodic/results.go, stats/stats.go).
"""

from __future__ import annotations

import math
from typing import Any

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, LoadTotals, Reading
from diagnose.stamps import stamp_s
from diagnose.units import show

from ._best_commands import BEST
from ._fortio import failures_of
from ._json_documents import rows
from ._json_objects import keys_of, number_of, objects, part_of
from ._printed_numbers import whole

HELD = 0.95  # of the rate that was asked for (a choice)


def recognizes(head: Head) -> float:
    """By the names of a run; the object may stand below lines of its log."""
    return 0.97 if {"RunType", "RequestedQPS", "ActualQPS", "NumThreads"} <= keys_of(head) else 0.0


@collector(
    kind="fortio_json",
    title="fortio result (JSON)",
    recognizes=recognizes,
    role="load_generator",
    tool="fortio",
    best=BEST["fortio"],
    gives=("percentiles", "errors", "users", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load a run."""
    facts = {"load.tool": Fact("load.tool", "fortio")}
    reading = Reading()
    for line, document, text in objects(raw):
        if document is None:
            bad.note(line, text)
        elif "DurationHistogram" in document:
            load = _load(document, line)
            reading.loads.append(load)
            reading.notes.extend(_notes(load.totals[0]))
            if version := document.get("Version"):
                facts["load.version"] = Fact("load.version", str(version), line=line)
    if not reading.loads:
        reading.notes.append("the result breaks off: fortio writes it when a run ends")
    reading.facts = list(facts.values())
    return reading


def _load(document: dict[str, Any], line: int) -> Load:
    histogram = part_of(document, "DurationHistogram")
    codes = {k: whole(number_of(n)) for k, n in part_of(document, "RetCodes").items()}
    failures = failures_of(codes, line)
    requests = whole(number_of(histogram.get("Count")))
    errors = number_of(part_of(document, "ErrorsDurationHistogram").get("Count"))
    p50, p95, p99 = (_percentile(histogram, p) for p in (50.0, 95.0, 99.0))
    totals = LoadTotals(
        requests,
        failures.total if codes else whole(errors),
        number_of(histogram.get("Avg")) if requests else math.nan,
        p50,
        p95,
        p99,
        number_of(document.get("ActualQPS")),
        line=line,
        max_s=number_of(histogram.get("Max")) if requests else math.nan,
        duration_s=number_of(document.get("ActualDuration")) / 1e9,
        users=number_of(document.get("NumThreads")),
        offered_per_s=offered_per_s(document.get("RequestedQPS")),
        began_s=stamp_s(str(document.get("StartTime", ""))),
    )
    return Load("fortio", totals=(totals,), errors=failures.errors(), open_model=False)


def offered_per_s(asked: Any) -> float:
    """The rate that was asked for; NaN where there was no limit.

    >>> offered_per_s("260"), offered_per_s("max"), offered_per_s("0")
    (260.0, nan, nan)
    """
    try:
        rate = float(str(asked))
    except ValueError:
        return math.nan
    return rate if rate > 0 else math.nan


def _percentile(histogram: dict[str, Any], percent: float) -> float:
    """As fortio tells it, else within the bucket that it falls into."""
    for each in rows(histogram.get("Percentiles")):
        if number_of(each.get("Percentile")) == percent:
            return number_of(each.get("Value"))
    below = 0.0
    for bucket in rows(histogram.get("Data")):
        reached = number_of(bucket.get("Percent"))
        start, end = number_of(bucket.get("Start")), number_of(bucket.get("End"))
        if reached >= percent > below:
            return start + (end - start) * (percent - below) / (reached - below)
        below = reached
    return math.nan


def _notes(totals: LoadTotals) -> list[str]:
    if not totals.throughput_per_s < HELD * totals.offered_per_s:
        return []
    return [
        f"the rate was not reached: {show(totals.throughput_per_s, '1/s')} of "
        f"{show(totals.offered_per_s, '1/s')}: each of its {totals.users:.0f} connections waited "
        "for answers"
    ]
