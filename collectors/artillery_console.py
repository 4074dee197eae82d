"""What Artillery prints: its counts of each period, and a summary of the whole test.

    Metrics for period to: 03:44:10(+0000) (width: 7.081s)
    http.codes.200: ........................ 326
    http.response_time:
      median: .............................. 26.8
    Warning: CPU usage of Artillery seems to be very high (pids: 1)

Milliseconds to the first byte. Times of day bear no date: they count from the first period. A
period is named by the full ten seconds that it is part of; the last one is cut at its beginning
and its width. Version 1 prints `Report @ 09:37:52(+0000) 2026-11-25` and words of its own.

Source: https://www.artillery.io/docs/reference/reported-metrics
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import datetime

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Reading

from ._artillery import Period, fill
from ._load_failures import Distress
from ._printed_numbers import plain

PERIOD = re.compile(
    r"^Metrics for period to: (\d\d):(\d\d):(\d\d)\(([+-]\d{4})\)(?: \(width: ([\d.]+)s\))?"
)
OLD_PERIOD = re.compile(r"^Report @ (\d\d:\d\d:\d\d)\(([+-]\d{4})\) (\d{4}-\d\d-\d\d)")
WHOLE = re.compile(r"^Summary report @ ")
COUNTER = re.compile(r"^(\S[^:]*(?::\S*)*): \.{2,} (-?\d+(?:\.\d+)?)")
SUMMARY = re.compile(r"^([a-z][\w./:-]*):\s*$")
VALUE = re.compile(r"^ {2,}(min|max|mean|median|p95|p99): \.* ?(\d+(?:\.\d+)?)\s*$")
OLD_VALUE = re.compile(r"^ {2}(Scenarios launched|Scenarios completed|Scenarios skipped):\s+(\d+)")
OLD_COUNT = re.compile(r"^ {4}([^:]+): (\d+)\s*$")
OLD_SECTION = re.compile(r"^ {2}(Codes|Errors|Response time \(msec\)|Scenario counts):\s*$")
TOTAL_TIME = re.compile(r"Total time: (?:(\d+) hours?, )?(?:(\d+) minutes?, )?(\d+) seconds?")
CPU = re.compile(r"CPU usage of Artillery|High CPU usage", re.I)
NAMES = {
    "Scenarios launched": "vusers.created",
    "Scenarios completed": "vusers.completed",
    "Scenarios skipped": "vusers.skipped",
    "Codes": "http.codes.",
    "Errors": "errors.",
}
STEP_S, DAY_S = 10.0, 86_400.0


def recognizes(head: Head) -> float:
    """By the heading of a period or of the summary."""
    for line in map(plain, head.lines):
        if PERIOD.match(line) or OLD_PERIOD.match(line) or WHOLE.match(line):
            return 0.96
    return 0.0


@dataclass(slots=True)
class _Console:
    """What was printed so far."""

    periods: list[Period] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    whole: Period | None = None
    relative: bool = True
    length_s: float = math.nan
    distress: Distress = field(default_factory=Distress)
    _now: Period | None = None
    _section: str = ""
    _day_s: float = 0.0

    def take(self, number: int, line: str) -> None:
        """One line."""
        if match := PERIOD.match(line):
            self._begin(self._clock(match), float(match[5] or STEP_S), number)
        elif match := OLD_PERIOD.match(line):
            self.relative = False
            at_s = datetime.fromisoformat(f"{match[3]}T{match[1]}{match[2]}").timestamp()
            self._begin(at_s, STEP_S, number)
        elif WHOLE.match(line):
            self.whole = self._now = Period(line=number)
        elif match := TOTAL_TIME.search(line):
            hours, minutes, seconds = (float(part or 0) for part in match.groups())
            self.length_s = hours * 3600 + minutes * 60 + seconds
        elif CPU.search(line):
            self.distress.add("cpu_high", line.strip(), number)
        elif self._now is not None:
            self._count(line, self._now)

    def _clock(self, match: re.Match[str]) -> float:
        """Seconds of the day, which goes on after midnight."""
        at_s = int(match[1]) * 3600.0 + int(match[2]) * 60 + int(match[3]) + self._day_s
        if self.periods and at_s < self.periods[-1].ended_s:
            self._day_s += DAY_S
            at_s += DAY_S
        return at_s

    def _begin(self, at_s: float, width_s: float, number: int) -> None:
        if self.periods and self.periods[-1].ended_s == at_s:
            return  # printed again: the same period
        self._now = Period(at_s - width_s, at_s, number)
        self.periods.append(self._now)
        self.widths.append(width_s)
        self._section = ""

    def _count(self, line: str, now: Period) -> None:
        if match := COUNTER.match(line):
            now.counters[match[1]] = float(match[2])
        elif match := VALUE.match(line):
            name = "http.response_time" if self._section[:4] == "Resp" else self._section
            now.summaries.setdefault(name, {})[match[1]] = float(match[2])
        elif match := OLD_SECTION.match(line) or SUMMARY.match(line):
            self._section = match[1]
        elif match := OLD_VALUE.match(line):
            now.counters[NAMES[match[1]]] = float(match[2])
        elif self._section in NAMES and (match := OLD_COUNT.match(line)):
            now.counters[NAMES[self._section] + match[1]] = float(match[2])

    def settle(self) -> None:
        """Times of the last period, and of the whole."""
        if self.periods and self.relative:
            first, last = self.periods[0], self.periods[-1]
            if last is not first:
                last.began_s = last.ended_s - STEP_S
                last.ended_s = last.began_s + self.widths[-1]
            zero = first.began_s
            for period in self.periods:
                period.began_s, period.ended_s = period.began_s - zero, period.ended_s - zero
        if self.whole and self.periods:
            self.whole.began_s = self.periods[0].began_s
            self.whole.ended_s = self.periods[-1].ended_s
        elif self.whole:
            self.whole.began_s, self.whole.ended_s = 0.0, self.length_s


@collector(
    kind="artillery_console",
    title="Artillery console output",
    recognizes=recognizes,
    role="load_generator",
    tool="Artillery",
    gives=("series", "percentiles", "errors", "users", "routes"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load: a row a period, the totals of the summary."""
    reading, console = Reading(facts=[Fact("load.tool", "artillery")]), _Console()
    last = (0, "")
    for number, text in raw.lines():
        console.take(last[0], plain(last[1]))
        last = number, text
    if raw.torn and "..." in last[1]:
        bad.note(*last)  # half of a number is another number
    else:
        console.take(last[0], plain(last[1]))
    console.settle()
    counted = [period for period in console.periods if period.counters]
    if counted or console.whole:
        fill(reading, counted, console.whole, console.relative)
    if console.whole is None:
        reading.notes.append("it holds no summary: the test was cut")
    reading.occurrences.extend(console.distress.occurrences("cpu_high"))
    return reading
