"""Values of access logs: numbers, times and lists of upstream tries, each read once.

nginx writes "-" (in JSON often "") where a value is missing, and lists where a request was
tried more than once: "0.010, 0.200 : 0.005" ("," next server, ":" internal redirect).

Source: https://nginx.org/en/docs/http/ngx_http_upstream_module.html#variables
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Value: TypeAlias = str | float | None

REMEMBERED = 65_536  # distinct values kept; a busy log repeats the same few thousand
TIME_LOCAL = r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}"
TIME_ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_LOCAL = re.compile(rf"\[?{TIME_LOCAL}\]?")
_BETWEEN_TRIES = re.compile(r", | : |,")


class Remembered(dict[Value, float]):
    """A function's answers by value; emptied when full, so that memory stays bounded."""

    def __init__(self, work: Callable[[Value], float]) -> None:
        super().__init__()
        self._work = work

    def __missing__(self, value: Value) -> float:
        if len(self) >= REMEMBERED:
            self.clear()
        answer = self[value] = self._work(value)
        return answer


def number(value: Value) -> float:
    """One number; NaN where there is none.

    >>> number("0.225"), number(200), number("-"), number("torn")
    (0.225, 200.0, nan, nan)
    """
    if value is None or value == "":
        return math.nan
    try:
        return float(value)
    except ValueError:
        return math.nan


def tries(value: Value) -> list[str]:
    """The tries of a list.

    >>> tries("10.0.0.1:80, unix:/run/a : [::1]:80"), tries("-")
    (['10.0.0.1:80', 'unix:/run/a', '[::1]:80'], [])
    """
    text = str(value) if value is not None else ""
    return _BETWEEN_TRIES.split(text) if text not in ("", "-") else []


def sum_of_tries(value: Value) -> float:
    """All tries together, for the client waited through each; NaN where none was timed.

    >>> sum_of_tries("0.250, 0.500"), sum_of_tries("-, 0.001"), sum_of_tries("-")
    (0.75, 0.001, nan)
    """
    times = [t for t in map(number, map(str.strip, tries(value))) if not math.isnan(t)]
    return math.fsum(times) if times else math.nan


def last_number(value: Value) -> float:
    """The last try's number, NaN where the try ended without one: "502, 200" is 200."""
    found = tries(value)
    return number(found[-1].strip()) if found else math.nan


def count_of_tries(value: Value) -> float:
    """How many tries: 0 where no upstream was asked."""
    return float(len(tries(value)))


def first_of_connection(value: Value) -> float:
    """1 where $connection_requests is 1."""
    count = number(value)
    return count if math.isnan(count) else float(count == 1.0)


def when(value: Value) -> float:
    """Epoch seconds of a time as access logs write it; NaN if it is none.

    >>> when("23/Nov/2026:03:13:41 +0100"), when("2026-11-23T03:13:41.5+01:00")
    (1795400021.0, 1795400021.5)
    >>> when("1795403621.921"), when(1795403621921), when("yesterday")
    (1795403621.921, 1795403621.921, nan)
    """
    at = number(value)
    if not math.isnan(at):
        return _scaled(at)
    text = str(value)
    try:
        if _LOCAL.fullmatch(text):
            return datetime.strptime(text.strip("[]"), "%d/%b/%Y:%H:%M:%S %z").timestamp()
        found = datetime.fromisoformat(text.strip("[]").replace(",", "."))
    except (ValueError, OverflowError):
        return math.nan
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _scaled(epoch: float) -> float:
    """Seconds from an epoch in s, ms, µs or ns; what is none of our century is no time."""
    if not math.isfinite(epoch):
        return math.nan
    for power in (1.0, 1e3, 1e6, 1e9):
        if 1e8 <= epoch / power < 1e10:
            return epoch / power
    return math.nan


def bears_no_zone(value: Value) -> bool:
    """Whether a time that can be read says no zone.

    >>> bears_no_zone("2026-11-23 03:13:41"), bears_no_zone("2026-11-23T03:13:41Z")
    (True, False)
    """
    text = str(value).strip("[]")
    if not math.isnan(number(value)) or _LOCAL.fullmatch(text):
        return False
    return re.fullmatch(TIME_ISO, text) is not None and not re.search(
        r"(?:Z|[+-]\d\d:?\d\d)$", text[10:]
    )
