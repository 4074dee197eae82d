r"""Gatling's simulation.log as text, which every version from 2.0 to 3.12 writes.

    RUN  corpus.ShopSimulation  shopsimulation  1795406359500  corpus ramp  3.10.5
    USER  Shoppers  START  1795406360200
    REQUEST  T1 browse  page  1795406360793  1795406360847  KO  status.find.in(200), … found 502

Tabs between the cells, times in epoch milliseconds. Versions differ in what stands before the
times: 2.x begins with scenario and user, 3.0 to 3.3 with the user, 2.0 has four times (the first
and the last are taken). The cells around OK or KO tell which. Names of groups are joined with
commas. There is no status but in the message of a KO. The log is written 8 KiB at a time: of a
run that was killed the end is lost.

Source: https://docs.gatling.io/reference/stats/timings/ and LogFileDataWriter.scala of
https://github.com/gatling/gatling
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Reading

from ._best_commands import BEST
from ._gatling_run import Run

KINDS = ("RUN", "USER", "REQUEST", "GROUP", "ERROR", "ASSERTION")
ENDS = ("OK", "KO")


def recognizes(head: Head) -> float:
    """By two lines of its records, of which one bears a time."""
    told = [kind for line in head.body[:50] if (kind := _kind(line.split("\t")))]
    timed = {"RUN", "USER", "REQUEST"} & set(told)
    return 0.97 if timed and len(told) > len(head.body[:50]) // 2 else 0.0


def _kind(cells: list[str]) -> str:
    """What a line tells; "" where it is none of Gatling's."""
    for at in (0, 2):
        if len(cells) > at + 1 and cells[at] in KINDS:
            timed = any(_is_time(cell) for cell in cells[at + 1 :])
            return cells[at] if timed or cells[at] == "ASSERTION" else ""
    return ""


def _is_time(cell: str) -> bool:
    return len(cell) == 13 and cell.isdigit()


@collector(
    kind="gatling_log",
    title="Gatling simulation.log (text)",
    recognizes=recognizes,
    role="load_generator",
    tool="Gatling",
    best=BEST["gatling"],
    gives=("series", "percentiles", "errors", "users", "routes", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load a run."""
    reading = Reading(facts=[Fact("load.tool", "gatling")])
    for run in _runs(raw, bad):
        run.fill(reading)
    if raw.torn:
        reading.notes.append(
            "its last line has no end: the run or the copy was cut, requests may be missing"
        )
    return reading


def _runs(raw: RawFile, bad: BadLines) -> Iterator[Run]:
    """A RUN line below requests begins another run."""
    run = Run()
    for number, line in raw.lines():
        if not line.strip():
            continue
        cells = line.split("\t")
        kind = _kind(cells)
        if kind == "RUN":
            if len(run):
                yield run
                run = Run()
            run.version, run.line = cells[-1].strip(), number
        elif not _take(kind, cells, run, number):
            bad.note(number, line)
    yield run


def _take(kind: str, cells: list[str], run: Run, number: int) -> bool:
    """False for a line that cannot be read."""
    if kind == "REQUEST":
        return _request(cells, run, number)
    if kind == "USER":
        return _user(cells, run)
    if kind == "ERROR":
        run.error(cells[1], int(next(cell for cell in cells if _is_time(cell))), number)
        return True
    return kind in ("GROUP", "ASSERTION")


def _request(cells: list[str], run: Run, number: int) -> bool:
    """… groups, name, two times or four, OK or KO, message."""
    for at in range(5, len(cells)):
        if cells[at] in ENDS and _is_time(cells[at - 2]):
            begin = at - 4 if at >= 7 and _is_time(cells[at - 4]) else at - 2
            try:
                end = int(cells[at - 1])
            except ValueError:
                return False
            groups = [group for group in cells[begin - 2].split(",") if group]
            name = " / ".join([*groups, cells[begin - 1]])
            failure = "" if cells[at] == "OK" else _message(cells[at + 1 :])
            run.request(name, int(cells[begin]), end, failure, number)
            return True
    return False


def _message(cells: list[str]) -> str:
    return next((cell.strip() for cell in cells if cell.strip()), "KO without a message")


def _user(cells: list[str], run: Run) -> bool:
    times = [int(cell) for cell in cells if _is_time(cell)]
    if "START" in cells and times:
        run.user(1, times[0])
    elif "END" in cells and times:
        run.user(-1, times[-1])
    else:
        return False
    return True
