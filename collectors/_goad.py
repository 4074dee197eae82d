"""goad's numbers under whatever name its version writes them."""

from __future__ import annotations

import math
import re
from typing import Any

from diagnose.readings import Load, LoadTotals

from ._json_objects import number_of, part_of
from ._load_failures import Failures, is_failure
from ._printed_numbers import whole

# Name since 2.0.2, and before it.
REQUESTS = ("TotalReqs", "total-reqs", "request-count")
TIMED_OUT = ("TotalTimedOut", "total-timed-out", "timed-out")
NO_CONNECTION = ("TotalConnectionError", "total-conn-error", "connection-errors")
MEAN = ("AveTimeForReq", "ave-time-for-req")
SLOWEST = ("Slowest", "slowest")
RATE = ("AveReqPerSec", "ave-req-per-sec")
STATUSES = ("Statuses", "statuses")
FATAL = ("FatalError", "fatal-error")
NS = 1e9
NO_CLOCK = (
    "goad writes no times and no percentiles: when something happened only access logs can tell"
)
SUMMED = "its rate and its means are put together from those of its lambdas"
DIGITS = re.compile(r"[1-5]\d\d$")


def value_of(document: dict[str, Any], names: tuple[str, ...]) -> float:
    """A number under the first name that the document has."""
    return next((number_of(document[name]) for name in names if name in document), math.nan)


def text_of(document: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((str(document[name]) for name in names if document.get(name)), "")


def is_result(document: Any) -> bool:
    """Whether an object is goad's result of a region, or of all."""
    if not isinstance(document, dict):
        return False
    return any(n in document for n in REQUESTS) and any(n in document for n in STATUSES)


def failures_of(document: dict[str, Any], line: int) -> Failures:
    """Answers of 400 and above, and what had no answer: goad has no status for it."""
    failures = Failures()
    statuses = next((part_of(document, n) for n in STATUSES if n in document), {})
    for status, times in statuses.items():
        if DIGITS.match(status) and is_failure(int(status)):
            failures.status(status, whole(number_of(times)), line)
    failures.named("timed out", whole(value_of(document, TIMED_OUT)), line, "timeout")
    no_connection = whole(value_of(document, NO_CONNECTION))
    failures.named("connection errors", no_connection, line, "other")
    answered = sum(whole(number_of(times)) for times in statuses.values())
    lost = whole(value_of(document, TIMED_OUT)) + no_connection
    rest = whole(value_of(document, REQUESTS)) - answered - lost
    failures.named("without a status", rest, line, "other")
    return failures


def together(regions: list[dict[str, Any]]) -> dict[str, Any]:
    """One result of several regions, where "overall" is missing."""
    requests = [value_of(region, REQUESTS) for region in regions]
    means = [value_of(region, MEAN) for region in regions]
    statuses: dict[str, float] = {}
    for region in regions:
        told = next((part_of(region, name) for name in STATUSES if name in region), {})
        for status, times in told.items():
            statuses[status] = statuses.get(status, 0.0) + number_of(times)
    summed = {
        names[0]: math.fsum(value_of(region, names) for region in regions)
        for names in (REQUESTS, TIMED_OUT, NO_CONNECTION, RATE)
    }
    total = math.fsum(requests)
    spent = math.fsum(n * mean for n, mean in zip(requests, means, strict=True))
    slowest = max(value_of(region, SLOWEST) for region in regions)
    mean = spent / total if total else math.nan
    return {**summed, STATUSES[0]: statuses, MEAN[0]: mean, SLOWEST[0]: slowest}


def load_from(document: dict[str, Any], line: int) -> Load:
    """A result as totals; goad's times are nanoseconds."""
    failures = failures_of(document, line)
    answered = value_of(document, SLOWEST) > 0
    totals = LoadTotals(
        whole(value_of(document, REQUESTS)),
        failures.total,
        value_of(document, MEAN) / NS if answered else math.nan,
        throughput_per_s=value_of(document, RATE) or math.nan,
        line=line,
        max_s=value_of(document, SLOWEST) / NS if answered else math.nan,
    )
    return Load("goad", totals=(totals,), errors=failures.errors(), open_model=False)
