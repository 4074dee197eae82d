r"""Heads of lines of dmesg, syslog and journalctl: when, which host, which program.

    [104235.156774] nf_conntrack: ...                          dmesg: seconds since boot
    [Mon Nov 23 04:04:47 2026] nf_conntrack: ...               dmesg -T
    2026-11-23T04:04:47,156774+00:00 nf_conntrack: ...         dmesg --time-format iso
    Nov 23 04:04:47 lb1 kernel: [104235.15] nf_conntrack: ...  syslog, journalctl
    2026-11-23T04:04:47.15+00:00 lb1 kernel: nf_conntrack: ... rsyslog, journalctl -o short-iso
    Mon 2026-11-23 04:04:47 UTC lb1 kernel: nf_conntrack: ...  journalctl -o short-full
    1795406687.156774 lb1 kernel: nf_conntrack: ...            journalctl -o short-unix
    Mon Nov 23 04:04:47 2026 kern.warn kernel: [...] ...       logread of OpenWrt

The host may be missing (`--no-hostname`). Times without a zone are read as UTC. Syslog
writes no year: the latest is taken in which the line is not after `newest_s`, the time at
which the file was last written. Months are read in many languages, for `dmesg -T` and
journalctl write them in the user's.
"""

from __future__ import annotations

import math
import re
from calendar import timegm
from dataclasses import dataclass
from datetime import UTC, datetime

from ._months import MONTH, month

_CLOCK = r"(?P<clock>\d\d:\d\d:\d\d)(?:[.,](?P<part>\d+))?"
_LEVEL = r"(?:<\d{1,4}>(?:\d )?)?(?:[a-z]+\d? *:[a-z]+ *: ?)?"  # dmesg -r, dmesg -x
BOOT = re.compile(
    _LEVEL + r"\[(?: *\d+\.\d+| *[+<] *\d+\.\d+>?|[^\W\d_]{3,5}\.? ?\d{1,2} \d\d:\d\d)\]"
    r"(?:\[ *[A-Z]\d+\])? ?(?P<rest>.*)"
)
CTIME = re.compile(
    _LEVEL + rf"\[\S+ +(?P<month>{MONTH})" + r" +(?P<day>\d{1,2}) " + _CLOCK + r" (?P<year>\d{4})\]"
    r" (?!\[(?:[\w-]+:)?(?:emerg|alert|crit|error|warn|notice|info|debug)\])(?P<rest>.*)"
)
ISO = re.compile(
    _LEVEL + r"(?P<date>\d{4}-\d\d-\d\d)T" + _CLOCK + r"(?P<zone>Z|[+-]\d\d:?\d\d)? (?P<rest>.*)"
)
SYSLOG = re.compile(
    _LEVEL + rf"(?:[A-Z][a-z]{{2}} )?(?P<month>{MONTH})" + r" +(?P<day>\d{1,2}) " + _CLOCK + r" "
    r"(?:(?P<year>\d{4}) )?(?:\[\d+\.\d+\] )?(?P<rest>.*)"
)
FULL = re.compile(
    r"[^\W\d_]{2,4}\.? (?P<date>\d{4}-\d\d-\d\d) " + _CLOCK + r" (?P<zone>[A-Z]{2,5}|[+-]\d{2,4}) "
    r"(?P<rest>.*)"
)
UNIX = re.compile(r"(?P<epoch>\d{9,10}\.\d{6}) (?P<rest>.*)")
PROGRAM = re.compile(
    r"(?:(?P<host>[^\s:\[\]]+) )?(?:[a-z]+\d?\.[a-z]+ )?(?P<program>[^\s:\[\]]+)"
    r"(?P<pid>\[\d+\])?: ?(?P<text>.*)"
)
FACILITY = re.compile(r"[a-z]+\d?\.(?:emerg|alert|crit|err|warn|notice|info|debug)[a-z]*$")
UPTIME = re.compile(r"\[ *\d+\.\d+\] ?")
DAY_S = 86_400.0


