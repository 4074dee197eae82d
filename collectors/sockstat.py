r"""/proc/net/sockstat (and sockstat6 after it): sockets in use, and memory held by TCP.

    sockets: used 188
    TCP: inuse 5 orphan 0 tw 16 alloc 8 mem 1
    TCP6: inuse 2

What stood at that moment. `inuse` counts listening sockets, but not TIME_WAIT (`tw`); `mem`
is in pages of memory. Trap: "TCP: inuse" is IPv4 alone; where sockstat6 follows in the same
output, the two are added. sockstat6 by itself is not read.

Source: https://man7.org/linux/man-pages/man5/proc_net.5.html
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
    r"(?:/proc/net/sockstat6?:)?(sockets|TCP|UDP|UDPLITE|RAW|FRAG|MPTCP)(6?): "
    r"((?:[a-z]+ \d+ +)*[a-z]+ \d+)\s*$"
)
METRICS = {
    ("sockets", "used"): "sock.sockets",
    ("TCP", "orphan"): "sock.orphaned",
    ("TCP", "tw"): "sock.time_wait",
    ("TCP", "mem"): "sock.tcp_memory_pages",
}
IN_USE = "sock.tcp_in_use"


def recognizes(head: Head) -> float:
    """ "TCP: inuse n orphan n"."""
    good = sum(LINE.match(line) is not None for line in head.body)
    tcp = any("TCP: inuse " in line for line in head.body)
    return 0.95 if tcp and good >= 0.7 * len(head.body) else 0.0


@collector(
    kind="sockstat",
    title="/proc/net/sockstat",
    recognizes=recognizes,
    fetch=(Fetch("sockstat.txt", "/proc/net/sockstat /proc/net/sockstat6"),),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Gauges, one point an output."""
    columns = Columns()
    for block in blocks(raw.lines()):
        _read(block, columns, bad)
    return Reading(samples=columns.samples())


def _read(block: Block, columns: Columns, bad: BadLines) -> None:
    in_use: list[tuple[float, int]] = []  # one an output: several where there are no stamps
    for number, line in block.lines:
        if match := LINE.match(line):
            family, six, rest = match.groups()
            words = rest.split()
            named = dict(zip(words[::2], map(float, words[1::2]), strict=True))
            for name, value in named.items():
                if metric := METRICS.get((family, name)):
                    columns.add(metric, block.at_s, value, line=number)
            if family == "TCP" and "inuse" in named:
                before = in_use.pop()[0] if six and in_use else 0.0
                in_use.append((before + named["inuse"], number))
        elif line.strip():
            bad.note(number, line)
    for value, number in in_use:
        columns.add(IN_USE, block.at_s, value, line=number)
