"""Locust's log: what --logfile holds, or what it writes to the terminal.

    [2026-11-23 04:08:41,757] client/WARNING/locust.runners: Worker … exceeded cpu threshold

Times are local to the generator's host and bear no zone. Tracebacks follow their message;
tables of totals stand between the messages unless --only-summary or --logfile was given.
What is known of: a busy processor, missed heartbeats, late reports, files and ports that
ran out, exceptions. "CPU usage was too high at some point" is written when a test ends.

Source: locust/runners.py, locust/log.py and locust/main.py of 0.8 to 2.47.
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
from diagnose.readings import Fact, Limit, Occurrences, Reading
from diagnose.stamps import stamp_s

from ._locust_console import Console, is_table

RECORD = re.compile(
    r"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[,.]\d+)\] ([^\s/]*)/"
    r"(DEBUG|INFO|WARNING|ERROR|CRITICAL)/([\w.-]+): (.*)"
)
TORN = re.compile(r"\[\d{4}-\d\d-\d\d ")
KNOWN = {
    "cpu_high": r"CPU usage (?:above|was too high)|CPU usage threshold|exceeded cpu threshold",
    "heartbeat_missed": r"failed to send heartbeat|Didn't get heartbeat from master",
    "reports_late": r"not all reports received from workers",
    "too_many_open_files": r"Too many open files|\bEMFILE\b",
    "no_local_address": r"Cannot assign requested address|\bEADDRNOTAVAIL\b",
}
TESTS = tuple((slug, re.compile(pattern, re.IGNORECASE)) for slug, pattern in KNOWN.items())
TRACEBACK = "Traceback (most recent call last):"
CHAIN = ("During handling of the above", "The above exception was the direct cause")
WORKER = re.compile(r"\b(?:Worker|Slave|Client) '?([\w.@-]+?)'?(?: \(index \d+\))? (?:failed|exc)")
VERSION = re.compile(r"Starting Locust (\d\S*)")
READY = re.compile(r"reported as ready\. (?:Currently )?(\d+) ")
USERS = re.compile(r"All users spawned: .*\((\d+) total (?:users|running)\)")
FILES = re.compile(r"open file limit '?(\d+)")


def recognizes(head: Head) -> float:
    """By a message of one of Locust's loggers, or the header of one of its tables."""
    records = [m for line in head.lines[:400] if (m := RECORD.search(line))]
    if any(match[4].startswith("locust") for match in records):
        return 0.97
    if any(is_table(line) for line in head.lines[:400]):
        return 0.95
    return 0.4 if records else 0.0


@collector(
    kind="locust_log",
    title="Locust log",
    recognizes=recognizes,
    role="load_generator",
    tool="Locust",
    gives=("percentiles", "errors", "routes"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Messages as occurrences, what they say of the run as facts, the last table as totals."""
    log = _Log(bad)
    for number, line in raw.lines():
        log.read(number, line)
    return log.reading()


class _Log:
    """The log so far."""

    def __init__(self, bad: BadLines) -> None:
        self.bad = bad
        self.console = Console()
        self.facts: dict[str, Fact] = {"load.tool": Fact("load.tool", "locust")}
        self.limits: dict[float, Limit] = {}
        self.found: dict[tuple[str, str], list[tuple[float, int, str]]] = defaultdict(list)
        self.spawned: list[int] = []
        self.at_s = math.nan
        self.raising = 0  # the line at which a traceback began
        self.chained = False  # the next one tells of the same exception
        self.stamped = False

    def read(self, number: int, line: str) -> None:
        """Take one line: a message, a line of a traceback, a line of a table, or a print."""
        match = RECORD.search(line)
        if match:
            self._end_traceback("")
            self.console.leaves()
            self._message(number, match)
        elif self.raising:
            self._traceback(line)
        elif TRACEBACK in line:
            self.raising = number
        elif TORN.match(line) or self.console.takes(number, line) is None:
            self.bad.note(number, line)
        else:
            self.chained = line.startswith(CHAIN) or (self.chained and not line.strip())
            self._known(number, line)

    def _message(self, number: int, match: re.Match[str]) -> None:
        self.at_s = stamp_s(match[1])
        self.stamped = True
        text = match[5]
        self.facts.setdefault("load.host", Fact("load.host", match[2], line=number))
        self._known(number, text)
        self._facts(number, text)

    def _known(self, number: int, text: str) -> None:
        """Note a message that is known."""
        for slug, test in TESTS:
            if test.search(text):
                worker = WORKER.search(text)
                part = worker[1] if worker else ""
                self.found[slug, part].append((self.at_s, number, text))

    def _facts(self, number: int, text: str) -> None:
        for name, pattern in (("load.version", VERSION), ("load.workers", READY)):
            if match := pattern.search(text):
                known = self.facts.get(name)
                if known is None or (name == "load.workers" and int(match[1]) > int(known.value)):
                    self.facts[name] = Fact(name, match[1], line=number)
        if match := USERS.search(text):
            self.spawned.append(int(match[1]))
        if match := FILES.search(text):
            limit = Limit("process.open_files_max", float(match[1]), "locust", number)
            self.limits.setdefault(limit.value, limit)

    def _traceback(self, line: str) -> None:
        """Up to the line that names what was raised."""
        if line[:1].isspace() or not line.strip():
            return
        self._known(self.raising, line)
        self._end_traceback(line)

    def _end_traceback(self, raised: str) -> None:
        if self.raising and not self.chained:
            self.found["exception", ""].append((self.at_s, self.raising, raised))
        self.raising, self.chained = 0, False

    def reading(self) -> Reading:
        """All that was found; an empty Occurrences for a known message that did not occur."""
        self._end_traceback("")
        reading = Reading(facts=list(self.facts.values()), limits=list(self.limits.values()))
        reading.naive = self.stamped
        for slug in (*KNOWN, "exception"):
            parts = sorted(part for known, part in self.found if known == slug)
            for part in parts or [""]:
                reading.occurrences.append(_occurrences(slug, part, self.found[slug, part]))
        if self.spawned:
            reading.notes.append(_on_users(self.spawned))
        if load := self.console.load():
            reading.loads.append(load)
        return reading


def _occurrences(slug: str, part: str, found: list[tuple[float, int, str]]) -> Occurrences:
    return Occurrences(
        message("generator", slug),
        np.array([at_s for at_s, _, _ in found], float),
        np.array([number for _, number, _ in found], np.int64),
        part,
        without_values(found[0][2])[:200] if found else "",
    )


def _on_users(spawned: list[int]) -> str:
    if len(spawned) == 1:
        return f"{spawned[0]} users were spawned in one step"
    return f"users were spawned in {len(spawned)} steps, from {spawned[0]} to {max(spawned)}"
