r"""`ip -s -j link`: counters of every network interface, as JSON.

    1795404328.747 [{"ifname":"eth0","stats64":{"rx":{"bytes":34186456,"packets":305522,
    "errors":0,"dropped":0,"over_errors":0,"multicast":0},"tx":{...}}}]

One document, pretty (`-p`) or not, or one a stamp. Values are running totals since the
interface was made; all interfaces are read, `lo` included. Traps: with a single `-s` the
text prints `missed`, but JSON does not: `missed_errors`, `crc_errors`, `frame_errors` and
`fifo_errors` come with `-s -s` only, so their absence says nothing. `over_errors` and
`fifo_errors` are used interchangeably by drivers: the larger is taken.

Source: https://docs.kernel.org/networking/statistics.html, man 8 ip-link
"""

from __future__ import annotations

import re
from typing import Any

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Reading

from ._columns import Columns
from ._json_documents import documents, number_of, opens_with, rows

NAMED = re.compile(r'"ifname"\s*:\s*"')
COUNTED = re.compile(r'"stats(?:64)?"\s*:\s*\{')
METRICS = {
    ("rx", "bytes"): "nic.rx_bytes_per_s",
    ("rx", "packets"): "nic.rx_packets_per_s",
    ("rx", "errors"): "nic.rx_errors_per_s",
    ("rx", "dropped"): "nic.rx_dropped_per_s",
    ("rx", "missed_errors"): "nic.rx_missed_per_s",
    ("rx", "crc_errors"): "nic.rx_crc_per_s",
    ("rx", "frame_errors"): "nic.rx_frame_per_s",
    ("tx", "bytes"): "nic.tx_bytes_per_s",
    ("tx", "packets"): "nic.tx_packets_per_s",
    ("tx", "errors"): "nic.tx_errors_per_s",
    ("tx", "dropped"): "nic.tx_dropped_per_s",
    ("tx", "carrier_errors"): "nic.tx_carrier_per_s",
    ("tx", "collisions"): "nic.collisions_per_s",
}
NO_COUNTERS = "no counters in it: `ip` was run without -s"


def recognizes(head: Head) -> float:
    """A list of objects with "ifname", and "stats64" where -s was given."""
    if not (opens_with(head, "[") and NAMED.search(head.text)):
        return 0.0
    return 0.95 if COUNTED.search(head.text) else 0.5


@collector(kind="ip_link_json", title="ip -s -j link", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Counters by interface; addresses where it is `ip -s -j addr`."""
    reading, columns = Reading(), Columns()
    for at_s, number, document in documents(raw, bad):
        for row in rows(document):
            name = str(row.get("ifname", ""))
            stats = row.get("stats64") or row.get("stats") or {}
            for metric, value in _counters(stats):
                columns.count(metric, at_s, value, line=number, part=name)
            _addresses(reading, row, name, number)
    reading.samples = columns.samples()
    if not reading.samples:
        reading.notes.append(NO_COUNTERS)
    return reading


def _counters(stats: Any) -> list[tuple[str, float]]:
    found = []
    for (side, key), metric in METRICS.items():
        value = number_of(stats.get(side), key)
        if value is not None:
            found.append((metric, value))
    overruns = [number_of(stats.get("rx"), key) for key in ("over_errors", "fifo_errors")]
    known = [value for value in overruns if value is not None]
    if known:
        found.append(("nic.rx_overrun_per_s", max(known)))
    return found


def _addresses(reading: Reading, row: dict[str, Any], name: str, number: int) -> None:
    for entry in rows(row.get("addr_info")):
        address = str(entry.get("local", ""))
        new = all(fact.value != address for fact in reading.facts)
        if address and entry.get("scope") == "global" and new:
            reading.facts.append(Fact("host.address", address, name, number))
