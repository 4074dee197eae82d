r"""`ifconfig`: counters of every network interface, as net-tools and BusyBox print them.

    eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500
            RX packets 7561  bytes 331578766 (316.2 MiB)
            RX errors 0  dropped 12  overruns 0  frame 0

    eth0      Link encap:Ethernet  HWaddr 00:00:5E:00:53:01
              RX packets:7561 errors:0 dropped:12 overruns:0 frame:0

Running totals out of /proc/net/dev, with its traps: "dropped" of what was received includes
what the ring missed, "frame" and "carrier" add up several kinds of errors. `lo` is read too.
`ifconfig` without -a leaves out interfaces that are down. Addresses become facts.

Source: man 8 ifconfig
"""

from __future__ import annotations

import re

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Reading
from diagnose.stamps import blocks

from ._columns import Columns

INTERFACE = re.compile(r"(\S+?):? (?: *Link encap:| ?flags=\d+<)")
CELL = re.compile(
    r"\b(RX|TX)\b"
    r"|\b(packets|bytes|errors|dropped|overruns|frame|carrier|collisions)[: ](\d+)\b"
)
ADDRESS = re.compile(r"\s+inet6? (?:addr: ?)?([0-9a-fA-F.:]+)(?:/\d+)?\s")
LOCAL = ("127.", "fe80:", "::1")
METRICS = {
    ("RX", "packets"): "nic.rx_packets_per_s",
    ("RX", "bytes"): "nic.rx_bytes_per_s",
    ("RX", "errors"): "nic.rx_errors_per_s",
    ("RX", "dropped"): "nic.rx_dropped_per_s",
    ("RX", "overruns"): "nic.rx_overrun_per_s",
    ("RX", "frame"): "nic.rx_frame_per_s",
    ("TX", "packets"): "nic.tx_packets_per_s",
    ("TX", "bytes"): "nic.tx_bytes_per_s",
    ("TX", "errors"): "nic.tx_errors_per_s",
    ("TX", "dropped"): "nic.tx_dropped_per_s",
    ("TX", "carrier"): "nic.tx_carrier_per_s",
    ("TX", "collisions"): "nic.collisions_per_s",
}


def recognizes(head: Head) -> float:
    """Interface lines, and "RX packets" under them."""
    named = any(INTERFACE.match(line) for line in head.body)
    counted = any(line.lstrip().startswith("RX packets") for line in head.body)
    return 0.95 if named and counted else 0.0


@collector(kind="ifconfig", title="ifconfig", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Totals by interface, one point an output."""
    reading, columns = Reading(), Columns()
    for block in blocks(raw.lines()):
        name = ""
        for number, line in block.lines:
            if match := INTERFACE.match(line):
                name = match[1].rstrip(":")
            elif line.strip() and not (line[0].isspace() and name):
                bad.note(number, line)
            elif match := ADDRESS.match(line):
                _address(reading, match[1], name, number)
            elif not _counters(columns, block.at_s, name, number, line):
                bad.note(number, line)
    reading.samples = columns.samples()
    return reading


def _counters(columns: Columns, at_s: float, name: str, number: int, line: str) -> bool:
    """Counters of one line; False where it is torn."""
    # The line of old releases that begins with collisions is one of what was sent.
    side, found = "TX" if line.lstrip().startswith("collisions") else "", 0
    for turn, key, value in CELL.findall(line):
        side = turn or side
        if metric := METRICS.get((side, key)):
            found += 1
            columns.count(metric, at_s, float(value), line=number, part=name)
    return found > 0 or not line.lstrip().startswith(("RX", "TX"))


def _address(reading: Reading, address: str, name: str, number: int) -> None:
    new = all(fact.value != address for fact in reading.facts)
    if new and not address.startswith(LOCAL):
        reading.facts.append(Fact("host.address", address, name, number))
