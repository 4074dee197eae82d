r"""goad's summary on its standard output.

    Overall
       TotReqs   TotBytes    AvgTime    AvgReq/s  (post)unzip
          2000     688 kB     0.006s     2866.61     986 kB/s
       Slowest    Fastest   Timeouts  TotErrors
        0.044s     0.000s          0        460
    HTTPStatus   Requests
           200       1540

Rounded for the eye, in bold type; --json-output tells the same more exactly. TotErrors are all
requests without a 2xx, time-outs included.

Source: https://github.com/goadapp/goad (cli/cli.go).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, LoadTotals, Reading

from ._best_commands import BEST
from ._goad import NO_CLOCK, SUMMED
from ._load_failures import Failures, is_failure
from ._printed_numbers import count, plain, seconds

FIRST = re.compile(r"\s*TotReqs\s+TotBytes\s+AvgTime\s+AvgReq/s")
SECOND = re.compile(r"\s*Slowest\s+Fastest\s+Timeouts\s+TotErrors")
STATUSES = re.compile(r"\s*HTTPStatus\s+Requests\s*$")
OVERALL = re.compile(r"\s*Overall\s*$")
COUNTS = re.compile(r"\s*(\d+)\s+\S+ \S*B\s+(\d+\.\d+s)\s+(\d+(?:\.\d+)?)\s")
TIMES = re.compile(r"\s*(\d+\.\d+s)\s+\d+\.\d+s\s+(\d+)\s+(\d+)\s*$")
STATUS = re.compile(r"\s*(\d{3})\s+(\d+)\s*$")


@dataclass(slots=True)
class _Overall:
    """The block below "Overall"."""

    line: int
    values: list[float] = field(default_factory=list)  # requests, mean, rate
    longest_s: float = math.nan
    timed_out: int = 0
    errors: int = 0
    statuses: dict[int, int] = field(default_factory=dict)

    def takes(self, number: int, line: str) -> bool:
        """Whether a line is one of the block, or of none."""
        if counts := COUNTS.match(line):
            self.values = [count(counts[1]), seconds(counts[2]), count(counts[3])]
            self.line = number
        elif times := TIMES.match(line):
            self.longest_s, self.timed_out = seconds(times[1]), int(times[2])
            self.errors = int(times[3])
        elif status := STATUS.match(line):
            self.statuses[int(status[1])] = int(status[2])
        else:
            heads = (FIRST, SECOND, STATUSES)
            return not line.strip() or any(head.match(line) for head in heads)
        return True

    def load(self) -> Load | None:
        """None where the block breaks off before its counts."""
        if not self.values:
            return None
        requests, mean_s, rate = self.values
        failures = Failures()
        for status, times in self.statuses.items():
            if is_failure(status):
                failures.status(status, times, self.line)
        failures.named("timed out", self.timed_out, self.line, "timeout")
        answered = sum(self.statuses.values())
        rest = int(requests) - answered - self.timed_out
        failures.named("without a status", rest, self.line, "other")
        totals = LoadTotals(
            int(requests),
            failures.total,
            mean_s if answered else math.nan,
            throughput_per_s=rate or math.nan,
            line=self.line,
            max_s=self.longest_s if answered else math.nan,
        )
        return Load("goad", totals=(totals,), errors=failures.errors(), open_model=False)


def recognizes(head: Head) -> float:
    """By the heads of its tables."""
    lines = [plain(line) for line in head.lines]
    return 0.96 if any(FIRST.match(line) for line in lines) else 0.0


@collector(
    kind="goad_summary",
    title="goad summary",
    recognizes=recognizes,
    role="load_generator",
    tool="goad",
    best=BEST["goad"],
    gives=("errors",),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load for each "Overall"."""
    reading = Reading(facts=[Fact("load.tool", "goad")], notes=[NO_CLOCK, SUMMED])
    block: _Overall | None = None
    for number, text in raw.lines():
        line = plain(text)
        if OVERALL.match(line):
            _close(block, reading)
            block = _Overall(number)
        elif line.startswith(("Regional results", "Region: ")):
            _close(block, reading)
            block = None
        elif block and not block.takes(number, line):
            bad.note(number, text)
    _close(block, reading)
    if not reading.loads:
        reading.notes = ["the summary breaks off before its overall counts"]
    return reading


def _close(block: _Overall | None, reading: Reading) -> None:
    load = block.load() if block else None
    if load:
        reading.loads.append(load)
