r"""`conntrack -S` and /proc/net/stat/nf_conntrack: counters of connection tracking.

    cpu=0   	found=0 invalid=1043 insert=0 insert_failed=8812 drop=8812 early_drop=0 error=2

    entries  clashres found new invalid ignore delete chainlength insert insert_failed drop ...
    00000105  00000000 00000000 ...

Running totals, one row a processor: the rows are added up. Old releases of conntrack print
one "name   value" a line. In the file of /proc the numbers are hexadecimal and `entries` is
what is tracked now, the same on every row. Trap: `drop` counts packets dropped because an
entry could not be made; `early_drop` counts old entries thrown out to make room, which is
no lost packet and is not counted here.

Source: man 8 conntrack, https://docs.kernel.org/networking/nf_conntrack-sysctl.html
"""

from __future__ import annotations

import re

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch, When
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import Block, blocks

from ._columns import Columns

PER_CPU = re.compile(r"\s*cpu=(\d{1,6})\s+((?:[a-z_]+=\d+(?:\s+|$))+)$")
OLD = re.compile(r"([a-z_]+)\s+(\d+)\s*$")
HEADING = re.compile(r"entries\s+\w+\s+found\s+new\s")
HEXES = re.compile(r"(?:[0-9a-f]{8,16}\s+){5,}[0-9a-f]{8,16}\s*$")
TABLE = "/proc/sys/net/netfilter/nf_conntrack_max"  # there where connections are tracked
TOTALS = {
    "insert_failed": "conntrack.insert_failed_per_s",
    "drop": "conntrack.dropped_per_s",
}
OLD_NAME = re.compile(
    r"(?:entries|searched|found|new|invalid|ignore|delete(?:_list)?|insert(?:_failed)?"
    r"|(?:early_)?drop|icmp_error|expect_(?:new|create|delete)|search_restart)$"
)


def recognizes(head: Head) -> float:
    """Rows "cpu=0 found=0 invalid=0", or the heading of the file of /proc."""
    rows = sum(bool(PER_CPU.match(line) and "insert_failed=" in line) for line in head.body)
    if rows >= 0.5 * max(len(head.body), 1) or any(HEADING.match(line) for line in head.body):
        return 0.95
    old = {match[1] for match in map(OLD.match, head.body) if match}
    return 0.9 if {"insert_failed", "early_drop", "searched"} <= old else 0.0


@collector(
    kind="conntrack_stats",
    title="conntrack -S",
    recognizes=recognizes,
    fetch=(
        Fetch("conntrack_stats.txt", "/proc/net/stat/nf_conntrack", where=f"[ -e {TABLE} ]"),
        Fetch(
            "conntrack_s.txt",
            "$AS_ROOT conntrack -S",
            When.AROUND,
            where=f"[ -e {TABLE} ] && [ ! -e /proc/net/stat/nf_conntrack ]",
            privileged=True,
            enable="install conntrack (conntrack-tools) and let it be run as root",
        ),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Totals of all processors, one point an output."""
    columns = Columns()
    for block in blocks(raw.lines()):
        for line, totals in _outputs(block, bad):
            for name, metric in TOTALS.items():
                if name in totals:
                    columns.count(metric, block.at_s, totals[name], line=line)
            if "entries" in totals:
                columns.add("conntrack.entries", block.at_s, totals["entries"], line=line)
    return Reading(samples=columns.samples())


def _outputs(block: Block, bad: BadLines) -> list[tuple[int, dict[str, float]]]:
    """The calls under one stamp, each with the sums over its rows."""
    made: list[tuple[int, dict[str, float]]] = []
    names: list[str] = []
    for number, line in block.lines:
        if not line.strip():
            continue
        if HEADING.match(line):
            names = line.split()
            made.append((number, {}))
            continue
        row = _row(line, names)
        if not row:
            bad.note(number, line)
            continue
        if not made or ("cpu" in row and row["cpu"] <= made[-1][1].get("cpu", -1.0)):
            made.append((number, {}))
        _add(made[-1][1], row)
    return made


def _row(line: str, names: list[str]) -> dict[str, float]:
    """The counters of one row; empty where it is none."""
    if match := PER_CPU.match(line):
        cells = [cell.partition("=") for cell in match[2].split()]
        return {"cpu": float(match[1]), **{name: float(value) for name, _, value in cells}}
    if names and HEXES.match(line) and len(cells_ := line.split()) == len(names):
        return {n: float(int(cell, 16)) for n, cell in zip(names, cells_, strict=True)}
    match = OLD.match(line)
    return {match[1]: float(match[2])} if match and OLD_NAME.match(match[1]) else {}


def _add(totals: dict[str, float], row: dict[str, float]) -> None:
    for name, value in row.items():
        # The table is shared by all processors, and the last row names the last of them.
        same = name in ("entries", "cpu")
        totals[name] = value if same else totals.get(name, 0.0) + value
