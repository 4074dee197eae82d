r"""What wrk prints, or its one line where it could not connect.

      2 threads and 40 connections
        Latency   207.79ms   23.61ms 360.86ms   79.38%
      5762 requests in 30.06s, 3.23MB read
    Requests/sec:    191.68

Each number bears its unit; lines on errors are there only where there were any. Percentiles
(50, 75, 90, 99) need --latency. No time of day, no series. A time-out is an answer that came
later than --timeout (2 s): it counts as a request, and its latency is left out.

Source: https://github.com/wg/wrk (src/wrk.c).
"""

from __future__ import annotations

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, Reading

from ._best_commands import BEST
from ._load_failures import Distress
from ._wrk_run import UNABLE, Run
from ._wrk_text import NO_SUMMARY, is_output, is_wrk2, runs_of


def recognizes(head: Head) -> float:
    """By its first two lines, without a sign of wrk2; or by its one line of despair."""
    if is_output(head):
        return 0.0 if is_wrk2(head) else 0.96
    return 0.85 if head.body and all(UNABLE.match(line) for line in head.body) else 0.0


@collector(
    kind="wrk",
    title="wrk output",
    recognizes=recognizes,
    role="load_generator",
    tool="wrk",
    best=BEST["wrk"],
    gives=("percentiles", "errors", "users"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load a run."""
    reading = Reading(facts=[Fact("load.tool", "wrk")])
    distress = Distress()
    for run in runs_of(raw, bad):
        totals, failures = run.totals(), run.failures()
        if totals or failures.total:
            made = (totals,) if totals else ()
            reading.loads.append(Load("wrk", (), made, failures.errors(), open_model=False))
        reading.notes.extend(_notes(run))
        if run.unable:
            distress.hear(*run.unable)
            distress.add("gave_up", *run.unable)
    reading.occurrences = distress.occurrences()
    return reading


def _notes(run: Run) -> list[str]:
    notes = []
    if run.requests is None and not run.unable:
        notes.append(NO_SUMMARY)
    lost, late = sum(run.sockets[:3]), run.sockets[3]
    if lost:
        notes.append(f"{lost:,} socket errors are counted as requests that failed")
    if late:
        notes.append(
            f"{late:,} answers came later than --timeout: they are in no latency figure, so that "
            "latencies look better than they were"
        )
    return notes