@dataclass(slots=True)
class Entry:
    """One line: program is "kernel" for all of dmesg, "" where nobody is named."""

    shape: re.Pattern[str]
    head: re.Match[str]
    host: str
    program: str
    pid: bool
    text: str


def entry(line: str) -> Entry | None:
    """The parts of a line; None where it is none of the shapes above.

    >>> found = entry("Nov 23 04:04:47 lb1 kernel: [104235.15] TCP: out of memory")
    >>> (found.host, found.program, found.text)
    ('lb1', 'kernel', 'TCP: out of memory')
    """
    line = line.lstrip("\0")  # what a crash leaves in a log
    for shape in _shapes(line[:1]):
        if head := shape.match(line):
            return _entry(shape, head)
    return None


def _shapes(first: str) -> tuple[re.Pattern[str], ...]:
    if first == "[":
        return (BOOT, CTIME)
    if first.isdigit():
        return (ISO, UNIX, SYSLOG)
    if first == "<":
        return (BOOT, CTIME, SYSLOG, ISO)
    return (SYSLOG, FULL, BOOT, CTIME, ISO) if first.isalpha() else ()


def _entry(shape: re.Pattern[str], head: re.Match[str]) -> Entry | None:
    rest = head["rest"]
    if shape in (BOOT, CTIME) or (shape is ISO and "," in head[0][:24]):
        return Entry(shape, head, "", "kernel", False, rest)
    match = PROGRAM.match(rest)
    if match is None:
        return Entry(shape, head, "", "", False, rest) if shape is SYSLOG else None
    host = match["host"] or ""
    if FACILITY.match(host):
        host = ""
    text = match["text"]
    if match["program"] == "kernel":
        text = UPTIME.sub("", text, count=1) if text.startswith("[") else text
    return Entry(shape, head, host, match["program"], bool(match["pid"]), text)


class Clock:
    """Reads the time of an entry, and remembers whether zones were written."""

    def __init__(self, newest_s: float) -> None:
        self._newest_s = newest_s + DAY_S  # the zone is not known
        self.naive = self.aware = self.since_boot = self.yearless = 0

    def at_s(self, found: Entry) -> float:
        """Epoch seconds; NaN for seconds since boot, and for a day that no calendar has."""
        head = found.head
        if found.shape is BOOT:
            self.since_boot += 1
            return math.nan
        if found.shape is UNIX:
            self.aware += 1
            return float(head["epoch"])
        try:
            at_s = self._dated(head) if found.shape in (ISO, FULL) else self._named(head)
        except ValueError:
            return math.nan
        return at_s + (float("0." + head["part"]) if head["part"] else 0.0)

    def _dated(self, head: re.Match[str]) -> float:
        at = datetime.fromisoformat(f"{head['date']}T{head['clock']}").replace(tzinfo=UTC)
        zone = head["zone"] or ""
        if zone[:1] in ("+", "-"):
            digits = zone[1:].replace(":", "")
            offset_s = 3600 * int(digits[:2]) + 60 * int(digits[2:4] or 0)
            self.aware += 1
            return at.timestamp() - (offset_s if zone[0] == "+" else -offset_s)
        if zone in ("Z", "UTC", "GMT"):
            self.aware += 1
        else:
            self.naive += 1
        return at.timestamp()

    def _named(self, head: re.Match[str]) -> float:
        number, clock = month(head["month"]), head["clock"].split(":")
        self.naive += 1
        if head["year"]:
            return _utc(int(head["year"]), number, head["day"], clock)
        self.yearless += 1
        newest = datetime.fromtimestamp(self._newest_s, UTC).year
        for year in range(newest, newest - 9, -1):  # a leap day may be eight years ago
            try:
                at_s = _utc(year, number, head["day"], clock)
            except ValueError:
                continue
            if at_s <= self._newest_s:
                return at_s
        raise ValueError(head[0])


def _utc(year: int, number: int, day: str, clock: list[str]) -> float:
    hour, minute, second = map(int, clock)
    at = datetime(year, number, int(day), hour, minute, min(second, 59), tzinfo=UTC)
    return float(timegm(at.timetuple()))
