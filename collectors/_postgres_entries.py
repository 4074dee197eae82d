"""Entries of PostgreSQL's logs, whichever of its three formats they stand in."""

from __future__ import annotations

import csv
import math
import re
from calendar import timegm
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import orjson

from diagnose.badlines import BadLines
from diagnose.rawfile import RawFile
from diagnose.stamps import ZONES

from ._log_messages import careful
from ._log_times import offset_s

Numbered = Iterable[tuple[int, str]]
LONGEST = 8192  # characters of a message that are kept
csv.field_size_limit(1 << 27)  # statements may be long; the limit is the process's
COLUMNS = 23  # of csvlog before PostgreSQL 13; later ones add at the end
_LEVELS = (
    "LOG INFO NOTICE WARNING ERROR FATAL PANIC DEBUG DEBUG1 DEBUG2 DEBUG3 DEBUG4 DEBUG5 "
    "STATEMENT DETAIL HINT CONTEXT QUERY LOCATION BACKTRACE"
)
LEVELS = frozenset(_LEVELS.split())
_LEVEL = re.compile(r"[A-Z]+[1-5]?$")
_STAMP = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d{1,9})?(?: ([A-Z]{2,5}|[+-]\d\d(?:\d\d)?)(?![A-Za-z]))?"
)
_EPOCH = re.compile(r"(?<![\d.])(1\d{9})(\.\d{1,6})?(?![\d.])")
_PID = re.compile(r"\[(\d+)\]")
CSV_START = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [A-Z+\-\d:]+,(?:\"(?:[^\"]|\"\")*\")?,"
)


class Entry(NamedTuple):
    """One message. session is what its lines have in common."""

    number: int
    at_s: float
    level: str
    message: str
    session: str


class Times:
    """Reads stamps; seconds are remembered, for many entries share them."""

    def __init__(self) -> None:
        self.naive = self.aware = 0
        self._seconds: dict[tuple[str, str], tuple[float, bool]] = {}

    def find(self, text: str) -> float:
        """Epoch seconds of the first stamp in a prefix; NaN where there is none.

        >>> Times().find("2026-11-23 15:37:58 JST [16933]: "), Times().find("1795415878.5 [1] ")
        (1795415878.0, 1795415878.5)
        """
        match = _STAMP.search(text)
        if match is None:
            epoch = _EPOCH.search(text)
            self.aware += epoch is not None
            return float(epoch[0]) if epoch else math.nan
        second, part, zone = match.groups()
        at_s, aware = self._seconds.get((second, zone)) or self._remember(second, zone)
        self.aware += aware
        self.naive += not aware
        return at_s + float(part) if part else at_s

    def _remember(self, second: str, zone: str | None) -> tuple[float, bool]:
        if len(self._seconds) > 100_000:
            self._seconds.clear()
        try:
            at_s = float(timegm(datetime.strptime(second, "%Y-%m-%d %H:%M:%S").timetuple()))
        except ValueError:
            at_s = math.nan
        east_s = (
            offset_s(zone) if zone and zone[0] in "+-" else ZONES.get(zone or "", math.nan) * 3600.0
        )
        aware = not math.isnan(east_s)
        found = self._seconds[second, zone or ""] = (at_s - east_s if aware else at_s, aware)
        return found


def level_of(line: str) -> tuple[str, int]:
    """("LOG", where its message begins) of a line of stderr; ("", 0) for any other.

    >>> level_of("< 2026-11-23 UTC >LOG:  x"), level_of("a:  b")
    (('LOG', 24), ('', 0))
    """
    at = line.find(":  ")
    while at > 0:
        match = _LEVEL.search(line, max(0, at - 10), at)
        if match and match[0] in LEVELS:
            return match[0], at + 3
        at = line.find(":  ", at + 1)
    return "", 0


class StderrLog:
    """Lines with any log_line_prefix; continuations begin with a tab."""

    def __init__(self, raw: RawFile, times: Times, bad: BadLines) -> None:
        self._raw, self._times, self._bad = raw, times, bad
        self.foreign = 0  # lines of other programs: archive_command and the like

    def entries(self) -> Iterator[Entry]:
        """Entries; a last one that the end of the file cut short is noted instead."""
        held: Entry | None = None
        for number, line in self._raw.lines():
            if line[:1] == "\t" and held is not None:
                if len(held.message) < LONGEST:
                    held = held._replace(message=f"{held.message}\n{line[1:]}")
                continue
            level, start = level_of(line)
            if not level:
                self._other(number, line)
                continue
            if held is not None:
                yield held
            prefix = line[: start - 3 - len(level)]
            pid = _PID.search(prefix)
            session = pid[1] if pid else prefix
            held = Entry(number, self._times.find(prefix), level, line[start:], session)
        if held is not None and self._raw.torn and not held.message.endswith(";"):
            self._bad.note(held.number, careful(held.message))
        elif held is not None:
            yield held

    def _other(self, number: int, line: str) -> None:
        if _STAMP.search(line, 0, 80) or "\x00" in line or "\ufffd" in line:
            self._bad.note(number, careful(line))
        elif line.strip():
            self.foreign += 1


def csv_entries(lines: Numbered, times: Times, bad: BadLines) -> Iterator[Entry]:
    """Records of csvlog; a record begins where a line begins with a time and a comma."""
    for number, record in _records(lines):
        if len(cells := _cells(record)) < COLUMNS:
            bad.note(number, careful(record.partition("\n")[0]))
            continue
        yield Entry(number, times.find(cells[0]), cells[11], cells[13][:LONGEST], cells[3])


def _cells(record: str) -> list[str]:
    try:
        return next(csv.reader([record]), [])
    except csv.Error:
        return []


def _records(lines: Numbered) -> Iterator[tuple[int, str]]:
    first, parts = 0, list[str]()
    for number, line in lines:
        if CSV_START.match(line) or not parts:
            if parts:
                yield first, "\n".join(parts)
            first, parts = number, []
        parts.append(line)
    if parts:
        yield first, "\n".join(parts)


def json_entries(lines: Numbered, times: Times, bad: BadLines) -> Iterator[Entry]:
    """Objects of jsonlog, one a line (PostgreSQL 15 and later)."""
    for number, line in lines:
        try:
            found = orjson.loads(line)
            level, message = str(found["error_severity"]), str(found.get("message", ""))
            at_s = times.find(str(found["timestamp"]))
        except (orjson.JSONDecodeError, KeyError, TypeError):
            if line.strip():
                bad.note(number, careful(line))
            continue
        yield Entry(number, at_s, level, message[:LONGEST], str(found.get("pid", "")))
