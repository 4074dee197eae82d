"""What k6 prints: its summary of the whole test, and the messages of its log.

    http_req_duration..............: avg=164.91ms min=103.33µs med=27.73ms max=1.63s p(95)=1.06s
    http_req_failed................: 0.01%  3 out of 18135          (until 0.57: ✓ 3  ✗ 18132)
    http_reqs......................: 18135  287.845287/s
    time="…" level=warning msg="Insufficient VUs, reached 300 active VUs and cannot initialize more"

Times bear their unit and are rounded. Of http_req_failed the first number is that of failed
requests, in both forms. The lines on progress count iterations, not requests: no series.

Source: https://grafana.com/docs/k6/latest/results-output/end-of-test/
"""

from __future__ import annotations

import math
import re

import numpy as np

from diagnose.badlines import BadLines
from diagnose.metrics import message
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Occurrences, Reading
from diagnose.stamps import stamp_s

from ._generator_distress import KNOWN, slug_of
from ._k6_totals import Summary

METRIC = re.compile(r"^\s*(?:[✓✗]\s*)?(\w+)\.*: +(.+)$")
DOTTED = re.compile(r"^\s*(?:[✓✗]\s*)?(?:http_req\w*|iterations?\w*|vus\w*|checks\w*)\.{2,}: ")
BANNER = re.compile(r"^\s+execution: (?:local|cloud|distributed)\s*$|^\s+█ TOTAL RESULTS")
RUNNING = re.compile(r"^running \(([\dhms.]+)\), \d+/\d+ VUs, \d+ complete")
LOG = re.compile(r'^time="([^"]+)" level=(\w+) msg="((?:[^"\\]|\\.)*)"(.*)')
SHORT_LOG = re.compile(r"^(?:WARN|ERRO|INFO)\[\d{4,}\] (.+)")
OURS = re.compile(r"Insufficient VUs|thresholds on metrics|Request Failed|thresholds have failed")
TOO_FEW = re.compile(r"Insufficient VUs")
NUMBER = r"-?\d+(?:\.\d+)?"
PART = re.compile(rf"({NUMBER})(h|ms|m|s|µs|us|ns)")
NAMED = re.compile(r"([\w().]+)=(\S+)")
MILLIS = {"h": 3.6e6, "m": 6e4, "s": 1e3, "ms": 1.0, "µs": 1e-3, "us": 1e-3, "ns": 1e-6}
OPEN = re.compile(r"\* \w.*: .*iterations/s ")
CLOSED = re.compile(r"\* \w.*: .*(?:looping VUs|iterations (?:shared|for each))")
SLUGS = ("too_few_users", *KNOWN)


def recognizes(head: Head) -> float:
    """By its banner, a line of its summary, or a message of its own."""
    for line in head.lines[:400]:
        if BANNER.match(line) or DOTTED.match(line) or RUNNING.match(line):
            return 0.93
        if (match := LOG.match(line) or SHORT_LOG.match(line)) and OURS.search(match[0]):
            return 0.93
    return 0.0


@collector(
    kind="k6_console",
    title="k6 console output",
    recognizes=recognizes,
    role="load_generator",
    tool="k6",
    gives=("percentiles",),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """The summary as totals, warnings as occurrences."""
    console = _Console()
    for number, line in raw.lines():
        console.take(number, line)
    return console.reading()


class _Console:
    """What was printed so far."""

    def __init__(self) -> None:
        self.summary = Summary()
        self.found: dict[str, list[tuple[float, int, str]]] = {slug: [] for slug in SLUGS}
        self.kinds: set[bool] = set()  # of executors: with arrivals of their own, or not

    def take(self, number: int, line: str) -> None:
        """One line."""
        if match := METRIC.match(line):
            _metric(match[1], match[2], self.summary, number)
        elif match := RUNNING.match(line):
            self.summary.duration_s = _millis(match[1]) / 1000
        elif match := LOG.match(line):
            self._message(stamp_s(match[1]), number, match[3] + match[4])
        elif match := SHORT_LOG.match(line):
            self._message(math.nan, number, match[1])
        elif OPEN.search(line) or CLOSED.search(line):
            self.kinds.add(bool(OPEN.search(line)))

    def _message(self, at_s: float, line: int, text: str) -> None:
        slug = "too_few_users" if TOO_FEW.search(text) else slug_of(text)
        if slug:
            self.found[slug].append((at_s, line, text[:200]))

    def reading(self) -> Reading:
        """All of it."""
        reading = Reading(facts=[Fact("load.tool", "k6")])
        if len(self.kinds) == 1:
            (self.summary.open_model,) = self.kinds
        if self.summary.metrics:
            self.summary.fill(reading)
            reading.occurrences.clear()  # with the messages, below
            reading.notes.append(
                "a summary of the whole test, no series: --out csv=run.csv has one"
            )
        else:
            reading.notes.append(
                "it holds no summary: the test was cut, or --summary-mode=disabled"
            )
        count = self.summary.value("dropped_iterations", "count")
        few = self.found["too_few_users"]
        if count > 0 and not few:
            few += [(math.nan, self.summary.line, f"dropped_iterations: {count:,.0f}")] * int(count)
        reading.occurrences.extend(_occurrences(slug, rows) for slug, rows in self.found.items())
        return reading


def _metric(name: str, text: str, summary: Summary, line: int) -> None:
    """A line of the summary; sub-metrics ({ expected_response:true }) do not match."""
    values: dict[str, float] = {}
    for key, value in NAMED.findall(text):
        values[key] = _millis(value) if PART.match(value) else _number(value)
    numbers = re.findall(NUMBER, text)
    if name == "http_req_failed" and len(numbers) > 1:
        values = {"passes": float(numbers[1])}
    elif not values or name in ("vus", "vus_max"):
        values |= {"count": _number(numbers[0]) if numbers else math.nan}
        if rate := re.search(rf"({NUMBER})/s", text):
            values["rate"] = float(rate[1])
    if values and (name.startswith(("http_", "iteration", "vus", "dropped_"))):
        summary.metrics[name] = values
        if name == "http_reqs":
            summary.line = line


def _millis(text: str) -> float:
    """A time with its units in milliseconds; NaN for none.

    >>> _millis("1m2.5s"), _millis("103.33µs"), _millis("-")
    (62500.0, 0.10333, nan)
    """
    parts = PART.findall(text)
    return sum(float(n) * MILLIS[unit] for n, unit in parts) if parts else math.nan


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _occurrences(slug: str, rows: list[tuple[float, int, str]]) -> Occurrences:
    return Occurrences(
        message("generator", slug),
        np.array([at_s for at_s, _, _ in rows], float),
        np.array([line for _, line, _ in rows], np.int64),
        example=rows[0][2] if rows else "",
    )
