"""By how much a host's clock is off ours: read several times, each between two looks at ours.

A reading was made after it was asked for and before its answer came, so it bounds the offset
from both sides, however unequal the two ways are; the bounds of all readings together are
the estimate and its error. The quickest answer alone gives half its round trip as the error.

Source: Cristian, Probabilistic clock synchronization (1989), doi:10.1007/BF01784024;
Marzullo and Owicki (1983), doi:10.1145/1041680.1041681 (meeting of intervals)
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass

from diagnose.hosts.session import Session, output
from diagnose.manifest import NAN, ClockReading, HostClock

READINGS = 7
SECONDS = 10.0  # for one reading (a choice)
NANO = "date +%s.%N"
FLOAT_S = 2e-6  # what a float can tell apart of seconds since 1970, with room
UPTIME_TICK_S = 0.01  # /proc/uptime has two decimals
UPTIME = 'read -r up rest </proc/uptime && echo "$up"'
# BusyBox's date may lack %N: where a second begins on the clock that runs since the boot.
# The wait is bounded, for a clock that stands still.
EDGE = (
    "s=$(date +%s); n=$s; i=0; "
    'while [ "$n" = "$s" ] && [ $i -lt 5000 ]; do read -r a r </proc/uptime; '
    "n=$(date +%s); read -r b r </proc/uptime; i=$((i+1)); done; "
    '[ "$n" != "$s" ] && echo "$n $a $b"'
)
ZONE = 'date +%z; echo "${TZ-}"; cat /etc/timezone 2>/dev/null || readlink /etc/localtime; true'
_AREA = re.compile(r"(?:.*/zoneinfo/)?((?:[A-Z][A-Za-z]+/)+[\w+/-]+|UTC)$")


@dataclass(frozen=True, slots=True)
class ClockReadings:
    """A host's clock at one end of the run; `why` says why there is no reading."""

    readings: tuple[ClockReading, ...] = ()
    utc_offset_s: float = NAN
    zone: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Offset:
    """A host's clock minus ours, within ± error_s, at a moment of our clock."""

    offset_s: float = NAN
    error_s: float = NAN
    at_s: float = NAN


class _Ours:
    """Our wall clock, carried on by the monotonic one: a step of ours harms no reading."""

    def __init__(self) -> None:
        self._ahead = time.time() - time.monotonic()

    def now_s(self) -> float:
        return self._ahead + time.monotonic()


def measure(session: Session, n: int = READINGS) -> ClockReadings:
    """Read a host's clock `n` times, and its zone once. Takes n round trips and two more.

    Where date(1) has whole seconds only, the place of one second's beginning on
    /proc/uptime is found first (up to a second of one core).
    """
    if session.target.device:
        return ClockReadings(why=f"a clock of {session.target.device} is not read")
    ours = _Ours()
    first, why = _read(session, NANO, ours)
    if first is None:
        return ClockReadings(why=why)
    if "." in first[0]:
        found = [first, *(again for _ in range(n - 1) if (again := _read(session, NANO, ours)[0]))]
        readings = [ClockReading(float(text), *when) for text, when in found if _number(text)]
    else:
        readings = _by_uptime(session, n, ours)
    offset_s, zone = _zone(session)
    return ClockReadings(tuple(readings), offset_s, zone)


def _read(
    session: Session, command: str, ours: _Ours
) -> tuple[tuple[str, tuple[float, float]] | None, str]:
    """The first line of a command's output, and our clock before and when it came."""
    came: list[float] = []
    parts: list[bytes] = []

    def sink(data: bytes) -> None:
        if b"\n" not in b"".join(parts):
            came[:] = [ours.now_s()]
        parts.append(data)

    before = ours.now_s()
    done = session.run(command, sink, seconds=SECONDS, limit=4096)
    text = b"".join(parts).decode("utf-8", "replace").partition("\n")[0].strip()
    text = re.sub(r"\.?%?N?$", "", text)  # what date(1) leaves of a %N that it does not know
    if not came or not _number(text):
        return None, done.stderr.strip().partition("\n")[0] or "date printed no time"
    return (text, (before, came[0])), ""


