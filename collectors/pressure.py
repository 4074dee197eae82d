"""/proc/pressure/{cpu,io,memory}: time in which tasks waited for a resource (PSI).

    # 1795406687.306
    cpu some avg10=2.62 avg60=7.36 avg300=9.04 total=288960247
    cpu full avg10=2.14 avg60=5.02 avg300=6.11 total=215896699

`total` is microseconds since boot, kept as a running total of seconds; the averages are
left alone, for they lag behind. The resource is the word in front, the file's name that
`grep . /proc/pressure/*` or `tail -n +1` writes, or its place among three files in the order
of their names (`cat /proc/pressure/*`). A control group's cpu.pressure is kept as a part.
Traps: "full" of cpu is undefined for the host and 0 on most kernels; the file is absent
without CONFIG_PSI, and unreadable ("Operation not supported") where it was not enabled.

Source: https://docs.kernel.org/accounting/psi.html
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

LINE = re.compile(
    r"(?:(?P<path>\S*/)?(?P<resource>cpu|io|memory|irq)(?:\.pressure)?[:\s]\s*)?"
    r"(?P<who>some|full)\s+avg10=[\d.]+ avg60=[\d.]+ avg300=[\d.]+ total=(?P<total>\d+)\s*$"
)
FILE = re.compile(r"==> (?P<path>\S*/)?(?P<resource>cpu|io|memory|irq)(?:\.pressure)? <==")
IN_ORDER = ("cpu", "io", "memory")  # as a shell sorts them; irq has no "some"
RESOURCES = {"cpu": "cpu", "io": "disk", "memory": "memory"}
UNKNOWN = (
    "the lines do not say of which resource they are; collect them with `grep . /proc/pressure/*`"
)


def recognizes(head: Head) -> float:
    """Lines of PSI (a torn one may be among them)."""
    rows = [line for line in head.body if not FILE.match(line)]
    good = sum(LINE.match(line) is not None for line in rows)
    return 0.95 if rows and good >= 0.8 * len(rows) else 0.0


@collector(
    kind="pressure",
    title="/proc/pressure (PSI)",
    recognizes=recognizes,
    fetch=(
        Fetch(
            "pressure.txt",
            "/proc/pressure/cpu /proc/pressure/io /proc/pressure/memory",
            enable="boot the host with psi=1 on the kernel's command line (Linux 4.20 or later)",
        ),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Seconds of waiting as running totals, by resource."""
    reading, columns = Reading(), Columns()
    for block in blocks(raw.lines()):
        if not _read(block, columns, bad) and UNKNOWN not in reading.notes:
            reading.notes.append(UNKNOWN)
    reading.samples = columns.samples()
    return reading


def _read(block: Block, columns: Columns, bad: BadLines) -> bool:
    """Read one output; False where a line does not say of which resource it is."""
    path, named, known = "", "", True
    unnamed = _in_order(block)
    for number, line in block.lines:
        match = LINE.match(line)
        if file := FILE.match(line):
            path, named = file["path"] or "", file["resource"]
        elif match is None:
            if line.strip():
                bad.note(number, line)
        else:
            resource = match["resource"] or named or unnamed.get(number, "")
            known &= bool(resource)
            if resource in RESOURCES:
                metric = f"{RESOURCES[resource]}.pressure_{match['who']}_ratio"
                part = _cgroup(match["path"] or path)
                columns.count(metric, block.at_s, int(match["total"]) / 1e6, line=number, part=part)
    return known


def _in_order(block: Block) -> dict[int, str]:
    """Line → resource, where an output is that of `cat /proc/pressure/*`; else nothing."""
    lines = [(number, match["who"]) for number, line in block.lines if (match := LINE.match(line))]
    if sum(who == "some" for _, who in lines) != len(IN_ORDER) or lines[0][1] != "some":
        return {}
    found, at, before = {}, -1, ""
    for number, who in lines:
        at += who == "some"
        found[number] = "irq" if who == before == "full" else IN_ORDER[at]
        before = who
    return found


def _cgroup(path: str) -> str:
    """The control group that a path is of; "" for the host.

    >>> _cgroup("/proc/pressure/"), _cgroup("/sys/fs/cgroup/system.slice/api.service/")
    ('', 'system.slice/api.service')
    """
    if "cgroup/" not in path:
        return ""
    return path.partition("cgroup/")[2].strip("/")
