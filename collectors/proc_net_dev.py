r"""/proc/net/dev: counters of every network interface.

    Inter-|   Receive                                                |  Transmit
     face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs ...
      eth0: 331578766    7561    0   12    0     0          0         0   365784    4156    0 ...

Running totals; all interfaces are read, `lo` included, and columns are found by name.
Traps: "drop" of what was received is rx_dropped and rx_missed added together, so it is read
as dropped, and whether the ring was full cannot be told from it (`ip -s -s link` tells).
"frame" adds up errors of length, overrun, CRC and alignment; "carrier" adds up aborted,
window and heartbeat errors. Old kernels set no space after the colon, and 32 bit ones count
bytes modulo 4 GiB.

Source: https://docs.kernel.org/networking/statistics.html, net/core/net-procfs.c
"""

from __future__ import annotations

import re

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import blocks

from ._columns import Columns

HEADING = re.compile(r"\s*face\s*\|(bytes[a-z ]*)\|(bytes[a-z ]*)$")
TITLE = re.compile(r"Inter-\|\s+Receive")
ROW = re.compile(r"\s*([^\s:|]+(?::[^\s:|\d][^\s:|]*)?):\s*(\d[\d\s]*)$")
RECEIVED = {
    "bytes": "nic.rx_bytes_per_s",
    "packets": "nic.rx_packets_per_s",
    "errs": "nic.rx_errors_per_s",
    "drop": "nic.rx_dropped_per_s",
    "fifo": "nic.rx_overrun_per_s",
    "frame": "nic.rx_frame_per_s",
}
SENT = {
    "bytes": "nic.tx_bytes_per_s",
    "packets": "nic.tx_packets_per_s",
    "errs": "nic.tx_errors_per_s",
    "drop": "nic.tx_dropped_per_s",
    "colls": "nic.collisions_per_s",
    "carrier": "nic.tx_carrier_per_s",
}


def recognizes(head: Head) -> float:
    """The heading of two lines."""
    return 0.95 if any(HEADING.match(line.rstrip()) for line in head.body) else 0.0


@collector(
    kind="proc_net_dev",
    title="/proc/net/dev",
    recognizes=recognizes,
    fetch=(
        # What `ip -s -s link` tells as well, and better; BusyBox's ip does not.
        Fetch("proc_net_dev.txt", "/proc/net/dev", where="! ip -s -s link"),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Totals by interface, one point an output."""
    columns = Columns()
    metrics: list[str | None] = []  # of each column; a loop may print the heading only once
    for block in blocks(raw.lines()):
        for number, line in block.lines:
            if TITLE.match(line):
                continue
            if match := HEADING.match(line.rstrip()):
                received = [RECEIVED.get(name) for name in match[1].split()]
                metrics = received + [SENT.get(name) for name in match[2].split()]
            elif not _row(columns, block.at_s, number, line, metrics) and line.strip():
                bad.note(number, line)
    return Reading(samples=columns.samples())


def _row(columns: Columns, at_s: float, number: int, line: str, metrics: list[str | None]) -> bool:
    """One interface; False where the line is torn or foreign."""
    match = ROW.match(line)
    cells = match[2].split() if match else []
    if match is None or not metrics or len(cells) != len(metrics):
        return False
    for metric, cell in zip(metrics, cells, strict=True):
        if metric:
            columns.count(metric, at_s, float(cell), line=number, part=match[1])
    return True
