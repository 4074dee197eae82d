"""/proc/stat: what the processors did, in ticks since boot; context switches; run queue.

    # 1795406687.306
    cpu  171885 32 11284 490896 765 0 251 32 0 0
    cpu0 79550 17 4963 252646 183 0 52 13 0 0
    ctxt 2013456
    procs_running 2

Columns: user nice system idle iowait irq softirq steal guest guest_nice; guest time is
part of user time. A ratio is worked out between each output and the one before it, so a lone
output gives none. Traps: iowait may fall; procs_running counts the process that reads the
file, which is taken off.

Source: https://docs.kernel.org/filesystems/proc.html#miscellaneous-kernel-statistics-in-proc-stat
"""

from __future__ import annotations

import re

import numpy as np

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Array, Form, Reading
from diagnose.stamps import Block, blocks

from ._columns import Columns, limit

CPU = re.compile(r"cpu(\d*) +(\d+(?: \d+){3,9})\s*$")
USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL = range(8)
WHOLE = {
    "cpu.user_ratio": USER,
    "cpu.system_ratio": SYSTEM,
    "cpu.iowait_ratio": IOWAIT,
    "cpu.softirq_ratio": SOFTIRQ,
    "cpu.steal_ratio": STEAL,
}
OTHERS = ("intr ", "ctxt ", "btime ", "processes ", "procs_", "softirq ")


def recognizes(head: Head) -> float:
    """A line of all processors and one of the first."""
    names = {match[1] for line in head.body if (match := CPU.match(line))}
    return 0.95 if "" in names and len(names) > 1 else 0.0


@collector(
    kind="proc_stat",
    title="/proc/stat",
    recognizes=recognizes,
    fetch=(Fetch("proc_stat.txt", "/proc/stat"),),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Ratios between outputs, context switches as a running total, the run queue."""
    reading, columns = Reading(), Columns()
    before: dict[str, Array] = {}
    for block in blocks(raw.lines()):
        before = _read(block, before, columns, reading, bad)
    reading.samples = columns.samples()
    return reading


def _read(
    block: Block, before: dict[str, Array], columns: Columns, reading: Reading, bad: BadLines
) -> dict[str, Array]:
    """Read one output; the ticks of each processor, for the next."""
    ticks: dict[str, Array] = {}
    for number, line in block.lines:
        if match := CPU.match(line):
            name = match[1]
            now = ticks[name] = _ticks(match[2])
            if name in before:
                _ratios(now - before[name], name, block.at_s, number, columns)
        elif line.startswith(OTHERS):
            _other(line, block.at_s, number, columns, bad)
        elif line.strip():
            bad.note(number, line)
    if count := len(ticks) - ("" in ticks):
        limit(reading, "cpu.count", float(count), line=block.lines[0][0])
    return ticks


def _ticks(text: str) -> Array:
    """Eight columns; those that old kernels lack are 0."""
    values = [float(value) for value in text.split()[:8]]
    return np.array(values + [0.0] * (8 - len(values)))


def _ratios(more: Array, name: str, at_s: float, line: int, columns: Columns) -> None:
    more = np.clip(more, 0, None)
    total = more.sum()
    share = more / total if total > 0 else np.full(8, np.nan)
    busy = 1 - share[IDLE] - share[IOWAIT]
    if name:
        values = {"cpu.core_busy_ratio": busy, "cpu.core_softirq_ratio": share[SOFTIRQ]}
    else:
        values = {"cpu.busy_ratio": busy} | {metric: share[i] for metric, i in WHOLE.items()}
    part = f"cpu{name}" if name else ""
    for metric, value in values.items():
        columns.add(metric, at_s, value, line=line, part=part, form=Form.MEAN)


def _other(line: str, at_s: float, number: int, columns: Columns, bad: BadLines) -> None:
    name, _, value = line.strip().partition(" ")
    if name not in ("ctxt", "procs_running"):
        return
    if not value.isdecimal():
        bad.note(number, line)
    elif name == "ctxt":
        columns.count("cpu.context_switches_per_s", at_s, float(value), line=number)
    else:
        columns.add("cpu.run_queue", at_s, max(float(value) - 1, 0), line=number)
