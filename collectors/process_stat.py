"""/proc/<pid>/stat of processes: how much processor time each of them takes.

    # 1795406687.281
    /proc/15657/stat:15657 (nginx) S 15656 15656 15656 0 -1 4194624 913 0 0 0 118 92 0 0 20 0 1 ...

As `grep . /proc/1/stat /proc/2/stat` prints them, or bare. Columns 14 and 15 are processor
time in user mode and in the kernel since the process began, in hundredths of a second, of all
its threads together. A ratio is worked out between each output and the one before it; 1 is
one processor. The part is name and pid. Trap: the name stands in brackets and may hold any
character; a pid that was given to another process begins anew (column 22, its start).

Source: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
"""

from __future__ import annotations

import math
import re

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Form, Reading
from diagnose.stamps import blocks

from ._columns import Columns
from ._find_processes import FIND_PROCESSES

LINE = re.compile(
    r"(?:/proc/\d+/stat:)?(?P<pid>\d+) \((?P<name>.*)\) [A-Za-z](?P<rest>(?: -?\d+){30,})\s*$"
)
HEADING = re.compile(r"==> /proc/\d+/stat <==$")
USER, SYSTEM, STARTED = 10, 11, 18  # places behind the state
HERTZ = 100.0  # USER_HZ, whatever the kernel's own tick is


def recognizes(head: Head) -> float:
    """Nearly all lines are of the form (a torn one may be among them)."""
    rows = [line for line in head.body if not HEADING.match(line)]
    good = sum(LINE.match(line) is not None for line in rows)
    return 0.95 if good and good >= 0.8 * len(rows) else 0.0


@collector(
    kind="process_stat",
    title="/proc/<pid>/stat",
    recognizes=recognizes,
    fetch=(Fetch("process_stat.txt", "$serving_stats", prepare=FIND_PROCESSES, privileged=True),),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Processor time of each process, as a share of one processor."""
    reading, columns = Reading(), Columns()
    before: dict[tuple[str, str], tuple[float, float]] = {}  # pid, start -> when, ticks
    for block in blocks(raw.lines()):
        for number, line in block.lines:
            match = LINE.match(line)
            if match is None:
                if line.strip() and not HEADING.match(line):
                    bad.note(number, line)
                continue
            cells = match["rest"].split()
            key, ticks = (match["pid"], cells[STARTED]), float(cells[USER]) + float(cells[SYSTEM])
            if key in before:
                ratio = _ratio(before[key], (block.at_s, ticks))
                part = f"{match['name']} {match['pid']}"
                columns.add(
                    "process.cpu_ratio", block.at_s, ratio, line=number, part=part, form=Form.MEAN
                )
            before[key] = (block.at_s, ticks)
    reading.samples = columns.samples()
    return reading


def _ratio(before: tuple[float, float], now: tuple[float, float]) -> float:
    """Share of one processor between two outputs; NaN where no time is known to have passed.

    >>> _ratio((10.0, 200.0), (12.0, 300.0)), _ratio((math.nan, 200.0), (math.nan, 300.0))
    (0.5, nan)
    """
    seconds = now[0] - before[0]
    return (now[1] - before[1]) / HERTZ / seconds if seconds > 0 else math.nan
