"""What httperf prints: its summary, with -v a rate every five seconds as well.

    httperf --hog --timeout=2 --client=0/1 --server=… --rate=260 … --num-conns=5200 --num-calls=1
    Total: connections 5200 requests 5200 replies 4101 test-duration 21.827 s
    Reply time [ms]: response 1591.5 transfer 0.0
    Reply status: 1xx=0 2xx=4179 3xx=0 4xx=0 5xx=1021
    Errors: total 0 client-timo 0 socket-timo 0 connrefused 0 connreset 0
    Errors: fd-unavail 0 addrunavail 0 ftab-full 0 other 0

Milliseconds, no time of day. Errors are calls without a reply: they are in no response time, so
that a mean falls while a server gets worse. fd-unavail, addrunavail and ftab-full are httperf's
own limits. The only percentile is the median of a connection, which may hold several calls.
`reply-rate` (-v) and `[1.0 s] 200=…, 302=…` (--periodic-stats, 0.9.1) are the only time series.

Source: https://linux.die.net/man/1/httperf and src/stat/basic.c of github.com/httperf/httperf.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, Reading

from ._best_commands import BEST
from ._httperf_run import TOTAL, Run, is_command
from ._load_failures import SOCKETS, Distress

NO_SUMMARY = (
    "httperf printed no summary: it was killed; end it with Ctrl-C (SIGINT), then it prints one"
)
WARNINGS = "only httperf's warnings stand in it; its summary is on its standard output"


def recognizes(head: Head) -> float:
    """By the command line that it echoes, or the first line of the summary."""
    if any(is_command(line) or TOTAL.match(line) for line in head.lines):
        return 0.97
    lone = head.body and all(line.startswith("httperf: ") for line in head.body)
    return 0.9 if lone else 0.0


@collector(
    kind="httperf",
    title="httperf output",
    recognizes=recognizes,
    role="load_generator",
    tool="httperf",
    best=BEST["httperf"],
    gives=("series", "errors"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load a run, its intervals in seconds since it began."""
    reading = Reading(facts=[Fact("load.tool", "httperf")])
    distress = Distress()
    begun = False
    for run in _runs(raw, bad, distress):
        begun |= bool(run.options)
        totals, series, failures = run.totals(), run.series(), run.failures()
        if totals or series:
            made = (totals,) if totals else ()
            model = run.open_model if run.options else None
            reading.loads.append(
                Load("httperf", series, made, failures.errors(), model, relative=bool(series))
            )
        run.distress(distress)
        reading.notes.extend(_notes(run))
    if not reading.loads:
        reading.notes.append(NO_SUMMARY if begun else WARNINGS)
    reading.occurrences = distress.occurrences(*SOCKETS)
    return reading


def _runs(raw: RawFile, bad: BadLines, distress: Distress) -> Iterator[Run]:
    """The command line begins a run, and so does a second summary."""
    run = Run()
    for number, line in raw.lines():
        again = is_command(line) and (run.options or run.total)
        if again or (run.total and TOTAL.match(line)):
            yield run
            run = Run()
        if not run.takes(number, line):
            bad.note(number, line)
        if line.startswith("httperf"):
            distress.hear(line, number)
    yield run


def _notes(run: Run) -> Iterator[str]:
    if run.series():
        yield "httperf writes no time of day: its times are seconds since it began"
    if run.periods:
        yield "its intervals count replies 200 and 302, and no others"
    elif run.rates:
        yield "its intervals of 5 s tell replies only: neither their times nor failures"
    timed_out = run.errors.get("client-timo", (0, 0))[0]
    if timed_out:
        yield (
            f"{timed_out:,} calls timed out (client-timo): they are in no response time, which is "
            "that of the others"
        )
    if run.total is None and (run.rates or run.periods):
        yield "the summary is missing: counts are those of the intervals"