def _number(text: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)?", text) is not None


def _by_uptime(session: Session, n: int, ours: _Ours) -> list[ClockReading]:
    """Readings of /proc/uptime, set right by where a second of the clock begins on it."""
    _, raw = output(session, EDGE, seconds=SECONDS)
    numbers = [float(w) for w in raw.decode("ascii", "replace").split() if _number(w)]
    if len(numbers) != 3:
        found = [_read(session, "date +%s", ours)[0] for _ in range(n)]
        return [ClockReading(float(text), *when, 1.0) for f in found if f for text, when in (f,)]
    second, low, high = numbers  # it began between two readings of the uptime
    booted_s = second - high - UPTIME_TICK_S
    unsure_s = high - low + 2 * UPTIME_TICK_S
    ups = [_read(session, UPTIME, ours)[0] for _ in range(n)]
    return [
        ClockReading(booted_s + float(text), *when, unsure_s + UPTIME_TICK_S)
        for up in ups
        if up
        for text, when in (up,)
    ]


def _zone(session: Session) -> tuple[float, str]:
    """Seconds east of Greenwich just now, and the zone's name where the host tells it."""
    _, raw = output(session, ZONE, seconds=SECONDS, limit=4096)
    first, *names = raw.decode("utf-8", "replace").splitlines() or [""]
    match = re.fullmatch(r"([+-])(\d\d):?(\d\d)", first.strip())
    if match is None:
        return NAN, ""
    seconds = 3600.0 * int(match[2]) + 60.0 * int(match[3])
    named = (m[1] for name in names if (m := _AREA.match(name.strip().lstrip(":"))))
    return (-seconds if match[1] == "-" else seconds), next(named, "")


def offset(readings: tuple[ClockReading, ...]) -> Offset:
    """The offset that all readings allow, the middle of it, and half its width.

    Where they contradict each other (a clock was set between them) the error spans them all.

    >>> o = offset((ClockReading(137.0, 99.0, 101.0), ClockReading(137.5, 100.4, 102.0)))
    >>> (round(o.offset_s, 3), round(o.error_s, 3))
    (36.55, 0.55)
    """
    known = [r for r in readings if math.isfinite(r.remote_s + r.before_s + r.after_s)]
    if not known:
        return Offset()
    lows = [r.remote_s - r.after_s for r in known]
    highs = [r.remote_s + r.resolution_s - r.before_s for r in known]
    low, high = max(lows), min(highs)
    if low > high + FLOAT_S:
        low, high = min(lows), max(highs)
    at_s = (known[0].before_s + known[-1].after_s) / 2
    return Offset((low + high) / 2, max(high - low, FLOAT_S) / 2, at_s)


def host_clock(begin: ClockReadings, end: ClockReadings = ClockReadings()) -> HostClock:
    """Offset in the middle of the run, and drift, from the readings at both ends of it."""
    first, last = offset(begin.readings), offset(end.readings)
    told = begin if begin.zone or not math.isnan(begin.utc_offset_s) else end
    rest = {
        "utc_offset_s": told.utc_offset_s,
        "zone": told.zone,
        "begin": begin.readings,
        "end": end.readings,
    }
    apart_s = last.at_s - first.at_s
    if not apart_s > 0:  # one end is missing
        one = last if math.isnan(first.offset_s) else first
        return HostClock(one.offset_s, one.error_s, one.at_s, **rest)  # type: ignore[arg-type]
    return HostClock(
        (first.offset_s + last.offset_s) / 2,
        (first.error_s + last.error_s) / 2,
        (first.at_s + last.at_s) / 2,
        1e6 * (last.offset_s - first.offset_s) / apart_s,
        1e6 * (first.error_s + last.error_s) / apart_s,
        **rest,  # type: ignore[arg-type]
    )
