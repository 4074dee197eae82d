"""What a named number of an application log means: a duration, a wait within it, a status.

The unit stands in the name (`dur_ms`, `elapsedSeconds`), in the value ("12.3ms", "1m2.5s"),
or nowhere: `UNSAID` then. Names of waits are made one: db for db/sql/ActiveRecord/query,
pool for wait/queue/pool; others keep theirs. Work of the application itself (views, cpu)
is no wait.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import NamedTuple

UNITS = {
    **dict.fromkeys(("ns", "nanos", "nanosecond", "nanoseconds", "nsec"), 1e-9),
    **dict.fromkeys(("us", "µs", "μs", "micros", "microsecond", "microseconds", "usec"), 1e-6),
    **dict.fromkeys(("ms", "millis", "millisecond", "milliseconds", "msec", "msecs"), 1e-3),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
}
UNSAID = math.nan
NUMBER = r"(?:\d+h)?(?:\d+m(?=\d))?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
_VALUE = re.compile(
    rf"\s*(?:(\d+)h)?(?:(\d+)m(?=\d))?(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*({UNIT})?$"
)

# `total` and `time` mean a duration only where a unit stands with them.
DURATIONS = frozenset(
    [
        "duration",
        "dur",
        "elapsed",
        "latency",
        "took",
        "response_time",
        "request_time",
        "time_taken",
        "total_time",
        "runtime",
        "rt",
        "resp_time",
        "process_time",
        "processing_time",
        "execution_time",
        "exec_time",
        "elapsed_time",
        "request_duration",
        "response_duration",
        "http_request_duration",
        "service",
        "service_time",
        "rtt",
        "http_duration",
        "http_latency",
        "event_duration",
        "duration_human",
        "latency_human",
    ]
)
WITH_UNIT = frozenset(("time", "total", "", "request", "response", "cost"))
_DB = "db sql query queries database activerecord active_record mysql postgres pg mongo db_query"
_POOL = "wait queue pool pool_wait queue_wait wait_queue acquire checkout db_pool connection_wait"
_WAIT_NAMES = {**dict.fromkeys(_DB.split(), "db"), **dict.fromkeys(_POOL.split(), "pool")}
_PLAIN_WAITS = frozenset(("db", "sql", "activerecord", "redis", "cache"))
_NO_WAITS = frozenset(
    [
        "view",
        "views",
        "render",
        "cpu",
        "user",
        "sys",
        "system",
        "gc",
        "allocations",
        "uptime",
        "timeout",
        "start",
        "end",
        "interval",
        "delay",
        "ttl",
        "age",
        "max_age",
        "retry",
        "retry_after",
        "backoff",
        "period",
        "deadline",
        "own",
        "handler",
        "app",
        "threshold",
        "avg",
        "mean",
        "max",
        "min",
        "p50",
        "p90",
        "p95",
        "p99",
        "date",
        "unix",
        "expires",
        "expiry",
        "keepalive",
        "slow_threshold",
        "local",
        "server",
        "session",
        "create",
        "created",
        "update",
        "updated",
        "modified",
        "idle",
    ]
)
_FIELDS = {
    **dict.fromkeys(("method", "http_method", "verb", "request_method"), "method"),
    **dict.fromkeys(("path", "uri", "url", "request_uri", "request_path", "route"), "path"),
    **dict.fromkeys(("endpoint", "target", "original"), "path"),
    **dict.fromkeys(("status", "status_code", "statuscode", "code", "http_status"), "status"),
    **dict.fromkeys(("http_status_code", "response_code", "response_status"), "status"),
    **dict.fromkeys(("res_status", "res_status_code", "response_status_code"), "status"),
}
# event.duration of the Elastic Common Schema is in ns; request_time comes from nginx's kin.
_BY_CUSTOM = {"event_duration": 1e-9, "request_time": 1.0}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TAIL = re.compile(r"_(?:time|times|duration|dur|latency|wait|elapsed)$")


class Meaning(NamedTuple):
    """What a name stands for.

    kind is "duration", "wait", "status", "method", "path", "unit" (a wait if its value bears
    a unit) or "".
    """

    kind: str
    name: str
    wait: str = ""
    scale: float = UNSAID  # seconds per unit of the value, where the name says it
    plain: bool = False  # a wait only because the duration beside it has no unit either


@lru_cache(maxsize=4096)
def meaning(name: str) -> Meaning:
    """What a field of that name holds.

    >>> meaning("dur_ms").kind, meaning("responseTimeMs").scale, meaning("wait_ms").wait
    ('duration', 0.001, 'pool')
    >>> meaning("ActiveRecord").wait, meaning("redis_time").wait, meaning("view_ms").kind
    ('db', 'redis', '')
    """
    base, scale = _base_and_unit(name)
    if base in _FIELDS:
        return Meaning(_FIELDS[base], name)
    if base in DURATIONS or (base in WITH_UNIT and not math.isnan(scale)):
        return Meaning(
            "duration", name, scale=_BY_CUSTOM.get(base, scale) if math.isnan(scale) else scale
        )
    stem = _TAIL.sub("", base)
    if not stem or stem in _NO_WAITS or base in _NO_WAITS:
        return Meaning("", name)
    wait = _WAIT_NAMES.get(stem, stem)
    if stem != base or not math.isnan(scale):
        return Meaning("wait", name, wait, scale)
    if stem in _PLAIN_WAITS:
        return Meaning("wait", name, wait, plain=True)
    return Meaning("unit", name, wait)


def _base_and_unit(name: str) -> tuple[str, float]:
    snake = _CAMEL.sub("_", name).lower().replace("-", "_").replace(".", "_")
    parts = snake.split("_")
    scale = UNITS.get(parts[-1], UNSAID) if parts[-1] != "m" else UNSAID
    if not math.isnan(scale):
        parts.pop()
        if parts and parts[-1] == "in":
            parts.pop()
    return "_".join(parts), scale


def seconds(value: object, scale: float) -> tuple[float, bool]:
    """(seconds, whether the unit was said) of a value; a value without any unit is in ms.

    >>> seconds("1m2.5s", UNSAID), seconds("350µs", UNSAID), seconds(12, 1e-3), seconds(12, UNSAID)
    ((62.5, True), (0.00035, True), (0.012, True), (0.012, False))
    """
    said = not math.isnan(scale)
    if isinstance(value, str):
        try:
            return float(value) * (scale if said else 1e-3), said
        except ValueError:
            match = _VALUE.match(value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value) * (scale if said else 1e-3), said
    else:
        match = None
    if match is None:
        return math.nan, True
    hours, minutes, number, unit = match.groups()
    before = 3600.0 * int(hours or 0) + 60.0 * int(minutes or 0)
    if unit or before:
        return before + float(number) * UNITS[unit or "s"], True
    return float(number) * (scale if said else 1e-3), said
