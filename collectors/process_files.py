"""Open files of processes and their ceiling, as a sampling loop prints them.

    # 1795406687.281
    15657 nginx fds=12 soft=8192 hard=8192 nginx: worker process

    for p in /proc/[0-9]*; do … "$(ls $p/fd | wc -l)" … "Max open files" of $p/limits …

pid, name, number of open files, soft and hard limit; the command line behind them is not
kept, for it may hold secrets. The part is name and pid, so that two workers stay apart.
The soft limit is the one that a process runs into; it may raise it itself up to the hard one.

Source: https://man7.org/linux/man-pages/man5/proc_pid_limits.5.html
"""

from __future__ import annotations

import re

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import blocks

from ._columns import Columns, limit
from ._find_processes import COUNT_FILES, FIND_PROCESSES

LINE = re.compile(
    r"\s*(?P<pid>\d+) (?P<name>\S.*?) fds=(?P<open>\d+) soft=(?P<soft>\d+|unlimited) hard="
)


def recognizes(head: Head) -> float:
    """Most lines are of this form (a torn one may be among them)."""
    good = sum(LINE.match(line) is not None for line in head.body)
    return 0.95 if good and good >= 0.8 * len(head.body) else 0.0


@collector(
    kind="process_files",
    title="open files of processes",
    recognizes=recognizes,
    fetch=(
        Fetch(
            "process_files.txt",
            COUNT_FILES,
            prepare=FIND_PROCESSES,
            privileged=True,
            enable="connect as root, or set sudo = true: open files of others are shown to root",
        ),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Open files as a gauge by process, their ceiling as a limit."""
    reading, columns = Reading(), Columns()
    for block in blocks(raw.lines()):
        for number, line in block.lines:
            match = LINE.match(line)
            if match is None:
                if line.strip():
                    bad.note(number, line.partition(" hard=")[0])
                continue
            part = f"{match['name']} {match['pid']}"
            value = float(match["open"])
            columns.add("process.open_files", block.at_s, value, line=number, part=part)
            if match["soft"] != "unlimited":
                soft = float(match["soft"])
                limit(reading, "process.open_files_max", soft, line=number, part=part)
    reading.samples = columns.samples()
    return reading
