r"""autocannon's tables, which it writes to stderr.

    Running 6s test @ http://h/api
    20 connections
    │ Stat    │ 2.5%  │ 50%    │ 97.5%  │ 99%    │ Avg       │ Stdev    │ Max    │
    │ Latency │ 61 ms │ 102 ms │ 157 ms │ 179 ms │ 103.85 ms │ 21.54 ms │ 215 ms │
    │ Req/Sec │ 183   │ 183    │ 188    │ 197    │ 190.5     │ 4.86     │ 183    │
    # of samples: 6
    7814 2xx responses, 2552 non 2xx responses
    10k requests in 8.4s, 5.25 MB read
    1k errors (3 timeouts)

Counts of a thousand and more are rounded ("10k"); the mean by second and the number of seconds
give them exactly where both stand there. No p95, no time of day. -j tells more.

Source: https://github.com/mcollina/autocannon (lib/printResult.js).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, LoadTotals, Reading

from ._best_commands import BEST
from ._load_failures import Failures, is_failure
from ._printed_numbers import count, plain, seconds, whole

RUNNING = re.compile(r"\s*Running (?:\S+s|\d+ requests?) test @ ")
CONNECTIONS = re.compile(r"\s*(\d+) connections?(?: with \d+ pipelining factor)?\s*$")
SAMPLES = re.compile(r"\s*# of samples: (\d+)")
STATUSES = re.compile(r"\s*(\d+) 2xx responses, (\d+) non 2xx responses")
DONE = re.compile(r"\s*(\S+) requests in (\S+), \S+ \S+ read")
ERRORS = re.compile(r"\s*(\S+) errors \((\S+) timeouts\)")
SAMPLED = re.compile(r"\s*Req/Bytes counts sampled once per second")
ROUNDED = (
    "autocannon rounds counts of a thousand and more in its text: `autocannon -j` has them exactly"
)


@dataclass(slots=True)
class _Run:
    """One run; tables by the name of their row."""

    line: int = 0
    users: float = math.nan
    columns: list[str] = field(default_factory=list)
    latency: dict[str, str] = field(default_factory=dict)
    rate: dict[str, str] = field(default_factory=dict)
    percentiles: dict[str, str] = field(default_factory=dict)
    codes: dict[int, int] = field(default_factory=dict)
    samples: int = 0
    statuses: tuple[int, int] | None = None
    done: tuple[float, float] | None = None
    errors: tuple[int, int] = (0, 0)
    rounded: bool = False
    begun: bool = False

    def takes(self, number: int, line: str) -> None:
        """Take what a line tells."""
        if line.lstrip().startswith(("│", "|")):
            self._cells([c.strip() for c in re.split(r"[│|]", line.strip(" │|"))])
        elif RUNNING.match(line):
            self.begun = True
        elif connections := CONNECTIONS.match(line):
            self.users = float(connections[1])
        elif samples := SAMPLES.match(line):
            self.samples = int(samples[1])
        else:
            self._counts(number, line)

    def _cells(self, cells: list[str]) -> None:
        name = cells[0]
        if name in ("Stat", "Percentile", "Code"):
            self.columns = cells
        elif name == "Latency":
            self.latency = dict(zip(self.columns, cells, strict=False))
        elif name == "Req/Sec":
            self.rate = dict(zip(self.columns, cells, strict=False))
        elif self.columns[:1] == ["Percentile"] and len(cells) == 2:
            self.percentiles[name] = f"{cells[1]} ms"
        elif self.columns[:1] == ["Code"] and len(cells) == 2 and name.isdigit():
            self.codes[int(name)] = whole(count(cells[1]))

    def _counts(self, number: int, line: str) -> None:
        if statuses := STATUSES.match(line):
            self.statuses = (int(statuses[1]), int(statuses[2]))
        elif done := DONE.match(line):
            self.done, self.line = (count(done[1]), seconds(done[2])), number
            self.rounded = done[1].endswith("k")
        elif errors := ERRORS.match(line):
            self.errors = (whole(count(errors[1])), whole(count(errors[2])))
            self.rounded |= errors[1].endswith("k")

    def answered(self) -> int:
        """As exactly as the text tells."""
        mean = count(self.rate.get("Avg", ""))
        if self.statuses:
            return sum(self.statuses)
        if self.rounded and self.samples and not math.isnan(mean):
            return round(mean * self.samples)
        return whole(self.done[0]) if self.done else 0

    def failures(self) -> Failures:
        failures = Failures()
        for code, times in self.codes.items():
            if is_failure(code):
                failures.status(code, times, self.line)
        if not self.codes and self.statuses:
            failures.named("responses that are not 2xx", self.statuses[1], self.line, "status")
        total, timed_out = self.errors
        failures.named("timeout", timed_out, self.line, "timeout")
        failures.named("errors without an answer", total - timed_out, self.line, "other")
        return failures

    def load(self) -> Load | None:
        """None where the run did not end."""
        if self.done is None:
            return None
        answered, length_s = self.answered(), self.done[1]
        ended = answered + self.errors[0]
        mean_rate = count(self.rate.get("Avg", ""))
        totals = LoadTotals(
            ended,
            self.failures().total,
            self._ms("Avg"),
            self._ms("50%"),
            math.nan,
            self._ms("99%"),
            ended / length_s if self.errors[0] and length_s > 0 else mean_rate,
            line=self.line,
            max_s=self._ms("Max"),
            duration_s=length_s,
            users=self.users,
        )
        errors = self.failures().errors()
        return Load("autocannon", totals=(totals,), errors=errors, open_model=False)

    def _ms(self, name: str) -> float:
        return seconds(self.latency.get(name, "")) if self.answered() else math.nan


def recognizes(head: Head) -> float:
    """By a sentence below its tables, or by its first line above one."""
    lines = [plain(line) for line in head.lines]
    if any(SAMPLED.match(line) for line in lines):
        return 0.96
    begun = any(RUNNING.match(line) for line in lines)
    alone = any(CONNECTIONS.match(line) for line in lines)
    return 0.9 if begun and alone else 0.0


@collector(
    kind="autocannon_tables",
    title="autocannon tables",
    recognizes=recognizes,
    role="load_generator",
    tool="autocannon",
    best=BEST["autocannon"],
    gives=("percentiles", "errors", "users"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load a run."""
    reading = Reading(facts=[Fact("load.tool", "autocannon")])
    for run in _runs(raw):
        load = run.load()
        if load is None:
            reading.notes.append("a run has no summary: autocannon was killed before it ended")
            continue
        reading.loads.append(load)
        exact = run.statuses is not None or (run.samples and not run.errors[0])
        if run.rounded and not exact:
            reading.notes.append(ROUNDED)
    return reading


def _runs(raw: RawFile) -> Iterator[_Run]:
    """The line "Running … test @ …" begins a run."""
    run = _Run()
    for number, text in raw.lines():
        line = plain(text)
        if RUNNING.match(line) and run.begun:
            yield run
            run = _Run()
        run.takes(number, line)
    yield run
