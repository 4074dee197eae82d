"""/proc/diskstats: what each disk did since boot.

    # 1795406687.306
     254       0 vda 41236 10862 2279466 7890 30881 31699 4949024 8702 0 6540 16692 ...

Behind the name: reads, reads merged, sectors read, ms reading; the same of writes; requests
in flight, ms with a request in flight, ms waited by all requests together. A sector is 512
bytes whatever the disk. Times are worked out between each output and the one before it, as
iostat does; counts are kept as running totals. Partitions of a disk that is listed, and
disks that never did anything, are left out. Traps: columns are 32 bits wide on old kernels
and begin anew; an interval in which one fell back is not measured.

Source: https://docs.kernel.org/admin-guide/iostats.html
"""

from __future__ import annotations

import math
import re

import numpy as np

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Array, Form, Reading
from diagnose.stamps import Block, blocks

from ._columns import Columns

LINE = re.compile(r"\s*\d+ +\d+ (?P<name>\S+) (?P<values>\d+(?: \d+){10,16})\s*$")
PARTITION = re.compile(r"(?P<disk>.*\d)p\d+|(?P<plain>[a-z]*[a-z])\d+")
READS, _, READ_SECTORS, READ_MS, WRITES, _, WRITE_SECTORS, WRITE_MS, _, BUSY_MS, WAITED_MS = range(
    11
)
COUNTS = {
    "disk.reads_per_s": (READS, 1.0),
    "disk.writes_per_s": (WRITES, 1.0),
    "disk.read_bytes_per_s": (READ_SECTORS, 512.0),
    "disk.write_bytes_per_s": (WRITE_SECTORS, 512.0),
}


def recognizes(head: Head) -> float:
    """Nearly all lines are of the form (a torn one may be among them)."""
    good = sum(LINE.match(line) is not None for line in head.body)
    return 0.95 if good and good >= 0.8 * len(head.body) else 0.0


@collector(
    kind="proc_diskstats",
    title="/proc/diskstats",
    recognizes=recognizes,
    fetch=(Fetch("proc_diskstats.txt", "/proc/diskstats"),),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Running totals, and means between outputs, by disk."""
    reading, columns = Reading(), Columns()
    before: dict[str, tuple[float, Array]] = {}
    for block in blocks(raw.lines()):
        rows = _rows(block, bad)
        for name, (number, values) in rows.items():
            if values.any() and _disk_of(name) not in rows:
                _counts(values, name, block.at_s, number, columns)
                if name in before:
                    _means(before[name], (block.at_s, values), name, number, columns)
                before[name] = (block.at_s, values)
    reading.samples = columns.samples()
    return reading


def _rows(block: Block, bad: BadLines) -> dict[str, tuple[int, Array]]:
    """Line number and the eleven columns of each disk in one output."""
    rows = {}
    for number, line in block.lines:
        if match := LINE.match(line):
            values = np.array([float(value) for value in match["values"].split()[:11]])
            rows[match["name"]] = (number, values)
        elif line.strip():
            bad.note(number, line)
    return rows


def _counts(values: Array, part: str, at_s: float, line: int, columns: Columns) -> None:
    for metric, (place, scale) in COUNTS.items():
        columns.count(metric, at_s, values[place] * scale, line=line, part=part)


def _disk_of(name: str) -> str:
    """The disk that a partition is of; "" for a disk.

    >>> _disk_of("sda1"), _disk_of("nvme0n1p2"), _disk_of("vda")
    ('sda', 'nvme0n1', '')
    """
    match = PARTITION.fullmatch(name)
    return (match["disk"] or match["plain"]) if match else ""


def _means(
    before: tuple[float, Array], now: tuple[float, Array], part: str, line: int, columns: Columns
) -> None:
    """What iostat -x works out, of the interval between two outputs."""
    seconds, more = now[0] - before[0], now[1] - before[1]
    if math.isnan(seconds) or seconds <= 0:
        return
    # The number of requests in flight is the only column that may fall.
    if (np.delete(more, 8) < 0).any():
        more = np.full(11, np.nan)
    values = {
        "disk.util_ratio": min(more[BUSY_MS] / 1000 / seconds, 1.0),
        "disk.queue_length": more[WAITED_MS] / 1000 / seconds,
        "disk.read_await_s": _each(more[READ_MS], more[READS]),
        "disk.write_await_s": _each(more[WRITE_MS], more[WRITES]),
        "disk.await_s": _each(more[READ_MS] + more[WRITE_MS], more[READS] + more[WRITES]),
    }
    for metric, value in values.items():
        columns.add(metric, now[0], value, line=line, part=part, form=Form.MEAN)


def _each(milliseconds: float, requests: float) -> float:
    return milliseconds / requests / 1000 if requests > 0 else math.nan
