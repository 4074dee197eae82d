"""Stamps of log lines: patterns, and what reads the time that each of them matches."""

from __future__ import annotations

import math
import re
from calendar import timegm
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from diagnose.stamps import ZONES

DAY_S = 86_400.0
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS = {name.encode(): number for number, name in enumerate(_MONTHS, 1)}


@dataclass(frozen=True, slots=True)
class HostTime:
    """What is known of a host's clock: its zone then, and the time that nothing is after."""

    utc_offset_s: float = 0.0  # seconds east of UTC
    now_s: float = 4e9


Match: TypeAlias = re.Match[bytes]
Read: TypeAlias = Callable[[Match, HostTime], float]


@lru_cache(maxsize=4096)  # a busy log bears the same second thousands of times
def _utc(year: int, month: int, day: int, clock: bytes) -> float:
    hour, minute, second = (int(part) for part in clock.split(b":"))
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 62):
        raise ValueError(clock)
    return float(timegm((year, month, day, hour, minute, min(second, 59))))


def _fraction(part: bytes | None) -> float:
    return float(b"0." + part) if part else 0.0


def _east_s(zone: bytes | None, host: HostTime) -> float:
    """Seconds east of UTC that a zone says; the host's where it says none that is known."""
    zone = (zone or b"").strip()
    if zone[:1] in (b"+", b"-"):
        digits = zone[1:].replace(b":", b"")
        seconds = 3600.0 * int(digits[:2]) + 60.0 * int(digits[2:4] or 0)
        return -seconds if zone[:1] == b"-" else seconds
    hours = ZONES.get(zone.decode("ascii", "replace"))
    return host.utc_offset_s if hours is None else 3600.0 * hours


def iso(match: Match, host: HostTime) -> float:
    """A date and a clock, with a zone or without."""
    year, month, day, clock, part, zone = match.group(
        "year", "month", "day", "clock", "part", "zone"
    )
    at_s = _utc(int(year), int(month), int(day), clock) + _fraction(part)
    return at_s - _east_s(zone, host)


def clf(match: Match, host: HostTime) -> float:
    """The common log format's stamp."""
    day, month, year, clock, part, zone = match.group(
        "day", "name", "year", "clock", "part", "zone"
    )
    at_s = _utc(int(year), MONTHS.get(month, 0), int(day), clock) + _fraction(part)
    return at_s - _east_s(zone, host)


def syslog(match: Match, host: HostTime) -> float:
    """A month, a day and a clock; a year where one is written."""
    name, day, clock, part, year = match.group("name", "day", "clock", "part", "year")
    month = MONTHS.get(name, 0)
    local_now = host.now_s + host.utc_offset_s + DAY_S
    newest = 1970 + int(local_now / 31_556_952)
    for one in [int(year)] if year else range(newest + 1, newest - 9, -1):
        at_s = _utc(one, month, int(day), clock) + _fraction(part)
        if year or at_s <= local_now:
            return at_s - host.utc_offset_s
    raise ValueError(name)


def short_date(match: Match, host: HostTime) -> float:
    """`261123  4:05:06`, local time."""
    day = match["short"]
    at_s = _utc(2000 + int(day[:2]), int(day[2:4]), int(day[4:6]), match["clock"])
    return at_s - host.utc_offset_s


def epoch(match: Match, host: HostTime) -> float:
    """Seconds, or a thousandth of them, since 1970."""
    return _scaled(float(match["epoch"]))


def _scaled(number: float) -> float:
    """Seconds of an epoch in s, ms, µs or ns."""
    for scale in (1.0, 1e3, 1e6, 1e9):
        if 8e8 <= number / scale < 8e9:
            return number / scale
    return math.nan


_TEXTS: tuple[tuple[re.Pattern[bytes], Read], ...]


def value(match: Match, host: HostTime) -> float:
    """The value of a key: a number, or a text in any of the shapes."""
    text = match["value"]
    for pattern, read in _TEXTS:
        if found := pattern.match(text):
            return read(found, host)
    return math.nan


def slow(match: Match, host: HostTime) -> float:
    """The end of a slow statement: collectors/mysql_slow_log.py says which field is what."""
    time, stamp = match["time"] or b"", match["stamp"]
    dated = _TEXTS[0][0].match(time)
    if dated and (dated["zone"] or not stamp):
        return iso(dated, host)
    if stamp:
        mariadb = b"QC_hit: " in match[0] and b"Thread_id: " in match[0]
        return float(stamp) + (float(match["took"]) if mariadb else 0.0)
    short = SHORT.match(time)
    return short_date(short, host) if short else math.nan


_NAMES = rb"(?P<name>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = rb"(?P<clock>\d?\d:\d\d:\d\d)"
_PART = rb"(?:[.,](?P<part>\d{1,9}))?"
_ABBREVIATIONS = "|".join(sorted(ZONES, key=len, reverse=True)).encode()
_ZONE = rb"(?P<zone>Z|[ ]?[+-]\d\d(?::?\d\d)?(?![\d:])|[ ](?:" + _ABBREVIATIONS + rb")\b)?"
ISO = rb"(?P<year>20\d\d)[-/](?P<month>\d\d)[-/](?P<day>\d\d)(?:[T ]|[ ]-)[ ]?" + (
    _CLOCK + _PART + _ZONE
)
CLF = (
    rb"(?P<day>\d\d)/"
    + _NAMES
    + rb"/(?P<year>\d{4}):"
    + _CLOCK
    + _PART
    + rb"(?: (?P<zone>[+-]\d{4}))?"
)
SYSLOG = (
    rb"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?"
    + _NAMES
    + rb" +(?P<day>\d\d?) "
    + _CLOCK
    + _PART
    + rb"(?: (?P<year>20\d\d))?"
)
EPOCH = rb"(?P<epoch>1\d{9}(?:\.\d{1,9}|\d{3}|\d{6}|\d{9})?)(?![\w.:-])"
KEY = rb"(?:@timestamp|@t|timestamp|time_iso8601|time_local|time|ts|t|datetime|asctime|msec|date)"
SHORT = re.compile(rb"(?P<short>\d{6}) +" + _CLOCK)
_TEXTS = (
    (re.compile(ISO), iso),
    (re.compile(rb"\[?" + EPOCH), epoch),
    (re.compile(rb"\[?" + CLF), clf),
    (re.compile(SYSLOG), syslog),
)
