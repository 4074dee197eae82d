"""/proc/vmstat: what the kernel's memory management did since boot.

    # 1795406687.306
    pswpin 0
    pswpout 0
    pgmajfault 3580
    oom_kill 0

Running totals, in pages of memory where pages are counted; of some 150 names these few are
read. allocstall (one for each zone since Linux 4.10, added up) counts how often a task that
asked for memory had to free some itself. Traps: pgmajfault counts reading a program for the
first time as well. In a container these are the host's figures.

Source: https://docs.kernel.org/admin-guide/sysctl/vm.html, mm/vmstat.c
"""

from __future__ import annotations

import re

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import Block, blocks

from ._columns import Columns

LINE = re.compile(r"([a-z][a-z0-9_]*) (-?\d+)\s*$")
METRICS = {
    "pswpin": "memory.swap_in_pages_per_s",
    "pswpout": "memory.swap_out_pages_per_s",
    "pgmajfault": "memory.major_faults_per_s",
    "oom_kill": "memory.oom_kills_per_s",
}
STALLS, RECLAIMS = "allocstall", "memory.direct_reclaims_per_s"


def recognizes(head: Head) -> float:
    """Pairs of a name and a number, pages that are free and page faults among them."""
    names = {match[1] for line in head.body if (match := LINE.match(line))}
    return 0.95 if {"nr_free_pages", "pgmajfault"} <= names else 0.0


@collector(
    kind="proc_vmstat",
    title="/proc/vmstat",
    recognizes=recognizes,
    fetch=(Fetch("proc_vmstat.txt", "/proc/vmstat"),),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Running totals, one point an output."""
    columns = Columns()
    for block in blocks(raw.lines()):
        _read(block, columns, bad)
    return Reading(samples=columns.samples())


def _read(block: Block, columns: Columns, bad: BadLines) -> None:
    stalls: list[tuple[float, int]] = []
    for number, line in block.lines:
        match = LINE.match(line)
        if match is None:
            if line.strip():
                bad.note(number, line)
        elif metric := METRICS.get(match[1]):
            columns.count(metric, block.at_s, float(match[2]), line=number)
        elif match[1].startswith(STALLS):
            stalls.append((float(match[2]), number))
    if stalls:
        total = sum(value for value, _ in stalls)
        columns.count(RECLAIMS, block.at_s, total, line=stalls[0][1])
