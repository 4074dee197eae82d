"""What ab (ApacheBench) prints: its summary, as text or as the HTML of -w, and its errors.

    Concurrency Level:      40
    Time taken for tests:   30.903 seconds
    Complete requests:      6000
    Failed requests:        5988
       (Connect: 0, Receive: 0, Length: 5988, Exceptions: 0)
    Non-2xx responses:      12

Times are milliseconds. "Length" counts bodies as long as another than the first one, which any
dynamic page has: no failures. Lines on non-2xx answers and write errors are there only where
there were any. Of the two "Time per request" the second is 1 / throughput. There is no time of
day. -v puts headers and bodies in between; ended by another signal than SIGINT, ab prints
nothing; without -r it gives up at the first reset.

Source: https://httpd.apache.org/docs/2.4/programs/ab.html and support/ab.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, Reading

from ._ab_run import BANNER, COMPLETE, CONCURRENCY, ERROR, LABEL, PROGRESS, Run, text_of
from ._best_commands import BEST
from ._load_failures import SOCKETS, Distress


def recognizes(head: Head) -> float:
    """By the banner, by two labels where it was cut off, or where all is errors and progress."""
    lines = [text_of(line) for line in head.lines]
    if any(BANNER.match(line) for line in lines):
        return 0.97
    if {CONCURRENCY, COMPLETE} <= {m[1] for line in lines if (m := LABEL.match(line))}:
        return 0.95
    said = all(ERROR.search(line) or PROGRESS.match(line) for line in head.body)
    return 0.9 if head.body and said else 0.0


@collector(
    kind="ab_summary",
    title="ab summary",
    recognizes=recognizes,
    role="load_generator",
    tool="ab",
    best=BEST["ab"],
    gives=("percentiles", "errors", "users"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load a run; the last words of a run that gave up."""
    reading = Reading()
    facts = {"load.tool": Fact("load.tool", "ab")}
    distress = Distress()
    for run in _runs(raw, bad):
        totals, failures = run.totals(), run.failures()
        if totals or failures.total:
            made = (totals,) if totals else ()
            reading.loads.append(Load("ab", (), made, failures.errors(), open_model=False))
        reading.notes.extend(run.notes())
        for line, text in run.errors:
            distress.hear(text, line)
        if run.errors and not run.complete:
            distress.add("gave_up", run.errors[-1][1], run.errors[-1][0])
        if run.version:
            facts["load.version"] = Fact("load.version", run.version[0], line=run.version[1])
    reading.facts = list(facts.values())
    reading.occurrences = distress.occurrences(*SOCKETS)
    return reading


def _runs(raw: RawFile, bad: BadLines) -> Iterator[Run]:
    """A banner begins a run; what stands on stderr may come before it."""
    run = Run()
    for number, line in raw.lines():
        line = text_of(line)
        if BANNER.match(line) and run.begun:
            yield run
            run = Run()
        if not run.takes(number, line):
            bad.note(number, line)
    yield run
