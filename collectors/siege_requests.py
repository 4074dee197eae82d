r"""siege -v: one line a request that was answered, in four guises.

    [Mon, 2026-11-23 03:11:48]    5,HTTP/1.1,200,  0.00,   2704,http://h/page,0,2026-11-23 03:11:48
    HTTP/1.1,200,  0.00,   2704,http://h/page,0,2026-11-23 03:11:48             (csv = true)
    [Mon, 2026-11-23 03:11:48] HTTP/1.1 200     0.00 secs:    2704 bytes ==> GET  /page
       5) HTTP/1.1 200     0.00 secs:    2704 bytes ==> GET  /page              (display-id = true)

Seconds to two digits. The time is that of the end, whole seconds, local to the generator and
without a zone; with display-id and without csv there is none. Requests are taken to have ended
in the middle of their second. Without an answer (refused, time-out) a request has no line, but
one of siege's `[error]` on stderr. Lines may bear colours. The summary may stand below.

Source: https://www.joedog.org/siege-manual/ and src/browser.c of github.com/JoeDog/siege.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from diagnose.badlines import BadLines
from diagnose.loadrows import LoadRows, load_of
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, LoadTotals, Reading
from diagnose.stamps import stamp_s

from ._best_commands import BEST
from ._load_columns import RequestColumns
from ._load_failures import SOCKETS, Failures, is_failure
from ._printed_numbers import plain
from ._siege_summary import VERSION, Run
from ._whole_seconds import with_length

STAMP = r"(?:\[\w{3}, (?P<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\] ?)?"
CSV = re.compile(
    STAMP + r"(?:[^,]*,)?(?: *\d+,)?(?:HTTP/[\d.]+|FTP),(?P<status>\d{3}), *(?P<took>\d+\.\d\d),"
    r" *\d+,(?P<url>[^,\s]*(?:,[^,\s]*)*?),\d+,(?P<end>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s*$"
)
TEXT = re.compile(
    STAMP + r"(?: *\d+\) )?HTTP/[\d.]+ (?P<status>\d{3})(?:\(C\))?\s+(?P<took>\d+\.\d\d) secs:"
    r"\s+\d+ bytes ==> (?P<url>[A-Z]+\s+\S+)\s*$"
)
TORN = re.compile(STAMP + r"(?: *\d+(?:\)|,) ?)?HTTP/")
NO_ROWS = "siege writes no line for a request without an answer: such failures are not in it"
NO_TIMES = "these lines bear no times; csv = true or timestamp = true in siegerc writes them"
WHOLE = "ends are whole seconds, and durations hundredths: the curve is right to a second"


def recognizes(head: Head) -> float:
    """By the form of a line."""
    lines = [plain(line) for line in head.body[:50]]
    return 0.97 if any(CSV.match(line) or TEXT.match(line) for line in lines) else 0.0


@dataclass(slots=True)
class _Log:
    """One run: its requests, and what siege said on stderr, where that is in the same file."""

    columns: RequestColumns = field(default_factory=RequestColumns)
    run: Run = field(default_factory=Run)
    dated: bool = False

    def takes(self, number: int, line: str) -> bool:
        """False where a line should be a request's, and cannot be read."""
        match = CSV.match(line) or TEXT.match(line)
        if match is None:
            return self.run.takes(number, line) or not TORN.match(line)
        groups = match.groupdict()
        took_s, status = float(match["took"]), int(match["status"])
        ended_s = stamp_s(groups.get("end") or match["stamp"] or "")
        self.dated |= not math.isnan(ended_s)
        failure = f"status {status}" if is_failure(status) else ""
        self.columns.add(ended_s + 0.5 - took_s, took_s, number, failure)
        url = " ".join(match["url"].split())
        self.columns.asked(url)
        return True

    def load(self) -> Load:
        """Series where there are times; totals of siege's own where it printed them."""
        rows, told = self.columns.rows(), self.run.totals()
        if self.dated:
            load = load_of("siege", rows, open_model=False)
            load = with_length(load, rows.began_s + rows.duration_s)
        else:
            errors = load_of("siege", rows).errors
            load = Load("siege", totals=(_totals(rows),), errors=errors, open_model=False)
        return load if told is None else _with_summary(load, told, self.run)


@collector(
    kind="siege_requests",
    title="siege requests (-v)",
    recognizes=recognizes,
    role="load_generator",
    tool="siege",
    best=BEST["siege"],
    gives=("series", "percentiles", "errors", "routes", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """The load curve; a summary in the same file is that of the lines above it."""
    facts = {"load.tool": Fact("load.tool", "siege")}
    reading = Reading()
    for log in _logs(raw, bad):
        if log.run.version:
            facts["load.version"] = Fact("load.version", log.run.version[0])
        reading.loads.append(log.load())
        reading.naive |= log.dated
        reading.notes = [WHOLE if log.dated else NO_TIMES]
        if log.run.totals() is None:
            reading.notes.append(NO_ROWS)
        reading.occurrences += log.run.distress.occurrences(*(SOCKETS if log.run.begun else ()))
    reading.facts = list(facts.values())
    return reading


def _logs(raw: RawFile, bad: BadLines) -> Iterator[_Log]:
    """A banner below requests begins another run."""
    log = _Log()
    for number, text in raw.lines():
        line = plain(text)
        if VERSION.match(line) and log.columns:
            yield log
            log = _Log()
        if not log.takes(number, line):
            bad.note(number, text)
    if log.columns:
        yield log


def _with_summary(load: Load, told: LoadTotals, run: Run) -> Load:
    """siege's own counts, which hold what has no line."""
    own = replace(
        load.totals[0],
        requests=told.requests,
        failures=told.failures,
        throughput_per_s=told.throughput_per_s,
        duration_s=told.duration_s,
        users=told.users,
        line=told.line,
    )
    failures = Failures(dict(run.errors.found))
    by_text: dict[str, int] = {}
    for error in load.errors:
        by_text[error.text] = by_text.get(error.text, 0) + error.count
    for text, times in by_text.items():
        failures.named(text, times, kind="status")
    failures.named(
        "failed transactions that siege only counts", int(told.failures) - failures.total
    )
    return replace(load, totals=(own, *load.totals[1:]), errors=failures.errors())


def _totals(rows: LoadRows) -> LoadTotals:
    """How long requests took, where nobody knows when they were."""
    took_s = rows.duration_s
    p50, p95, p99 = (
        float(np.quantile(took_s, q, method="inverted_cdf")) for q in (0.5, 0.95, 0.99)
    )
    return LoadTotals(
        int(took_s.size),
        int(rows.failed.sum()),
        float(took_s.mean()),
        p50,
        p95,
        p99,
        line=int(rows.lines[0]),
        max_s=float(took_s.max()),
    )
