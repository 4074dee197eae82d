r"""What fortio writes to stderr: its log, and the summary as text.

    {"ts":1795407401.63,"level":"warn",…,"msg":"T052 warning only did 82 out of 108 calls before …"}
    Starting at 260 qps with 60 thread(s) [gomax 2] for 25s : 108 calls each (total 6480)
    Ended after 25.319994797s : 4940 calls. qps=195.1
    Aggregated Function Time : count 4940 avg 0.30415274 +/- 0.0287 min 0.0176 max 0.406 sum 1502
    # target 50% 0.308932
    Code 200 : 4940 (100.0 %)
    All done 4940 calls (plus 60 warmup) 304.153 ms avg, 195.1 qps

Seconds. On a terminal log lines are text, with a time of day and no date; elsewhere JSON with
epoch seconds. The histograms of errors and of connections look like that of all calls: only the
percentiles below "Aggregated Function Time" are read. "only did 82 out of 108 calls" says that
connections were too few for the rate, or answers too slow.

Source: https://github.com/fortio/fortio (periodic/periodic.go, fhttp/httprunner.go).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, LoadTotals, Reading

from ._best_commands import BEST
from ._fortio import failures_of
from ._json_objects import number_of
from ._load_failures import SOCKETS, Distress
from ._printed_numbers import seconds
from .fortio_json import offered_per_s

NUMBER = r"(\d+(?:\.\d+)?(?:e[-+]?\d+)?|NaN)"
VERSION = re.compile(r"Fortio (\S+) running at (?:(\S+) queries per second|)")
ALL_DONE = re.compile(rf"All done (\d+) calls \(plus \d+ warmup\) {NUMBER} ms avg, {NUMBER} qps")
STARTING = re.compile(r"Starting at (\S+) qps with (\d+) thread\(s\)")
ENDED = re.compile(rf"Ended after (\S+) : (\d+) calls\. qps={NUMBER}")
TIMES = re.compile(rf"Aggregated Function Time : count (\d+) avg {NUMBER} .*\bmax {NUMBER} sum")
SECTION = re.compile(r"(?:Error cases|Connection time|Sleep times|Aggregated Sleep|Sockets used)\b")
TARGET = re.compile(rf"# target (\d+(?:\.\d+)?)% {NUMBER}$")
CODE = re.compile(r"(?:Code|\w+ Health|tcp|udp) +(\S+) : (\d+) \(")
TOO_FEW = re.compile(r"only did \d+ out of \d+ calls")
TEXT_LOG = re.compile(r"(?:\d\d:\d\d:\d\d\.\d+ )?(?:\S+ )?\[?([IWEF])\]? \S+\.go:\d+>? (.*)$")


@dataclass(slots=True)
class _Run:
    """One run, from its log and its text."""

    line: int = 0
    offered_per_s: float = math.nan
    users: float = math.nan
    began_s: float = math.nan
    length_s: float = math.nan
    calls: int | None = None
    rate: float = math.nan
    mean_s: float = math.nan
    max_s: float = math.nan
    version: str = ""
    percentiles: dict[str, float] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    said: dict[str, int] = field(default_factory=dict)
    distress: Distress = field(default_factory=Distress)
    _exact_s: float = math.nan
    _of_calls: bool = False

    def takes(self, number: int, line: str) -> None:
        """Take what a line tells."""
        if line.startswith('{"ts"'):
            self._entry(number, line)
        elif log := TEXT_LOG.match(line):
            self._message(number, log[1] in "EF", log[2], "", math.nan)
        elif starting := STARTING.search(line):
            self.offered_per_s = offered_per_s(starting[1])
            self.users = float(starting[2])
        else:
            self._summary(number, line)

    def _summary(self, number: int, line: str) -> None:
        if ended := ENDED.match(line):
            self.length_s, self.calls = seconds(ended[1]), int(ended[2])
            self.rate, self.line = float(ended[3]), number
        elif times := TIMES.match(line):
            self._of_calls = True
            self.max_s, self._exact_s = float(times[3]), float(times[2])
        elif SECTION.match(line):
            self._of_calls = False
        elif (target := TARGET.match(line)) and self._of_calls:
            self.percentiles[target[1]] = float(target[2])
        else:
            self._frame(number, line)

    def _frame(self, number: int, line: str) -> None:
        """What stands first and last; -quiet leaves little else."""
        if code := CODE.match(line):
            self.codes[code[1]] = int(code[2])
        elif version := VERSION.match(line):
            self.version = version[1]
            self.offered_per_s = offered_per_s(version[2])
        elif (done := ALL_DONE.match(line)) and self.calls is None:
            self.calls, self.rate, self.line = int(done[1]), float(done[3]), number
            self.mean_s = float(done[2]) / 1000

    def _entry(self, number: int, line: str) -> None:
        """A log line as JSON."""
        try:
            entry = orjson.loads(line)
        except orjson.JSONDecodeError:
            return
        at_s, said = number_of(entry.get("ts")), str(entry.get("err") or "")
        failed = entry.get("level") in ("err", "crit", "fatal")
        self._message(number, failed, str(entry.get("msg") or ""), said, at_s)
        if entry.get("msg") == "Run ended":
            self.began_s = at_s - number_of(entry.get("elapsed")) / 1e9

    def _message(self, number: int, failed: bool, text: str, why: str, at_s: float) -> None:
        if TOO_FEW.search(text):
            self.distress.add("too_few_users", text, number, at_s=at_s)
        if failed:
            self.said[why or text] = self.said.get(why or text, 0) + 1
            self.distress.hear(why or text, number, at_s=at_s)

    def load(self) -> Load | None:
        """None where the run did not end."""
        if self.calls is None:
            return None
        why = next(iter(self.said)) if len(self.said) == 1 else ""
        failures = failures_of(self.codes, self.line, why)
        p50, p95, p99 = (self.percentiles.get(p, math.nan) for p in ("50", "95", "99"))
        totals = LoadTotals(
            self.calls,
            failures.total,
            self.mean_s if math.isnan(self._exact_s) else self._exact_s,
            p50,
            p95,
            p99,
            self.rate,
            line=self.line,
            max_s=self.max_s,
            duration_s=self.length_s,
            users=self.users,
            offered_per_s=self.offered_per_s,
            began_s=self.began_s,
        )
        return Load("fortio", totals=(totals,), errors=failures.errors(), open_model=False)


def recognizes(head: Head) -> float:
    """By its first line, or the one that ends a run."""
    lines = head.lines[:400]
    if any(p.match(line) for line in lines for p in (VERSION, ENDED, ALL_DONE)):
        return 0.95
    return 0.9 if any(STARTING.search(line) for line in lines) else 0.0


@collector(
    kind="fortio_log",
    title="fortio log and text",
    recognizes=recognizes,
    role="load_generator",
    tool="fortio",
    best=BEST["fortio"],
    gives=("percentiles", "errors", "users", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load a run; warnings of its log as occurrences."""
    facts = {"load.tool": Fact("load.tool", "fortio")}
    reading = Reading()
    for run in _runs(raw):
        load = run.load()
        if load is None:
            reading.notes.append("a run has no summary: fortio was killed before it ended")
        else:
            reading.loads.append(load)
        if run.version:
            facts["load.version"] = Fact("load.version", run.version)
        reading.occurrences += run.distress.occurrences("too_few_users", *SOCKETS)
    reading.facts = list(facts.values())
    return reading


def _runs(raw: RawFile) -> Iterator[_Run]:
    """A run begins with "Fortio … running at", or with "Starting" after one that has ended."""
    run = _Run()
    for number, line in raw.lines():
        if run.calls is not None and (VERSION.match(line) or STARTING.search(line)):
            yield run
            run = _Run()
        run.takes(number, line)
    yield run
