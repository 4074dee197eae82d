r"""`ethtool -S IF` of a cloud's network card: packets beyond what the instance is allowed.

    NIC statistics:
         bw_in_allowance_exceeded: 0
         conntrack_allowance_exceeded: 12

Running totals of Amazon's ENA driver (2.2.10 and later): packets that were queued or dropped
because the instance had more than its bandwidth in or out, packets, tracked connections, or
packets to the link's own services. The lines of `grep allowance` are read as well. All other
counters are passed over: their names are each driver's own. Several cards under one stamp
are added up, for the allowances are the instance's. Trap: without a stamp in front of each
output there is a total and no course.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-network-performance-ena.html
"""

from __future__ import annotations

import math
import re

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import Block, blocks

from ._columns import Columns

HEADING = "NIC statistics:"
LINE = re.compile(r"\s*(?P<name>\S[^:]*): (?P<value>\d+)\s*$")
WANTED = re.compile(r"(?P<what>bw_in|bw_out|pps|conntrack|linklocal)_allowance_exceeded$")
METRIC = "nic.allowance_exceeded_per_s"


def recognizes(head: Head) -> float:
    """Lines of a name and a whole number, one of them of an allowance."""
    rows = [line for line in head.body if line.strip() != HEADING]
    found = [match for match in map(LINE.match, rows) if match]
    told = any(WANTED.match(match["name"]) for match in found)
    return 0.95 if told and len(found) >= 0.8 * len(rows) else 0.0


@collector(
    kind="ethtool_statistics",
    title="ethtool -S (allowances of a cloud's card)",
    recognizes=recognizes,
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Totals by allowance, one point an output."""
    columns = Columns()
    for block in blocks(raw.lines()):
        _read(block, columns, bad)
    return Reading(samples=columns.samples())


def _read(block: Block, columns: Columns, bad: BadLines) -> None:
    cards: dict[str, list[tuple[float, int]]] = {}
    for number, line in block.lines:
        match = LINE.match(line)
        if match is None:
            if line.strip() not in ("", HEADING):
                bad.note(number, line)
        elif wanted := WANTED.match(match["name"]):
            cards.setdefault(wanted["what"], []).append((float(match["value"]), number))
    for what, rows in cards.items():
        if math.isnan(block.at_s):
            for value, number in rows:
                columns.count(METRIC, block.at_s, value, line=number, part=what)
        else:
            total = math.fsum(value for value, _ in rows)
            columns.count(METRIC, block.at_s, total, line=rows[0][1], part=what)
