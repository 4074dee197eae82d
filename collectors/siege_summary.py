"""siege's summary, as text or as JSON, with what it said before.

No time of day and no percentiles. Errors without an answer stand one a line above the summary;
siege gives up after 1,024 of them. Its rate is rounded and leaves out what failed: with failures
the throughput is worked out from all requests. siege prints nothing where it was killed with
another signal than SIGINT.

Source: https://www.joedog.org/siege-manual/ and src/main.c of github.com/JoeDog/siege.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, Reading

from ._best_commands import BEST
from ._load_failures import SOCKETS
from ._printed_numbers import plain
from ._siege_summary import JSON_VALUE, NAMES, USERS, VALUE, VERSION, Run, counted, on_mean

TOLD = {"Transactions", "Availability", "Transaction rate", "Concurrency"}
NO_SUMMARY = (
    "siege printed no summary: it was killed; end it with Ctrl-C (SIGINT), then it prints one"
)


def recognizes(head: Head) -> float:
    """By its banner, or by labels of the summary."""
    lines = [plain(line) for line in head.lines]
    if any(VERSION.match(line) or USERS.match(line) for line in lines):
        return 0.96
    if len(TOLD & {m[1] for line in lines if (m := VALUE.match(line))}) > 2:
        return 0.95
    json = {m[1] for line in lines if (m := JSON_VALUE.match(line))}
    return 0.95 if {"transactions", "transaction_rate", "concurrency"} <= json else 0.0


@collector(
    kind="siege_summary",
    title="siege summary",
    recognizes=recognizes,
    role="load_generator",
    tool="siege",
    best=BEST["siege"],
    gives=("errors", "users"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load for each summary."""
    facts = {"load.tool": Fact("load.tool", "siege")}
    reading = Reading()
    for run in runs(raw):
        if run.version:
            facts["load.version"] = Fact("load.version", run.version[0], line=run.version[1])
        reading.occurrences += run.distress.occurrences(*(SOCKETS if run.errors.total else ()))
        told = run.totals()
        if told is None:
            reading.notes.append(NO_SUMMARY)
            continue
        if note := on_mean(told, run.hits):
            reading.notes.append(note)
        errors = counted(run, told).errors()
        reading.loads.append(Load("siege", totals=(told,), errors=errors, open_model=False))
    reading.facts = list(facts.values())
    return reading


def runs(raw: RawFile) -> Iterator[Run]:
    """A banner begins a run, and so does a second summary."""
    run = Run()
    for number, text in raw.lines():
        line = plain(text)
        if run.complete and (VERSION.match(line) or _begins(line)):
            yield run
            run = Run()
        run.takes(number, line)
    if run.begun:
        yield run


def _begins(line: str) -> bool:
    value = VALUE.match(line) or JSON_VALUE.match(line)
    return value is not None and NAMES.get(value[1], value[1]) == "Transactions"
