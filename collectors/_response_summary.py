r"""The summary that hey prints, and oha after it.

Summary:
  Total:	20.0754 secs
  Slowest:	0.1520 secs
  Average:	0.0823 secs
  Requests/sec:	193.9690
Latency distribution:
  95% in 0.1060 secs
Status code distribution:
  [200]	3894 responses
Error distribution:
  [655]	Get "http://…": context deadline exceeded
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from diagnose.rawfile import RawFile
from diagnose.readings import LoadTotals

from ._load_failures import Failures, is_failure
from ._printed_numbers import plain, seconds

HEAD = re.compile(r"\s*Summary:\s*$")
VALUE = re.compile(r"\s*(Total|Slowest|Average|Requests/sec|Success rate):\s*(\S.*?)\s*$")
PERCENTILE = re.compile(r"\s*(\d+(?:\.\d+)?)%+ in (\S+ \S+)\s*$")
SECTION = re.compile(r"\s*((?:Status code|Error|(?:Latency|Response time)) distribution[^:]*):\s*$")
OTHER_SECTION = re.compile(r"\s*(?:Response time histogram|Details)\b.*:\s*$")
STATUS = re.compile(r"\s*\[(\d{3})\]\s+(\d+) responses\s*$")
ERROR = re.compile(r"\s*\[(\d+)\]\s+(\S.*)$")
WHOLE = ("Latency distribution", "Response time distribution")


@dataclass(slots=True)
class Summary:
    """One summary, with the line that it begins on."""

    line: int = 0
    values: dict[str, str] = field(default_factory=dict)
    percentiles_s: dict[float, float] = field(default_factory=dict)
    statuses: dict[int, tuple[int, int]] = field(default_factory=dict)
    errors: dict[str, tuple[int, int]] = field(default_factory=dict)
    _section: str = ""

    def takes(self, number: int, line: str) -> bool:
        """Take a line; False where a known one cannot be read."""
        if value := VALUE.match(line):
            self.values.setdefault(value[1], value[2])
        elif section := SECTION.match(line):
            self._section = section[1]
        elif OTHER_SECTION.match(line):
            self._section = ""
        elif self._section.startswith("Error"):
            return self._error(number, line)
        elif self._section.startswith("Status"):
            return self._status(number, line)
        elif self._section in WHOLE and line.strip():
            return self._percentile(line)
        return True

    def _percentile(self, line: str) -> bool:
        match = PERCENTILE.match(line)
        if match:
            self.percentiles_s[float(match[1])] = seconds(match[2])
        return match is not None

    def _status(self, number: int, line: str) -> bool:
        match = STATUS.match(line)
        if match:
            self.statuses[int(match[1])] = (int(match[2]), number)
        return match is not None or not line.strip()

    def _error(self, number: int, line: str) -> bool:
        match = ERROR.match(line)
        if match:
            self.errors[match[2]] = (int(match[1]), number)
        return match is not None or not line.lstrip().startswith("[")

    def failures(self, left_out: str = "\0") -> Failures:
        """Answers of 400 and above, and errors without those that are none."""
        failures = Failures()
        for status, (times, line) in self.statuses.items():
            if is_failure(status):
                failures.status(status, times, line)
        for text, (times, line) in self.errors.items():
            if left_out not in text:
                failures.named(text, times, line)
        return failures

    def totals(self, left_out: str = "\0") -> LoadTotals | None:
        """None where neither answers nor errors are told."""
        answered = sum(times for times, _ in self.statuses.values())
        errors = [times for text, (times, _) in self.errors.items() if left_out not in text]
        if not self.statuses and not self.errors:
            return None
        p50, p95, p99 = (self.percentiles_s.get(p, math.nan) for p in (50.0, 95.0, 99.0))
        return LoadTotals(
            answered + sum(errors),
            self.failures(left_out).total,
            self._seconds("Average"),
            p50,
            p95,
            p99,
            self._rate(),
            line=self.line,
            max_s=self._seconds("Slowest") if answered else math.nan,
            duration_s=self._seconds("Total"),
        )

    def _seconds(self, name: str) -> float:
        return seconds(self.values.get(name, ""))

    def _rate(self) -> float:
        try:
            return float(self.values.get("Requests/sec", "nan"))
        except ValueError:
            return math.nan


def summaries(raw: RawFile, bad_line: list[tuple[int, str]]) -> Iterator[Summary]:
    """Every summary of a file; lines that should have been readable go to `bad_line`."""
    summary: Summary | None = None
    for number, text in raw.lines():
        line = plain(text)
        if HEAD.match(line):
            if summary is not None:
                yield summary
            summary = Summary(number)
        elif summary is not None and not summary.takes(number, line):
            bad_line.append((number, text))
    if summary is not None:
        yield summary
