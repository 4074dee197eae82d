"""/proc/meminfo: memory and swap at one moment.

    MemTotal:       24675472 kB
    MemAvailable:   23493920 kB
    SwapTotal:             0 kB

kB are 1,024 bytes. Traps: MemAvailable is missing before Linux 3.14: free memory, buffers and
cache stand for it then. In a container these are the host's figures, not its limit's.

Source: https://docs.kernel.org/filesystems/proc.html#meminfo
"""

from __future__ import annotations

import re

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import Block, blocks

from ._columns import Columns, limit

LINE = re.compile(r"([A-Z]\w*(?:\([a-z_]+\))?):\s+(\d+)(?: kB)?\s*$")
KB = 1024.0


def recognizes(head: Head) -> float:
    """Lines of the form, the total and the free memory among them."""
    names = {match[1] for line in head.body if (match := LINE.match(line))}
    return 0.95 if {"MemTotal", "MemFree"} <= names else 0.0


@collector(
    kind="proc_meminfo",
    title="/proc/meminfo",
    recognizes=recognizes,
    fetch=(Fetch("proc_meminfo.txt", "/proc/meminfo"),),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """What is used and what is left, as gauges; the total as a limit."""
    reading, columns = Reading(), Columns()
    for block in blocks(raw.lines()):
        found: dict[str, tuple[float, int]] = {}
        for number, line in block.lines:
            if match := LINE.match(line):
                found[match[1]] = (float(match[2]), number)
            elif line.strip():
                bad.note(number, line)
        _memory(found, block, columns, reading)
        _swap(found, block, columns)
    reading.samples = columns.samples()
    return reading


def _memory(
    found: dict[str, tuple[float, int]], block: Block, columns: Columns, reading: Reading
) -> None:
    if not {"MemTotal", "MemFree"} <= found.keys():
        return
    total, total_line = found["MemTotal"]
    if "MemAvailable" in found:
        available, line = found["MemAvailable"]
    else:
        line = found["MemFree"][1]
        available = sum(found[k][0] for k in ("MemFree", "Buffers", "Cached") if k in found)
    limit(reading, "memory.total_bytes", total * KB, line=total_line)
    columns.add("memory.available_bytes", block.at_s, available * KB, line=line)
    if total > 0:
        columns.add("memory.used_ratio", block.at_s, 1 - available / total, line=line)


def _swap(found: dict[str, tuple[float, int]], block: Block, columns: Columns) -> None:
    """Without swap none is used: 0, as sar has it."""
    if {"SwapTotal", "SwapFree"} <= found.keys():
        total, (free, line) = found["SwapTotal"][0], found["SwapFree"]
        used = 1 - free / total if total > 0 else 0.0
        columns.add("memory.swap_used_ratio", block.at_s, used, line=line)
