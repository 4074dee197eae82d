"""What is shared by the readers of wrk's and wrk2's output."""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.badlines import BadLines
from diagnose.rawfile import Head, RawFile

from ._wrk_run import BLOCK, CALIBRATION, CONNECTIONS, PER_THREAD, RUNNING, Run

NO_SUMMARY = (
    "the summary is missing: it was killed; end it with Ctrl-C (SIGINT), then it prints one"
)


def is_output(head: Head) -> bool:
    """Whether a run of wrk or wrk2 begins in it."""
    begun = any(RUNNING.match(line) for line in head.lines)
    return begun and any(CONNECTIONS.match(line) for line in head.lines)


def is_wrk2(head: Head) -> bool:
    """Whether its histogram, its calibration, or a rate without samples says that it is wrk2."""
    for line in head.lines:
        block, rate = BLOCK.match(line), PER_THREAD.match(line)
        if CALIBRATION.match(line) or (block and block[1]) or (rate and "nan" in rate[1]):
            return True
    return False


def runs_of(raw: RawFile, bad: BadLines) -> Iterator[Run]:
    """The line "Running … test @ …" begins a run."""
    run = Run()
    for number, line in raw.lines():
        if RUNNING.match(line) and run.begun:
            yield run
            run = Run()
        if not run.takes(number, line):
            bad.note(number, line)
    yield run
