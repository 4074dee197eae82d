"""vegeta report as text: the summary, a histogram (-type=hist) or a spectrum (-type=hdrplot).

Durations bear Go's units. `rate` is what was sent a second while the attack lasted, `throughput`
counts successes (200 to 399) until the last answer: here it is all requests in that time. Code 0
is no answer. The set of errors bears no counts. A histogram has no percentiles, a spectrum no
failures. A report of several attacks mixes them.

Source: https://github.com/tsenart/vegeta (README: report; lib/reporters.go).
"""

from __future__ import annotations

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, Reading

from ._best_commands import BEST
from ._load_failures import SOCKETS, Distress
from ._vegeta_text import BUCKETS_HEAD, FIELD, SPECTRUM_HEAD, Report, reports_of

ROWS = {"Requests", "Duration", "Latencies", "Success", "Status Codes"}
TABLE_ONLY = "this report tells no failures and no times: `vegeta report` without -type tells more"


def recognizes(head: Head) -> float:
    """By three of its rows, or the head of a table."""
    if len(ROWS & {m[1] for line in head.lines if (m := FIELD.match(line))}) > 2:
        return 0.96
    tables = (SPECTRUM_HEAD, BUCKETS_HEAD)
    return 0.9 if any(t.match(line) for line in head.lines[:5] for t in tables) else 0.0


@collector(
    kind="vegeta_report",
    title="vegeta report (text)",
    recognizes=recognizes,
    role="load_generator",
    tool="vegeta",
    best=BEST["vegeta"],
    gives=("percentiles", "errors"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load for each report."""
    reading = Reading(facts=[Fact("load.tool", "vegeta")])
    distress = Distress()
    unread: list[tuple[int, str]] = []
    for report in reports_of(raw, unread):
        totals = report.totals()
        if totals is None:
            reading.notes.append("a report breaks off before its counts")
            continue
        reading.loads.append(_load(report))
        for line, text in report.errors:
            distress.hear(text, line)
        if report.counted is not None:
            reading.notes.append(TABLE_ONLY)
    for line, text in unread:
        bad.note(line, text)
    reading.occurrences = distress.occurrences(*(SOCKETS if reading.loads else ()))
    return reading


def _load(report: Report) -> Load:
    totals = report.totals()
    made = (totals,) if totals else ()
    return Load("vegeta", totals=made, errors=report.failures().errors(), open_model=True)
