r"""`ss -s`: how many sockets there are.

    Total: 188 (kernel 0)
    TCP:   103 (estab 12, closed 80, orphaned 3, timewait 80)

    Transport Total     IP        IPv6
    TCP	  23        20        3

What stood at that moment. The first TCP count includes closed sockets and TIME_WAIT, which
hold no port for new work in the sense of "in use": that is taken from the table. Old
releases write "timewait 80/0" and "synrecv 0". Trap: inside a network namespace "Total" is
of the whole host on old kernels.

Source: man 8 ss
"""

from __future__ import annotations

import re

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch, When
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import blocks

from ._columns import Columns

TOTAL = re.compile(r"Total: (\d+)(?: \(kernel \d+\))?\s*$")
TCP = re.compile(
    r"TCP: +\d+ \(estab (\d+), closed \d+, orphaned (\d+), (?:synrecv \d+, )?"
    r"timewait (\d+)(?:/\d+)?\)"
)
IN_USE = re.compile(r"TCP\s+(\d+)\s+(\d+)\s+(\d+)\s*$")
REST = re.compile(r"(?:Transport\s+Total|(?:\*|RAW|UDP|INET|FRAG|UNIX|PACKET|MPTCP)\s+[\d-]+\s)")


def recognizes(head: Head) -> float:
    """ "Total: n" and "TCP: n (estab n, closed n"."""
    total = any(TOTAL.match(line) for line in head.body)
    return 0.95 if total and any(TCP.match(line) for line in head.body) else 0.0


@collector(
    kind="ss_summary",
    title="ss -s",
    recognizes=recognizes,
    fetch=(Fetch("ss_summary.txt", "ss -s", When.AROUND, where="command -v ss"),),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Gauges, one point an output."""
    columns = Columns()
    for block in blocks(raw.lines()):
        for number, line in block.lines:
            found = values(line)
            if not found and line.strip() and not REST.match(line):
                bad.note(number, line)
            for metric, value in found.items():
                columns.add(metric, block.at_s, value, line=number)
    return Reading(samples=columns.samples())


def values(line: str) -> dict[str, float]:
    """What one line says.

    >>> values("TCP:   10 (estab 3, closed 2, orphaned 0, synrecv 0, timewait 1/0), ports 0")
    {'sock.tcp_established': 3.0, 'sock.orphaned': 0.0, 'sock.time_wait': 1.0}
    """
    if match := TCP.match(line):
        names = ("sock.tcp_established", "sock.orphaned", "sock.time_wait")
        return dict(zip(names, map(float, match.groups()), strict=True))
    if match := TOTAL.match(line):
        return {"sock.sockets": float(match[1])}
    if match := IN_USE.match(line):
        return {"sock.tcp_in_use": float(match[1])}
    return {}
