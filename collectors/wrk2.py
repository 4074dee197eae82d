r"""What wrk2 prints.

      Thread calibration: mean lat.: 78.946ms, rate sampling interval: 252ms
      Latency Distribution (HdrHistogram - Recorded Latency)
     50.000%   75.84ms
           103.103     0.750000          372         4.00
      1514 requests in 15.01s, 0.85MB read
    Requests/sec:    100.90

Latencies count from the moment at which a request was due, so that no coordinated omission hides
an overload; they grow with the length of the run then. The first ten seconds (calibration) are
not in them. -U prints the uncorrected ones in a second block. The rate that was asked for (-R)
is not printed; it is read where the command line stands in the same file. Values of the spectrum
are milliseconds. A run below ten seconds and without --latency looks like wrk's.

Source: https://github.com/giltene/wrk2 (src/wrk.c, README).
"""

from __future__ import annotations

import math

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, Reading
from diagnose.units import show

from ._best_commands import BEST
from ._load_failures import Distress
from ._wrk_run import Run
from ._wrk_text import NO_SUMMARY, is_output, is_wrk2, runs_of

HELD = 0.95  # of the rate that was asked for (a choice)


def recognizes(head: Head) -> float:
    """By wrk's first lines, and a sign of wrk2."""
    return 0.97 if is_output(head) and is_wrk2(head) else 0.0


@collector(
    kind="wrk2",
    title="wrk2 output",
    recognizes=recognizes,
    role="load_generator",
    tool="wrk2",
    best=BEST["wrk2"],
    gives=("percentiles", "errors", "users"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load a run."""
    reading = Reading(facts=[Fact("load.tool", "wrk2")])
    distress = Distress()
    for run in runs_of(raw, bad):
        totals, failures = run.totals(), run.failures()
        if totals:
            load = Load("wrk2", (), (totals,), failures.errors(), open_model=True, from_due=True)
            reading.loads.append(load)
        if run.rate < HELD * run.offered_per_s:
            said = f"the rate was not reached: {run.rate} of {run.offered_per_s} a second"
            distress.add("too_few_users", said, run.line)
        reading.notes.extend(_notes(run))
    reading.occurrences = distress.occurrences()
    return reading


def _notes(run: Run) -> list[str]:
    notes = []
    if run.requests is None:
        return [NO_SUMMARY]
    if math.isnan(run.offered_per_s):
        notes.append("wrk2 does not print the rate that it was asked for (-R)")
    elif run.rate < HELD * run.offered_per_s:
        notes.append(
            f"the rate was not reached: {show(run.rate, '1/s')} of {show(run.offered_per_s, '1/s')}"
        )
    if run.calibrated and 0 < run.own.recorded < run.requests:
        notes.append(
            f"latencies are those of {run.own.recorded:,} of {run.requests:,} requests: without "
            "the first ten seconds (calibration)"
        )
    if run.uncorrected and run.uncorrected.at:
        p50, p99 = (run.uncorrected.percentile(p) for p in (50.0, 99.0))
        notes.append(
            f"from when requests were really sent (-U): p50 {show(p50, 's')}, p99 {show(p99, 's')}"
        )
    if run.sockets[3]:
        notes.append(
            f"wrk2 found connections waiting longer than --timeout {run.sockets[3]:,} times; it "
            "counts the same one again every two seconds, so these are no requests"
        )
    return notes
