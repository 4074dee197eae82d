r"""vegeta's text reports: the summary, -type=hist and -type=hdrplot.

    Requests      [total, rate, throughput]         1500, 150.12, 148.99
    Latencies     [min, mean, 50, 90, 95, 99, max]  10.105ms, 33.565ms, 31.507ms, …
    Status Codes  [code:count]                      0:3  200:1497
    Error Set:
    500 Internal Server Error

Which numbers stand in a row its brackets say: they changed over the years.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from diagnose.rawfile import RawFile
from diagnose.readings import LoadTotals

from ._load_failures import Failures, is_failure
from ._printed_numbers import count, seconds

FIELD = re.compile(r"\s*([A-Z][A-Za-z ]*[A-Za-z])\s+\[([^\]]+)\]\s*(.*?)\s*$")
ERRORS = re.compile(r"\s*Error Set:\s*$")
CODE = re.compile(r"\b(\d{1,3}):(\d+)")
SPECTRUM_HEAD = re.compile(r"\s*Value\(ms\)\s+Percentile\s+TotalCount\s+1/\(1-Percentile\)")
SPECTRUM = re.compile(r"\s*(\d+\.\d+)\s+([01]\.\d+)\s+(\d+)\s+\d")
BUCKETS_HEAD = re.compile(r"\s*Bucket\s+#\s+%\s+Histogram")
BUCKET = re.compile(r"\s*\[(\S+),\s+(\S+)\]\s+(\d+)\s+[\d.]+%")


@dataclass(slots=True)
class Report:
    """One report; rows by their name and the names in their brackets."""

    line: int = 0
    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    codes: dict[int, int] = field(default_factory=dict)
    errors: list[tuple[int, str]] = field(default_factory=list)
    spectrum: dict[float, float] = field(default_factory=dict)
    counted: int | None = None  # of a spectrum or of buckets
    _in_errors: bool = False

    def takes(self, number: int, line: str) -> bool:
        """Take a line; False where a row cannot be read."""
        if match := FIELD.match(line):
            names, cells = match[2].split(", "), [c.strip() for c in match[3].split(",")]
            self.line = self.line or number
            self._in_errors = False
            if match[1] == "Status Codes":
                self.codes = {int(code): int(n) for code, n in CODE.findall(match[3])}
                return True
            self.rows[match[1]] = dict(zip(names, cells, strict=False))
            return len(names) == len(cells)
        if ERRORS.match(line):
            self._in_errors = True
        elif self._in_errors and line.strip():
            self.errors.append((number, line.strip()))
        else:
            self._table(number, line)
        return True

    def _table(self, number: int, line: str) -> None:
        if row := SPECTRUM.match(line):
            self.spectrum.setdefault(float(row[2]), float(row[1]) / 1000)
            self.counted, self.line = int(row[3]), self.line or number
        elif bucket := BUCKET.match(line):
            self.counted = (self.counted or 0) + int(bucket[3])
            self.line = self.line or number

    def failures(self) -> Failures:
        """By status; code 0 is no answer, and why is told without a count."""
        failures = Failures()
        for code, times in self.codes.items():
            if code and is_failure(code):
                failures.status(code, times, self.line)
        lost = [(line, text) for line, text in self.errors if not _names_status(text)]
        if self.codes.get(0):
            line, text = lost[0] if len(lost) == 1 else (self.line, "no answer")
            failures.named(text, self.codes[0], line)
        return failures

    def totals(self) -> LoadTotals | None:
        """None where the report breaks off before any count."""
        requests = self._number("Requests", "total")
        if math.isnan(requests) and self.counted is None:
            return None
        if math.isnan(requests):
            return self._from_table()
        length_s = self._seconds("Duration", "total")
        return LoadTotals(
            int(requests),
            self.failures().total,
            self._latency("mean"),
            self._latency("50"),
            self._latency("95"),
            self._latency("99"),
            requests / length_s if length_s > 0 else math.nan,
            line=self.line,
            max_s=self._latency("max"),
            duration_s=length_s,
            offered_per_s=self._number("Requests", "rate"),
        )

    def _from_table(self) -> LoadTotals:
        """Of a spectrum between its nearest two points, of buckets nothing but their sum."""
        points = sorted(self.spectrum)
        at = [self.spectrum[p] for p in points]
        p50, p95, p99, most = (
            float(np.interp(q, points, at)) if points else math.nan for q in (0.5, 0.95, 0.99, 1.0)
        )
        counted, unknown = self.counted or 0, math.nan
        return LoadTotals(counted, unknown, unknown, p50, p95, p99, line=self.line, max_s=most)

    def _latency(self, name: str) -> float:
        return self._seconds("Latencies", name)

    def _seconds(self, row: str, name: str) -> float:
        return seconds(self.rows.get(row, {}).get(name, ""))

    def _number(self, row: str, name: str) -> float:
        return count(self.rows.get(row, {}).get(name, ""))


def _names_status(text: str) -> bool:
    """Whether an error repeats a status ("500 Internal Server Error")."""
    return re.match(r"[1-5]\d\d \w", text) is not None


def reports_of(raw: RawFile, bad: list[tuple[int, str]]) -> Iterator[Report]:
    """The row "Requests", or the head of a table, begins a report."""
    report: Report | None = None
    for number, line in raw.lines():
        field_of = FIELD.match(line)
        begins = field_of is not None and field_of[1] == "Requests"
        if begins or SPECTRUM_HEAD.match(line) or BUCKETS_HEAD.match(line):
            if report is not None:
                yield report
            report = Report()
        if report is not None and not report.takes(number, line):
            bad.append((number, line))
    if report is not None:
        yield report
