"""JMeter's log (jmeter.log) and what it writes to the terminal.

    2026-11-23 04:25:54,123 INFO o.a.j.r.Summariser: summary =   2328 in 00:00:08 =  280.9/s …
    2026/11/23 04:25:54 INFO  - jmeter.reporters.Summariser: summary =   2328 in   8.3s = …
    Starting the test @ Mon Nov 23 03:59:19 UTC 2026 (1795406359351)

Stamps of the log are local and bear no zone; the terminal gives epoch milliseconds of the
start and the end. Lines of the summariser come every 30 s: the only series without a
result file, without percentiles. Known messages: memory or threads that ran out, open files,
local ports.

Source: org.apache.jmeter.reporters.Summariser and bin/log4j2.xml of JMeter.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict

import numpy as np

from diagnose.badlines import BadLines
from diagnose.failures import without_values
from diagnose.metrics import message
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Occurrences, Reading
from diagnose.stamps import stamp_s

from ._generator_distress import KNOWN, slug_of
from ._jmeter_summary_lines import Interval, Summary, interval_of, load_of_summary
from ._load_runs import LARGE

RECORD = re.compile(
    r"(?P<at>\d{4}[-/]\d\d[-/]\d\d \d\d:\d\d:\d\d(?:,\d{3})?) "
    r"(?P<level>DEBUG|INFO|WARN|ERROR|FATAL)\s+(?:- )?(?P<logger>[\w.$]+):\s(?P<text>.*)"
)
OURS = re.compile(r"^(?:o\.a\.j\.|org\.apache\.jmeter|jmeter\.)")
START = re.compile(r"Starting (?:standalone |distributed |the )?test @ .*\((\d{13})\)")
END = re.compile(r"Tidying up .*@ .*\((\d{13})\)")
VERSION = re.compile(r"\bVersion (\d+\.[\w.]+)")
TRANSACTIONS_IGNORED_SINCE = (3, 0)
CONSOLE = re.compile(
    r"^Creating summariser <|^Created the tree successfully using |"
    r"^\[[^\]]+\] (?:INFO|WARN|ERROR) org\.apache\.jmeter\.|" + START.pattern
)


def recognizes(head: Head) -> float:
    """By a record of one of JMeter's loggers, its console lines, or its summariser."""
    for line in head.lines[:300]:
        record = RECORD.match(line)
        if (record and OURS.match(record["logger"])) or CONSOLE.match(line):
            return 0.9
    return 0.9 if any(interval_of(line, 0, 0.0) for line in head.lines[:300]) else 0.0


@collector(
    kind="jmeter_log",
    title="JMeter log",
    recognizes=recognizes,
    role="load_generator",
    tool="JMeter",
    gives=("series", "users", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """The last run's summariser as a load; known messages as occurrences."""
    log = _Log()
    for number, line in raw.lines():
        log.read(number, line)
    return log.reading()


class _Log:
    """The log so far."""

    def __init__(self) -> None:
        self.runs: list[dict[str, Summary]] = []
        self.began_s = math.nan
        self.at_s = math.nan
        self.naive = False
        self.facts: dict[str, Fact] = {"load.tool": Fact("load.tool", "jmeter")}
        self.found: dict[str, list[tuple[float, int, str]]] = defaultdict(list)

    def read(self, number: int, line: str) -> None:
        """Take one line."""
        record = RECORD.match(line)
        text = record["text"] if record else line
        if record:
            self.at_s = stamp_s(record["at"].replace("/", "-"))
            self.naive = True
        if slug := slug_of(text):
            self.found[slug].append((self.at_s, number, text))
        interval = interval_of(text, number, self.at_s if record else math.nan)
        if interval:
            self._interval(interval)
        else:
            self._clock_and_version(number, text)

    def _clock_and_version(self, number: int, text: str) -> None:
        if match := START.search(text):
            self.began_s = int(match[1]) / 1000
        elif match := END.search(text):
            for summary in self._run().values():
                summary.ended_s = int(match[1]) / 1000
        elif match := VERSION.search(text):
            self.facts.setdefault("load.version", Fact("load.version", match[1], line=number))
        elif "Creating summariser <" in text:
            self.runs.append({})

    def _interval(self, interval: Interval) -> None:
        run = self._run()
        known = run.get(interval.name)
        if known and _begins_again(known, interval):
            self.runs.append(run := {})
        run.setdefault(interval.name, Summary(began_s=self.began_s)).intervals.append(interval)

    def _run(self) -> dict[str, Summary]:
        if not self.runs:
            self.runs.append({})
        return self.runs[-1]

    def reading(self) -> Reading:
        """All that was found; an empty Occurrences for a known message that did not occur."""
        reading = Reading(facts=list(self.facts.values()), naive=self.naive)
        runs = [max(run.values(), key=lambda s: s.requests) for run in self.runs if run]
        if runs:
            best = max(i for i, r in enumerate(runs) if r.requests >= LARGE * _largest(runs))
            reading.loads.append(load_of_summary(runs[best]))
            reading.notes.extend(_notes(runs, best, self.facts))
        reading.occurrences.extend(_occurrences(slug, self.found[slug]) for slug in KNOWN)
        return reading


def _occurrences(slug: str, found: list[tuple[float, int, str]]) -> Occurrences:
    return Occurrences(
        message("generator", slug),
        np.array([at_s for at_s, _, _ in found], float),
        np.array([number for _, number, _ in found], np.int64),
        example=without_values(found[0][2])[:200] if found else "",
    )


def _largest(runs: list[Summary]) -> int:
    return max(run.requests for run in runs)


def _begins_again(summary: Summary, interval: Interval) -> bool:
    """Whether a total is smaller than the one before it."""
    totals = [each.requests for each in summary.intervals if each.whole]
    return interval.whole and bool(totals) and interval.requests < totals[-1]


def _notes(runs: list[Summary], best: int, facts: dict[str, Fact]) -> list[str]:
    notes = []
    if len(runs) > 1:
        notes.append(
            f"{len(runs)} runs stand in it; the one from line {runs[best].intervals[0].line} on "
            f"was read ({runs[best].requests:,} requests)"
        )
    if not any(not each.whole for each in runs[best].intervals):
        notes.append(
            "the summariser wrote one line for the whole test: no series; -l results.jtl keeps "
            "every sample"
        )
    version = facts.get("load.version")
    if version and _old(version.value):
        notes.append(
            f"JMeter {version.value} counts transaction controllers in it, beside their requests"
        )
    return notes


def _old(version: str) -> bool:
    parts = re.findall(r"\d+", version)[:2]
    return tuple(int(part) for part in parts) < TRANSACTIONS_IGNORED_SINCE
