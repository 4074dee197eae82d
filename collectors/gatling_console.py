"""What Gatling prints: a block each five seconds, and its summary of the whole test.

    2024-08-06 12:00:05                                           5s elapsed
    > Global                                                   (OK=1000   KO=0     )
              waiting: 90     / active: 5      / done: 5
    ---- Global Information --------------------------------------------------------
    > request count                                       1000 (OK=1000   KO=0     )
    > response time 95th percentile                        155 (OK=155    KO=-     )

Since 3.13 a table: `> request count | 1,000 | 1,000 | -`. Milliseconds. Counts of the blocks are
running totals. The times of day are those of the generator, without a zone.

Source: ConsoleSummary.scala of https://github.com/gatling/gatling
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
from diagnose.stamps import stamp_s

from ._load_failures import SOCKETS, Distress, Failures
from ._printed_numbers import plain

NUMBER = r"(-|\d[\d,]*(?:\.\d+)?)"
ELAPSED = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?: [A-Z]\w*)?\s+(\d+)s elapsed\s*$")
OLD = re.compile(rf"^> (.+?)\s+(?:{NUMBER} )?\(OK={NUMBER}\s+KO={NUMBER}\s*\)\s*$")
TABLE = re.compile(rf"^> (.+?)\s*\|\s*{NUMBER}\s*\|\s*{NUMBER}\s*\|\s*{NUMBER}\s*$")
SECTION = re.compile(r"^---- (.+?) -{3,}")
ERROR = re.compile(r"^> (.+?)\s+(\d[\d,]*) \(\s*[\d.]+%\)\s*$")
USERS = re.compile(r"\bactive:\s*(\d[\d,]*)")
COMPLETED = re.compile(r"^Simulation \S+ completed in (\d+) seconds")
SUMMARY = "Global Information"
NAN = math.nan


def recognizes(head: Head) -> float:
    """By a row of its summary, or a block with its time."""
    for line in map(plain, head.lines):
        if line.startswith(f"---- {SUMMARY} ----") or ELAPSED.match(line):
            return 0.95
    return 0.0


@dataclass(slots=True)
class _Console:
    """What was printed so far."""

    section: str = ""
    summary: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    rows: list[list[float]] = field(default_factory=list)  # at, elapsed, requests, failures, users
    lines: list[int] = field(default_factory=list)
    errors: dict[str, tuple[int, int]] = field(default_factory=dict)
    duration_s: float = NAN

    def takes(self, number: int, line: str) -> bool:
        """False where a row of numbers cannot be read."""
        if match := ELAPSED.match(line):
            self.rows.append([stamp_s(match[1]), float(match[2]), NAN, NAN, NAN])
            self.lines.append(number)
            self.section = ""
        elif match := SECTION.match(line):
            self._begin(match[1])
        elif match := COMPLETED.match(line):
            self.duration_s = float(match[1])
        elif self.section.startswith("Errors"):
            self._error(line, number)
        elif match := OLD.match(line) or TABLE.match(line):
            self._row(match, number)
        else:
            self._users(line)
            return not (self.section == SUMMARY and line.startswith("> "))
        return True

    def _begin(self, section: str) -> None:
        self.section = section
        if section.startswith("Errors"):
            self.errors = {}  # running totals: the last block has them all

    def _error(self, line: str, number: int) -> None:
        if match := ERROR.match(line):
            self.errors[match[1]] = (int(match[2].replace(",", "")), number)

    def _users(self, line: str) -> None:
        """Those at work, of each scenario in its own section."""
        found = USERS.search(line)
        if found and self.rows and self.section != SUMMARY:
            known = self.rows[-1][4]
            self.rows[-1][4] = _value(found[1]) + (0.0 if math.isnan(known) else known)

    def _row(self, match: re.Match[str], number: int) -> None:
        total, good, bad = (_value(match[at]) for at in (2, 3, 4))
        if self.section == SUMMARY:
            self.summary[match[1].removesuffix(" (ms)").removesuffix(" (rps)")] = total, bad, number
        elif match[1] == "Global" and self.rows:
            counted = total if not math.isnan(total) else good + bad
            self.rows[-1][2:4] = [counted, 0.0 if math.isnan(bad) else bad]

    def totals(self) -> LoadTotals | None:
        """None where the test was cut before the summary."""
        if "request count" not in self.summary:
            return None
        requests, failures, line = self.summary["request count"]
        p50, p95, p99 = (self._ms(f"response time {n}th percentile") for n in (50, 95, 99))
        rate = self._of("mean throughput") if "mean throughput" in self.summary else NAN
        return LoadTotals(
            requests,
            0.0 if math.isnan(failures) else failures,
            self._ms("mean response time"),
            p50,
            p95,
            p99,
            self._of("mean requests/sec") if math.isnan(rate) else rate,
            line=line,
            max_s=self._ms("max response time"),
            duration_s=self.duration_s,
        )

    def _of(self, name: str) -> float:
        return self.summary.get(name, (NAN, NAN, 0))[0]

    def _ms(self, name: str) -> float:
        return self._of(name) / 1000

    def series(self) -> tuple[LoadSeries, ...]:
        """One row a block; a second block of the same second adds nothing."""
        kept = [at for at, row in enumerate(self.rows) if not math.isnan(row[2])]
        if not kept:
            return ()
        rows = np.array([self.rows[at] for at in kept])
        steps = np.diff(rows[:, 1:4], axis=0, prepend=np.zeros((1, 3)))
        longer = (steps[:, 0] > 0) & (steps[:, 1] >= 0)
        none = np.full(int(longer.sum()), NAN)
        lines = np.array([self.lines[at] for at in kept], np.int64)[longer]
        at_s, users = rows[longer, 0], rows[longer, 4]
        interval_s, requests, failures = steps[longer].T
        return (
            LoadSeries(at_s, interval_s, users, requests, failures, none, none, none, none, lines),
        )


@collector(
    kind="gatling_console",
    title="Gatling console output",
    recognizes=recognizes,
    role="load_generator",
    tool="Gatling",
    gives=("series", "percentiles", "errors", "users"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """A row each block, the summary as totals, errors with their counts."""
    reading, console = Reading(facts=[Fact("load.tool", "gatling")]), _Console()
    for number, text in raw.lines():
        if not console.takes(number, plain(text)):
            bad.note(number, text)
    failures, distress = Failures(), Distress()
    for text, (times, line) in console.errors.items():
        failures.named(text, times, line)
    series, totals, errors = console.series(), console.totals(), failures.errors()
    distress.of(errors)
    reading.occurrences = distress.occurrences(*SOCKETS)
    reading.naive = bool(series)
    if series or totals:
        told = (totals,) if totals else ()
        reading.loads.append(Load("gatling", series, told, errors))
    if totals is None:
        reading.notes.append("it holds no summary: the test was cut")
    reading.notes.append("response times by interval are in simulation.log alone")
    return reading


def _value(text: str | None) -> float:
    return float(text.replace(",", "")) if text and text != "-" else NAN
