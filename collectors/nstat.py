r"""`nstat -az`: the kernel's IP and TCP counters, as text.

    #kernel
    IpInReceives                    548898             0.0
    TcpExtListenOverflows           6                  0.0

Name, running total, and a rate that only nstat's daemon fills (it is not read).
Traps: without `-z` nstat leaves out every counter that is 0; where a whole output has no
zero in it, the missing ones are taken for 0. Plain `nstat`, without `-a`, prints not totals
but what was added since the same user last called it. One such output cannot be told from
totals and gives wrong rates: use `-az`. A series can, for totals do not fall again and
again: its values are summed up, with 0 at the first output, and a note says so.

Source: man 8 nstat, https://docs.kernel.org/networking/snmp_counter.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import Block, blocks

from ._columns import Columns
from ._tcp_counters import TOTALS

LINE = re.compile(r"[A-Z][A-Za-z0-9]+\s+-?\d+\s+\d+\.\d+\s*$")
FAMILIES = ("Ip", "Tcp", "Udp")
# Every whole output has the first near its top and the second near its end, on any host
# that ever received a packet.
FIRST, LAST = "IpInReceives", "IpExtInOctets"
# Counters that grow on every host; the rates of some are asked for by nobody.
BUSY = (FIRST, LAST, "IpInDelivers", "IpOutRequests", "TcpInSegs", "TcpOutSegs")
WANTED = frozenset(TOTALS) | frozenset(BUSY)
SUMMED = "plain `nstat` without -a prints differences: they were summed up"


@dataclass(slots=True)
class Output:
    """One call of nstat: the wanted counters, and those that show what kind of call it was."""

    at_s: float
    line: int
    values: dict[str, tuple[float, int]] = field(default_factory=dict)
    zeros: bool = False

    @property
    def leaves_zeros_out(self) -> bool:
        """Whether a counter that is not there was 0: a whole output without any zero."""
        return not self.zeros and FIRST in self.values and LAST in self.values

    def take(self, cells: list[str], number: int) -> bool:
        """Keep a counter; False where its value is no number."""
        if cells[1].isdecimal():
            self.values[cells[0]] = (float(cells[1]), number)
            return True
        return False

    def of(self, name: str) -> float:
        """The value of a counter; NaN where it is not there."""
        return self.values.get(name, (math.nan, 0))[0]


def recognizes(head: Head) -> float:
    """Lines of a counter's name, a whole number and a rate."""
    rows = [line for line in head.body if not line.startswith("#")]
    good = sum(LINE.match(line) is not None for line in rows)
    known = any(line.startswith(FAMILIES) for line in rows)
    return 0.95 if known and good >= 0.7 * len(rows) else 0.0


@collector(kind="nstat", title="nstat -az", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Totals, one point an output."""
    reading = Reading()
    outputs = [one for block in blocks(raw.lines()) for one in _outputs(block, bad)]
    if are_differences(outputs):
        reading.notes.append(SUMMED)
        outputs = summed(outputs)
    reading.samples = as_columns(outputs).samples()
    return reading


def _outputs(block: Block, bad: BadLines) -> list[Output]:
    """The calls under one stamp: one, or several where the loop wrote no stamps."""
    made = [Output(block.at_s, block.lines[0][0])]
    for number, line in block.lines:
        cells = line.split()
        if len(cells) == 3:
            if cells[1] == "0":
                made[-1].zeros = True
            if cells[0] in WANTED and not made[-1].take(cells, number):
                bad.note(number, line)
        elif line[:1] == "#":  # "#kernel" heads every call
            if made[-1].values:
                made.append(Output(block.at_s, number))
        elif cells:
            bad.note(number, line)
    return made


def are_differences(outputs: list[Output]) -> bool:
    """Whether a series holds differences: counters fall again and again, and none is 0.

    A restart makes a total fall once; the last output may be torn and does not count.
    """
    whole = outputs[:-1]
    if len(whole) < 3 or any(output.zeros for output in whole):
        return False
    again = 0
    for name in WANTED:
        values = [output.of(name) for output in whole]
        known = [value for value in values if not math.isnan(value)]
        falls = sum(b < a for a, b in pairwise(known))
        again += max(falls + _vanished(values) - 1, 0)
    return again >= 2


def _vanished(values: list[float]) -> int:
    """How often a counter was there and then was not: a total that is not 0 stays."""
    there = [not math.isnan(value) for value in values]
    return sum(a and not b for a, b in pairwise(there))


def summed(outputs: list[Output]) -> list[Output]:
    """Running totals from differences; the first output, which began nobody knows when, is 0."""
    names = {name for output in outputs for name in output.values}
    if names.issuperset(BUSY[:1]):
        names |= TOTALS.keys()
    totals = dict.fromkeys(names, 0.0)
    made = [Output(outputs[0].at_s, outputs[0].line, {n: (0.0, outputs[0].line) for n in names})]
    for output in outputs[1:]:
        for name in names & output.values.keys():
            totals[name] += output.of(name)
        lines = {name: output.values.get(name, (0.0, output.line))[1] for name in names}
        values = {name: (totals[name], lines[name]) for name in names}
        made.append(Output(output.at_s, output.line, values))
    return made


def as_columns(outputs: Iterable[Output]) -> Columns:
    """Every wanted counter of every output."""
    columns = Columns()
    for output in outputs:
        absent = (0.0, output.line) if output.leaves_zeros_out else (math.nan, 0)
        for name, metric in TOTALS.items():
            value, line = output.values.get(name, absent)
            if not math.isnan(value):
                columns.count(metric, output.at_s, value, line=line)
    return columns
