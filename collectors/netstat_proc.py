r"""/proc/net/snmp and /proc/net/netstat: the kernel's IP and TCP counters, in pairs of lines.

    TcpExt: SyncookiesSent SyncookiesRecv ListenOverflows ListenDrops
    TcpExt: 1 1 18 18

A line of names, then a line of values. Either file, or both one after the other. Running
totals since the network namespace was made; `Tcp: CurrEstab` is what stands now.
Trap: which names there are depends on the kernel, so columns are found by name.

Source: https://docs.kernel.org/networking/snmp_counter.html
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
from ._tcp_counters import GAUGES, TOTALS

LINE = re.compile(r"(?:Ip|Icmp|IcmpMsg|Tcp|Udp|UdpLite|TcpExt|IpExt|MPTcpExt): *(?:[A-Z-]|\d)")


def recognizes(head: Head) -> float:
    """Lines "Tcp: ..." and "TcpExt: ...", names and values in turns."""
    good = sum(LINE.match(line) is not None for line in head.body)
    pairs = any(line.startswith(("Tcp: Rto", "TcpExt: Sync", "Ip: Forw")) for line in head.body)
    return 0.95 if pairs and good >= 0.8 * len(head.body) else 0.0


@collector(
    kind="netstat_proc",
    title="/proc/net/snmp and netstat",
    recognizes=recognizes,
    fetch=(
        Fetch("proc_net_snmp.txt", "/proc/net/snmp"),
        Fetch("proc_net_netstat.txt", "/proc/net/netstat"),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Totals, one point an output."""
    columns = Columns()
    for block in blocks(raw.lines()):
        _read(block, columns, bad)
    return Reading(samples=columns.samples())


def _read(block: Block, columns: Columns, bad: BadLines) -> None:
    awaiting: tuple[int, str] | None = None  # the line of names that awaits its values
    for number, line in block.lines:
        if not line.strip():
            continue
        names = awaiting[1].split() if awaiting else []
        cells = line.split()
        if _numbers(cells[1:2]):  # a line of values
            if names[:1] == cells[:1] and len(names) == len(cells) and _numbers(cells[1:]):
                _take(columns, block.at_s, number, names, cells)
            else:
                bad.note(number, line)
            awaiting = None
            continue
        if awaiting:
            bad.note(*awaiting)
        awaiting = (number, line) if LINE.match(line) else None
        if awaiting is None:
            bad.note(number, line)
    if awaiting:
        bad.note(*awaiting)


def _numbers(cells: list[str]) -> bool:
    return bool(cells) and all(cell.removeprefix("-").isdecimal() for cell in cells)


def _take(columns: Columns, at_s: float, number: int, names: list[str], cells: list[str]) -> None:
    family = names[0].rstrip(":")
    for name, value in zip(names[1:], cells[1:], strict=True):
        if metric := TOTALS.get(family + name):
            columns.count(metric, at_s, float(value), line=number)
        elif metric := GAUGES.get(family + name):
            columns.add(metric, at_s, float(value), line=number)
