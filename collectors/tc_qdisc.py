r"""`tc -s qdisc`: queueing disciplines of every interface, as text.

    qdisc htb 1: dev eth0 root refcnt 5 r2q 10 default 0x10
     Sent 1118444 bytes 926 pkt (dropped 3140, overlimits 901 requeues 0)
     backlog 0b 0p requeues 0
    qdisc pfifo 10: dev eth0 parent 1:10 limit 20p
     Sent 1118444 bytes 926 pkt (dropped 3140, overlimits 0 requeues 0)

The part is the interface. Only the root discipline of an interface is read, for what its
children (`parent`) send and drop is counted at the root again; `ingress` and `clsact`
queue nothing. Sent, dropped, overlimits and requeues are running totals, the backlog is
what waits now. Traps: overlimits counts how often a shaper looked and had to wait, not
packets lost. Asked about one interface (`tc -s qdisc show dev eth0`), tc does not name it:
the part is then empty, and a note says so.

Source: man 8 tc, https://man7.org/linux/man-pages/man8/tc.8.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import Block, blocks

from ._columns import Columns
from ._qdiscs import BACKLOG, DROPPED, NAMELESS, OVERLIMITS, REQUEUES, SENT

TITLE = re.compile(r"qdisc (\S+) (\w*:)(?: \[\w+\])?(?: dev (\S+))?(.*)")
SENT_LINE = re.compile(
    r"\s+Sent (\d+) bytes (\d+) pkts? \(dropped (\d+), overlimits (\d+)(?: requeues (\d+))?\)"
)
BACKLOG_LINE = re.compile(r"\s+(?:rate .*)?backlog \S+b (\d+)p requeues \d+")


@dataclass(slots=True)
class Qdisc:
    """One discipline and what stands under it."""

    device: str
    root: bool
    at: tuple[int, str]  # its own line
    values: dict[str, tuple[float, int]] = field(default_factory=dict)


def recognizes(head: Head) -> float:
    """Lines "qdisc <kind> <handle>:", with "Sent ... bytes" under them where -s was given."""
    if not any(TITLE.match(line) for line in head.body):
        return 0.0
    counted = any(line.lstrip().startswith("Sent ") for line in head.body)
    return 0.95 if counted else 0.5


@collector(
    kind="tc_qdisc",
    title="tc -s qdisc",
    recognizes=recognizes,
    fetch=(
        Fetch("tc_qdisc.txt", "tc -s qdisc", enable="install iproute2, for tc (OpenWrt: tc-tiny)"),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Counters and backlog of the root discipline of each interface."""
    reading, columns = Reading(), Columns()
    for block in blocks(raw.lines()):
        for qdisc in _qdiscs(block, bad):
            if not qdisc.root:
                continue
            if not qdisc.device and NAMELESS not in reading.notes:
                reading.notes.append(NAMELESS)
            for metric, (value, number) in qdisc.values.items():
                add = columns.add if metric == BACKLOG else columns.count
                add(metric, block.at_s, value, line=number, part=qdisc.device)
    reading.samples = columns.samples()
    if not reading.samples:
        reading.notes.append("no counters in it: `tc` was run without -s")
    return reading


def _qdiscs(block: Block, bad: BadLines) -> list[Qdisc]:
    found: list[Qdisc] = []
    for number, line in block.lines:
        if match := TITLE.match(line):
            rest = match[4].split()
            # Before iproute2 2.6.26 the root did not say so; a child always names its parent.
            root = "parent" not in rest and match[1] not in ("ingress", "clsact")
            found.append(Qdisc(match[3] or "", root, (number, line)))
        elif line.strip() and not (found and _counters(found[-1], number, line)):
            bad.note(number, line)
    for qdisc in found[-1:]:
        if qdisc.root and qdisc.values and BACKLOG not in qdisc.values:
            bad.note(*qdisc.at)
    return found


def _counters(qdisc: Qdisc, number: int, line: str) -> bool:
    """One line under a discipline; False where it should have been readable and is not."""
    if match := SENT_LINE.match(line):
        names = (SENT, DROPPED, OVERLIMITS, REQUEUES)
        for name, value in zip(names, match.groups()[1:], strict=True):
            if value is not None:
                qdisc.values[name] = (float(value), number)
        return True
    if match := BACKLOG_LINE.match(line):
        qdisc.values[BACKLOG] = (float(match[1]), number)
        return True
    word = line.split()[0]
    return line[0].isspace() and word not in ("Sent", "backlog")
