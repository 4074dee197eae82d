"""What Taurus prints, and its bzt.log: a line a second, and the totals of the whole test.

    [2026-11-23 04:30:34,982 INFO Engine.console] Current: 3 vu  6 succ  0 fail  0.018 avg rt  / …
    04:29:50 INFO: Samples count: 2915, 0.00% failures
    |          95.0 |         0.126 |

Seconds. A line tells of one second that was some seconds before, and of some seconds there is no
line: times count from the first line, and counts do not add up to the total. Percentiles are of
merged buckets. Times of day are local to the generator, without a zone.

Source: https://gettaurus.org/docs/Reporting/
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import numpy as np

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, LoadSeries, LoadTotals, Reading

from ._best_commands import BEST
from ._load_failures import SOCKETS, Distress
from ._printed_numbers import plain

BANNER = re.compile(r"Taurus CLI Tool v(\S+)")
TIME = re.compile(r"^(?:\[\d{4}-\d\d-\d\d )?(\d\d):(\d\d):(\d\d)(?:,(\d{3}))? (\w+)(?::| )")
CURRENT = re.compile(
    r"Current: (\d+) vu\s+(\d+) succ\s+(\d+) fail\s+(-?\d+(?:\.\d+)?) avg rt\s+/\s+Cumulative: "
)
COUNT = re.compile(r"Samples count: (\d+), (\d+(?:\.\d+)?)% failures")
AVERAGE = re.compile(r"Average times: total (\d+(?:\.\d+)?),")
DURATION = re.compile(r"Test duration: (?:(\d+) days?, )?(\d+):(\d\d):(\d\d)")
PERCENTILE = re.compile(r"^\|\s+(\d+\.\d+) \|\s+(\d+(?:\.\d+)?) \|\s*$")
FAILED = re.compile(r"(\d+) failed samples: ")
GAVE_UP = re.compile(r"\b(?:ToolError|AutomatedShutdown|ManualShutdown|RuntimeError)\b.*")
NO_DATA = "Taurus did not print its final statistics: the test was cut"
LATE = (
    "its lines by the second lag some seconds and leave seconds out: kpi.jtl or the tool's own log "
    "has every sample"
)
DAY_S = 86_400.0


def recognizes(head: Head) -> float:
    """By its banner, or a line of its console."""
    if any(BANNER.search(line) for line in head.lines[:60]):
        return 0.98
    return 0.95 if any(CURRENT.search(line) for line in head.lines) else 0.0


@dataclass(slots=True)
class _Log:
    """What was printed so far."""

    version: str = ""
    rows: list[tuple[float, ...]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    values: dict[str, float] = field(default_factory=dict)
    percentiles: dict[float, float] = field(default_factory=dict)
    line: int = 0
    distress: Distress = field(default_factory=Distress)
    _day_s: float = 0.0
    _last_s: float = -1.0

    def take(self, number: int, line: str) -> None:
        """One line."""
        at_s, level = self._when(line)
        if match := CURRENT.search(line):
            users, good, failed, mean = (float(part) for part in match.groups())
            self.rows.append((at_s, users, good + failed, failed, mean if mean > 0 else math.nan))
            self.lines.append(number)
        elif level in ("WARNING", "ERROR"):
            self._hear(line, number)
        elif match := PERCENTILE.match(line):
            self.percentiles[float(match[1])] = float(match[2])
        else:
            self._final(line, number)

    def _when(self, line: str) -> tuple[float, str]:
        """(seconds since midnight of the first day, level)."""
        match = TIME.match(line)
        if match is None:
            return math.nan, ""
        at_s = int(match[1]) * 3600.0 + int(match[2]) * 60 + int(match[3])
        at_s += float(match[4] or 0) / 1000 + self._day_s
        if at_s < self._last_s - DAY_S / 2:
            self._day_s += DAY_S
            at_s += DAY_S
        self._last_s = max(self._last_s, at_s)
        return at_s, match[5]

    def _hear(self, line: str, number: int) -> None:
        self.distress.hear(line, number)
        if "ERROR" in line and (match := GAVE_UP.search(line)):
            self.distress.add("gave_up", match[0], number)

    def _final(self, line: str, number: int) -> None:
        if match := COUNT.search(line):
            self.values |= {"count": float(match[1]), "share": float(match[2]) / 100}
            self.line = number
        elif match := AVERAGE.search(line):
            self.values["mean"] = float(match[1])
        elif match := DURATION.search(line):
            days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
            self.values["length"] = days * DAY_S + hours * 3600 + minutes * 60 + seconds
        elif match := FAILED.search(line):
            self.values.setdefault("failed", float(match[1]))
        elif match := BANNER.search(line):
            self.version = match[1]

    def totals(self) -> LoadTotals | None:
        """None where the test was cut before them."""
        if "count" not in self.values:
            return None
        count, mean_s = self.values["count"], self.values.get("mean", 0.0)
        p50, p95, p99, longest = (
            self.percentiles.get(p, math.nan) for p in (50.0, 95.0, 99.0, 100.0)
        )
        return LoadTotals(
            count,
            self.values.get("failed", round(count * self.values["share"])),
            mean_s if mean_s > 0 else math.nan,
            p50,
            p95,
            p99,
            line=self.line,
            max_s=longest,
            duration_s=self.values.get("length", math.nan),
        )

    def series(self) -> tuple[LoadSeries, ...]:
        """A row for each second that has a line."""
        rows = np.array(self.rows, float).reshape(-1, 5)
        known = np.isfinite(rows[:, 0])
        rows, lines = rows[known], np.array(self.lines, np.int64)[known]
        if len(rows) < 2:
            return ()
        at, users, requests, failures, mean = rows.T
        none = np.full(at.size, math.nan)
        steps = np.maximum(np.round(at - at[0]), np.arange(at.size)) + 1.0
        ones = np.ones(at.size)
        return (LoadSeries(steps, ones, users, requests, failures, mean, none, none, none, lines),)


@collector(
    kind="taurus_log",
    title="Taurus log (bzt.log) and console",
    recognizes=recognizes,
    role="load_generator",
    tool="Taurus",
    best=BEST["taurus"],
    gives=("series", "percentiles", "users"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """A row a second, the totals at the end, and its own words of trouble."""
    reading, log = Reading(facts=[Fact("load.tool", "taurus")]), _Log()
    for number, text in raw.lines():
        log.take(number, plain(text))
    if log.version:
        reading.facts.append(Fact("load.version", log.version))
    totals, series = log.totals(), log.series()
    if totals or series:
        told = (totals,) if totals else ()
        reading.loads.append(Load("taurus log", series, told, relative=True))
    if totals is None:
        reading.notes.append(NO_DATA)
    if series:
        reading.notes.append(LATE)
    reading.occurrences = log.distress.occurrences(*SOCKETS, "gave_up")
    return reading
