r"""`netstat -s`: the kernel's IP and TCP counters in the words of net-tools.

    Tcp:
        14 passive connection openings
        2 segments retransmitted
    TcpExt:
        18 times the listen queue of a socket overflowed
        TCPTimeouts: 1

Running totals. Traps: most lines are left out while their counter is 0, so what is missing
is not known (`nstat -az` prints all). The words changed over the years ("retransmited",
"ignored") and are translated in some locales: only English ones, and names, are read.

Source: man 8 netstat, statistics.c of net-tools
"""

from __future__ import annotations

import re

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import blocks

from ._columns import Columns
from ._tcp_counters import GAUGES, TOTALS

SECTION = re.compile(r"(Ip|Icmp|IcmpMsg|Tcp|Udp|UdpLite|TcpExt|IpExt|MPTcpExt|Sctp)6?:\s*$")
WORDS = re.compile(r"\s+(\d+) (\S.*?)\s*$")
NAMED = re.compile(r"\s+(\w+): ?(\d+)\s*$")
LOW_MEMORY = re.compile(r"\s+TCP ran low on memory (\d+) times\s*$")
NAMES = {
    "forwarded": "IpForwDatagrams",
    "incoming packets discarded": "IpInDiscards",
    "outgoing packets dropped": "IpOutDiscards",
    "dropped because of missing route": "IpOutNoRoutes",
    "active connection openings": "TcpActiveOpens",
    "active connections openings": "TcpActiveOpens",
    "passive connection openings": "TcpPassiveOpens",
    "failed connection attempts": "TcpAttemptFails",
    "connection resets received": "TcpEstabResets",
    "connections established": "TcpCurrEstab",
    "segments received": "TcpInSegs",
    "segments sent out": "TcpOutSegs",
    "segments send out": "TcpOutSegs",
    "segments retransmitted": "TcpRetransSegs",
    "segments retransmited": "TcpRetransSegs",
    "resets sent": "TcpOutRsts",
    "receive buffer errors": "UdpRcvbufErrors",
    "times the listen queue of a socket overflowed": "TcpExtListenOverflows",
    "SYNs to LISTEN sockets dropped": "TcpExtListenDrops",
    "SYNs to LISTEN sockets ignored": "TcpExtListenDrops",
    "other TCP timeouts": "TcpExtTCPTimeouts",
    "connections aborted due to memory pressure": "TcpExtTCPAbortOnMemory",
    "packets pruned from receive queue because of socket buffer overrun": "TcpExtPruneCalled",
}


def recognizes(head: Head) -> float:
    """Sections "Tcp:" with counters under them."""
    sections = [line for line in head.body if SECTION.match(line)]
    rows = [line for line in head.body if line[0].isspace()]
    read = sum(bool(WORDS.match(line) or NAMED.match(line)) for line in rows)
    tcp = any(line.startswith("Tcp:") for line in sections)
    return 0.9 if tcp and read and len(sections) + len(rows) >= 0.8 * len(head.body) else 0.0


@collector(kind="netstat_statistics", title="netstat -s", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Totals, one point an output."""
    columns, section = Columns(), ""
    for block in blocks(raw.lines()):
        for number, line in block.lines:
            if match := SECTION.match(line):
                section = "" if "6:" in line else match[1]
            elif line.strip() and not line[0].isspace():
                bad.note(number, line)
            elif section:
                name, value = counter(section, line)
                if metric := TOTALS.get(name):
                    columns.count(metric, block.at_s, value, line=number)
                elif metric := GAUGES.get(name):
                    columns.add(metric, block.at_s, value, line=number)
    return Reading(samples=columns.samples())


def counter(section: str, line: str) -> tuple[str, float]:
    """Name as nstat gives it, and value; "" for what is not asked for.

    >>> counter("TcpExt", "    TCPTimeouts: 1"), counter("Tcp", "    23 resets sent")
    (('TcpExtTCPTimeouts', 1.0), ('TcpOutRsts', 23.0))
    """
    if match := NAMED.match(line):
        return section + match[1], float(match[2])
    if match := LOW_MEMORY.match(line):
        return "TcpExtTCPMemoryPressures", float(match[1])
    match = WORDS.match(line)
    name = NAMES.get(match[2], "") if match else ""
    # "receive buffer errors" stand under Udp and UdpLite.
    fits = name.startswith(section) and section != "UdpLite"
    return (name, float(match[1])) if match and fits else ("", 0.0)
