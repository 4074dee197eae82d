r"""`netstat -ltn` (net-tools, BusyBox): accept queues; `netstat -tan` as well.

    Proto Recv-Q Send-Q Local Address           Foreign Address         State
    tcp        6      0 192.0.2.2:8080          0.0.0.0:*               LISTEN

For a socket that listens, Recv-Q is how many connections wait to be accepted. The part is
"address:port" as it stands; where workers share an address the fullest queue is taken.
Trap: how many may wait is not printed (`ss -ltn` prints it). Rows of established
connections, and of TIME_WAIT, are counted where the file lists all states (`-a`).

Source: man 8 netstat
"""

from __future__ import annotations

import re
from collections import Counter

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import Block, blocks

from ._columns import Columns

ROW = re.compile(r"tcp6?\s+(\d{1,18})\s+(\d{1,18})\s+(\S+)\s+(\S+)\s+([A-Z_0-9]+)(?:\s|$)")
HEADING = re.compile(r"Proto\s+(?:RefCnt|Recv-Q)\s|Active (?:Internet|UNIX) ")
OTHER = re.compile(r"(?:udp|raw|icmp|sctp|unix)\w*\s")
COUNTED = {"ESTABLISHED": "sock.tcp_established", "TIME_WAIT": "sock.time_wait"}


def recognizes(head: Head) -> float:
    """Rows "tcp 0 0 addr:port addr:port STATE"."""
    rows = sum(ROW.match(line) is not None for line in head.body)
    rest = sum(bool(HEADING.match(line) or OTHER.match(line)) for line in head.body)
    return 0.9 if rows and rows + rest >= 0.7 * len(head.body) else 0.0


@collector(
    kind="netstat_sockets",
    title="netstat -ltn",
    recognizes=recognizes,
    fetch=(
        Fetch("netstat_listen.txt", "netstat -ltn", where="command -v netstat && ! command -v ss"),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Queues as gauges; connections by state where all are listed."""
    columns = Columns()
    outputs = [(block, *_states(block, columns, bad)) for block in blocks(raw.lines())]
    seen = sum((states for _, _, states in outputs), Counter[str]())
    if seen["LISTEN"] and seen.total() > seen["LISTEN"]:
        for block, line, states in outputs:
            for state, metric in COUNTED.items():
                columns.add(metric, block.at_s, states[state], line=line)
    return Reading(samples=columns.samples())


def _states(block: Block, columns: Columns, bad: BadLines) -> tuple[int, Counter[str]]:
    states = Counter[str]()
    queues: dict[str, tuple[float, int]] = {}
    for number, line in block.lines:
        if match := ROW.match(line):
            waiting, part, state = float(match[1]), match[3], match[5]
            states[state] += 1
            if state == "LISTEN" and waiting >= queues.get(part, (0.0, 0))[0]:
                queues[part] = (waiting, number)
        elif line.strip() and not (HEADING.match(line) or OTHER.match(line)):
            bad.note(number, line)
    for part, (waiting, number) in queues.items():
        columns.add("listen.queue_length", block.at_s, waiting, line=number, part=part)
    return block.lines[0][0], states
