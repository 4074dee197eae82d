r"""`ss -ltn`: accept queues of listening sockets; `ss -tan` as well.

    State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
    LISTEN 6      5          192.0.2.2:8080      0.0.0.0:*    users:(("api",pid=7,fd=3))

For a socket that listens, Recv-Q is how many connections wait to be accepted and Send-Q how
many may (the kernel lets one more in). The part is "address:port" as it stands. Rows are
told by their first words, for the heading is glued together, missing (`-H`) or has a column
more (`Netid`). Where several sockets share an address (SO_REUSEPORT, one a worker) the
fullest queue and its limit are taken: each has a queue of its own. Rows of established
connections, and of TIME_WAIT, are counted where the file lists all states (`-a`). Unix
sockets and UDP are left out.

Source: man 8 ss, https://man7.org/linux/man-pages/man2/listen.2.html
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import Block, blocks

from ._columns import Columns, limit

STATES = "LISTEN|ESTAB|TIME-WAIT|SYN-SENT|SYN-RECV|FIN-WAIT-[12]|CLOSE-WAIT|LAST-ACK|CLOSING"
ROW = re.compile(
    rf"(?:(tcp|mptcp) +)?({STATES}|UNCONN|CLOSED?) +(\d{{1,18}}) +(\d{{1,18}}) +(\S+) +(\S+:\S+)"
)
HEADING = re.compile(r"(?:Netid +)?State +Recv-Q +Send-Q +")
OTHER = re.compile(r"\s|(?:udp|raw|u_\w+|p_\w+|nl|icmp6?|sctp|vsock|tipc|xdp) ")
COUNTED = {"ESTAB": "sock.tcp_established", "TIME-WAIT": "sock.time_wait"}


@dataclass(slots=True)
class Output:
    """One call of ss: the fullest queue of each address, and how many rows of each state."""

    at_s: float
    line: int
    queues: dict[str, tuple[int, int, int]] = field(default_factory=dict)  # waiting, limit, line
    states: Counter[str] = field(default_factory=Counter)


def recognizes(head: Head) -> float:
    """Rows "LISTEN 0 128 addr:port addr:port", or their heading alone."""
    headings = sum(HEADING.match(line) is not None for line in head.body)
    rows = sum(ROW.match(line) is not None for line in head.body)
    others = sum(OTHER.match(line) is not None for line in head.body)
    if headings + rows + others < 0.7 * len(head.body) or not (headings or rows):
        return 0.0
    return 0.9


@collector(
    kind="ss_listen",
    title="ss -ltn",
    recognizes=recognizes,
    fetch=(
        Fetch(
            "ss_listen.txt",
            "ss -ltn",
            where="command -v ss || ! command -v netstat",
            enable="install iproute2, for ss: it alone tells how many connections may wait",
        ),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Queues as gauges, their limits; connections by state where all are listed."""
    reading, columns = Reading(), Columns()
    outputs = [one for block in blocks(raw.lines()) for one in _outputs(block, bad)]
    seen = Counter[str]()
    for output in outputs:
        seen += output.states
        for part, (waiting, most, number) in output.queues.items():
            columns.add("listen.queue_length", output.at_s, waiting, line=number, part=part)
            limit(reading, "listen.backlog", most, line=number, part=part)
    if seen["LISTEN"] and seen.total() > seen["LISTEN"]:
        for output in outputs:
            for state, metric in COUNTED.items():
                columns.add(metric, output.at_s, output.states[state], line=output.line)
    reading.samples = columns.samples()
    return reading


def _outputs(block: Block, bad: BadLines) -> list[Output]:
    """The calls under one stamp: one, or several where the loop wrote no stamps."""
    made = [Output(block.at_s, block.lines[0][0])]
    for number, line in block.lines:
        if HEADING.match(line):
            if made[-1].states:
                made.append(Output(block.at_s, number))
        elif match := ROW.match(line):
            if match[2] not in ("UNCONN", "CLOSE", "CLOSED"):
                made[-1].states[match[2]] += 1
            if match[2] == "LISTEN":
                _queue(made[-1], match[5], int(match[3]), int(match[4]), number)
        elif line.strip() and not OTHER.match(line):
            bad.note(number, line)
    return made


def _queue(output: Output, part: str, waiting: int, most: int, number: int) -> None:
    known = output.queues.get(part)
    # An empty limit is no reason to divide by it: ss of an old kernel writes 0.
    if known is None or waiting * max(known[1], 1) > known[0] * max(most, 1):
        output.queues[part] = (waiting, most, number)
