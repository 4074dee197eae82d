"""Which field of a request's row is what, by the names that people give them."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass

BEGAN = ("start", "start_time", "started", "began", "begin", "start_ms", "start_s", "starttime")
ENDED = ("end", "end_time", "ended", "finish", "finished", "end_ms", "end_s", "endtime")
STAMPS = ("timestamp", "time", "ts", "date", "datetime", "@timestamp", "at")
TOOK = ("duration", "elapsed", "latency", "response_time", "responsetime", "took", "total_time")
NAMES = ("name", "label", "request", "request_name", "transaction", "endpoint", "url", "path")
METHODS = ("method", "type", "request_type", "verb")
STATUSES = ("status", "status_code", "statuscode", "code", "response_code", "http_status")
GOOD = ("success", "ok", "passed")
BAD = ("failed", "failure", "is_error")
ERRORS = ("error", "exception", "error_message", "failure_message", "err")
USERS = ("users", "user_count", "vus", "threads", "active_users")
SERVERS = ("level", "msg", "remote_ip", "remote_addr", "upstream", "logger", "client_ip")
UNITS = {
    **{"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "seconds": 1.0},
    **{"msec": 1e-3, "millis": 1e-3, "milliseconds": 1e-3, "microseconds": 1e-6},
}
SUFFIX = re.compile(r"^(.*?)[_ .(\[]*\b(?:in )?(" + "|".join(UNITS) + r")[)\]]?$")
NONE = ("", "null", "none", "nan", "-", "false", "0")


@dataclass(frozen=True, slots=True)
class Fields:
    """Names of the fields of one file; "" for one that it lacks. unit_s: NaN where none is told."""

    at: str
    ended: bool  # `at` is when the request ended
    took: str
    unit_s: float
    name: str = ""
    method: str = ""
    status: str = ""
    good: str = ""
    bad: str = ""
    error: str = ""
    users: str = ""

    @property
    def told(self) -> bool:
        """Whether a load generator's words are in it, not only what a server's log has as well."""
        return bool(self.name and (self.good or self.bad or self.error))


def fields_of(names: Collection[str]) -> Fields | None:
    """The fields of a row (lower case); None where there is no time or no duration.

    >>> fields_of(["start", "name", "ms", "error"]).unit_s
    0.001
    """
    if any(name in names for name in SERVERS):
        return None
    took, unit_s = _took(names)
    at = _first(names, (*BEGAN, *ENDED, *STAMPS))
    if not took or not at:
        return None
    made = (_first(names, own) for own in (NAMES, METHODS, STATUSES, GOOD, BAD, ERRORS, USERS))
    return Fields(at, at in ENDED, took, unit_s, *made)


def _first(names: Collection[str], wanted: tuple[str, ...]) -> str:
    return next((name for name in wanted if name in names), "")


def _took(names: Collection[str]) -> tuple[str, float]:
    """The field of the duration with its unit; NaN for a name without one."""
    for name in names:
        if name in UNITS:
            return name, UNITS[name]
        match = SUFFIX.match(name.replace("_", " "))
        if match and match[1].strip().replace(" ", "_") in TOOK:
            return name, UNITS[match[2]]
    return _first(names, TOOK), math.nan


def failure(status: str, good: str, bad: str, error: str) -> str:
    """Why a request failed; "" where it did not.

    >>> failure("503", "", "", ""), failure("200", "true", "", "null"), failure("0", "", "", "x")
    ('status 503', '', 'x')
    """
    digits = status.strip().removesuffix(".0")
    code = int(digits) if digits.isdigit() else 0
    told = error.strip()
    if told.lower() not in NONE:
        return told
    if code >= 400:
        return f"status {code}"
    failed = good.strip().lower() in ("false", "0", "no", "ko") or (bad.strip().lower() not in NONE)
    return "failed without a word" if failed else ""
