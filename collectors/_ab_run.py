"""One run of ab, gathered from the lines that it printed."""

from __future__ import annotations

import html
import math
import re
from dataclasses import dataclass, field

from diagnose.readings import LoadTotals

from ._load_failures import Failures
from ._printed_numbers import whole

BANNER = re.compile(r"\s*This is ApacheBench, Version (\S+)")
LABEL = re.compile(r"\s*([A-Z][\w /-]*[a-z]):\s+(\S.*)$")
CONCURRENCY, TAKEN, COMPLETE = "Concurrency Level", "Time taken for tests", "Complete requests"
FAILED, OTHER_STATUS, WRITE = "Failed requests", "Non-2xx responses", "Write errors"
RATE, PER_REQUEST = "Requests per second", "Time per request"
LABELS = (CONCURRENCY, TAKEN, COMPLETE, FAILED, OTHER_STATUS, WRITE, RATE, PER_REQUEST)
TIMES = re.compile(r"\s*Total:\s+(\d[\d.]*(?:\s+\d[\d.]*){2,4})\s*$")
PARTS = re.compile(r"(Connect|Receive|Length|Exceptions): (\d+)")
PERCENTILE = re.compile(r"\s*(\d{1,3})%\s+(\d+(?:\.\d+)?)(?:\s+\(longest request\))?\s*$")
ERROR = re.compile(r"(?:apr_\w+(?:\(\))?|socket): .*\(\d+\)\s*$|Test aborted after \d+ fail")
PROGRESS = re.compile(r"\s*(Completed|Finished|Total of) (\d+) requests")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
TAG = re.compile(r"<[^>]*>")
ROUNDED_MS = 10.0  # below it a mean in whole milliseconds says little (a choice)
KINDS = {"Connect": "refused", "Receive": "reset", "Exceptions": "other"}


def text_of(line: str) -> str:
    """A line of the HTML table of -w as ab prints it without -w; others as they are.

    >>> text_of("<tr ><th colspan=2>Complete requests:</th><td>400</td></tr>").split()
    ['Complete', 'requests:', '400']
    """
    return html.unescape(TAG.sub(" ", line)) if line.lstrip().startswith("<") else line


@dataclass(slots=True)
class Run:
    """One run; values by label, with the line that they stand on."""

    version: tuple[str, int] | None = None
    values: dict[str, tuple[float, int]] = field(default_factory=dict)
    parts: dict[str, tuple[int, int]] = field(default_factory=dict)
    times_ms: list[float] = field(default_factory=list)  # min, mean, …, max
    percentiles_ms: dict[str, float] = field(default_factory=dict)
    errors: list[tuple[int, str]] = field(default_factory=list)
    progress: int = 0
    finished: bool = False

    def takes(self, number: int, line: str) -> bool:
        """Take what a line tells; False where a known label has no number."""
        label = LABEL.match(line)
        if label and label[1] in LABELS:
            value = NUMBER.match(label[2])
            if value and "across all" not in label[2]:
                self.values[label[1]] = (float(value[0]), number)
            return value is not None
        if banner := BANNER.match(line):
            self.version = (banner[1], number)
        elif times := TIMES.match(line):
            self.times_ms = [float(x) for x in times[1].split()]
        elif percentile := PERCENTILE.match(line):
            self.percentiles_ms[percentile[1]] = float(percentile[2])
        elif line.lstrip().startswith("("):
            self.parts.update({name: (int(n), number) for name, n in PARTS.findall(line)})
        else:
            self._hear(number, line)
        return True

    def _hear(self, number: int, line: str) -> None:
        """What ab writes to stderr."""
        if progress := PROGRESS.match(line):
            self.progress = max(self.progress, int(progress[2]))
            self.finished |= progress[1] == "Finished"
        elif error := ERROR.search(line):
            self.errors.append((number, error[0].strip()))

    @property
    def begun(self) -> bool:
        """Whether a banner now would be that of another run."""
        return self.version is not None or bool(self.values)

    @property
    def complete(self) -> bool:
        return COMPLETE in self.values

    def failures(self) -> Failures:
        """All but bodies of another length."""
        failures = Failures()
        for name, (times, line) in self.parts.items():
            if name in KINDS:
                failures.named(f"ab counts: {name}", times, line, KINDS[name])
        if OTHER_STATUS in self.values:
            counted, at = self.values[OTHER_STATUS]
            failures.named("responses that are not 2xx", whole(counted), at, "status")
        if WRITE in self.values:
            counted, at = self.values[WRITE]
            failures.named("ab counts: Write errors", whole(counted), at, "reset")
        if not self.complete:
            for line, text in self.errors:
                failures.named(text, 1, line)
        return failures

    def totals(self) -> LoadTotals | None:
        """None where ab printed no summary."""
        if not self.complete:
            return None
        requests, line = self.values[COMPLETE]
        p50, p95, p99 = (self.percentiles_ms.get(p, math.nan) / 1000 for p in ("50", "95", "99"))
        return LoadTotals(
            whole(requests),
            min(self.failures().total, whole(requests)),
            self._mean_ms() / 1000 if requests else math.nan,
            p50,
            p95,
            p99,
            self._value(RATE),
            "",
            line,
            max_s=self.times_ms[-1] / 1000 if self.times_ms and requests else math.nan,
            duration_s=self._value(TAKEN),
            users=self._value(CONCURRENCY),
        )

    def _mean_ms(self) -> float:
        """Of whole milliseconds, unless it is too short for them: then connections / rate."""
        own = self.times_ms[1] if self.times_ms else math.nan
        return own if own >= ROUNDED_MS else self._value(PER_REQUEST)

    def _value(self, label: str) -> float:
        return self.values[label][0] if label in self.values else math.nan

    def notes(self) -> list[str]:
        """What the user should know of this run."""
        length = self.parts.get("Length", (0, 0))[0]
        notes = []
        if length:
            notes.append(
                f"{length:,} bodies were of another length than the first: ab calls them failed, "
                "they were not counted so (`ab -l` accepts any length)"
            )
        if self._value(FAILED) > 0 and not self.parts:
            notes.append(
                f"ab counts {self._value(FAILED):,.0f} failed requests; the line that says why is "
                "missing, and they may only be bodies of another length"
            )
        if OTHER_STATUS in self.values:
            notes.append("ab counts redirects (3xx) among the responses that are not 2xx")
        if not self.complete and self.finished:
            notes.append("only ab's progress stands in it; its summary is on its standard output")
        elif not self.complete and (self.version or self.progress or self.errors):
            notes.append(self._on_missing_summary())
        return notes

    def _on_missing_summary(self) -> str:
        said = f"; its last words: {self.errors[-1][1]}" if self.errors else ""
        known = f" after at least {self.progress:,} requests" if self.progress else ""
        way = "" if self.errors else "; end it with Ctrl-C (SIGINT), then it prints all the same"
        if self.errors:
            way = "; `ab -r` goes on after such an error"
        return f"ab printed no summary{known}: it gave up or was killed{said}{way}"
