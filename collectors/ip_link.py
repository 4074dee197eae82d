r"""`ip -s link`: counters of every network interface, as text.

    2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP ...
        link/ether fa:0f:61:ca:f2:1d brd ff:ff:ff:ff:ff:ff link-netnsid 1
        RX:  bytes packets errors dropped  missed   mcast
          34186456  305522      0       0       0       0
        TX:  bytes packets errors dropped carrier collsns
         166747862  249265      0       0       0       0

Values are running totals since the interface was made; all interfaces are read, `lo`
included. `-s -s` adds a second pair of lines ("RX errors: length crc frame fifo overrun").
Traps: up to iproute2 5.8 the fifth column is "overrun" and "missed" stands in the second
pair, since then it is the other way round: columns are found by name. `dropped` counts
packets that the host did not want as well as those it could not take; `missed` alone is
the ring that was full. "overrun" and "fifo" are used interchangeably by drivers: the larger
is taken. Counters of virtual functions ("vf 0 ...") are left out, those of the physical one
hold. Read as well: `-o` (one line an interface), `ip -s addr` (addresses become facts).
`-h` rounds its numbers ("34.5k"): they are not read, and a note says so.

Source: https://docs.kernel.org/networking/statistics.html, man 8 ip-link
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch, When
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Reading
from diagnose.stamps import Block, blocks

from ._columns import Columns

INTERFACE = re.compile(r"\d+: ([^@\s]+?)(?:@[^\s:]+)?: <")
TITLE = re.compile(r"\s+([RT]X)(?: errors)?:\s+([a-z].*)")
ROUNDED = re.compile(r"[\d.]+[kMGTP]i?\s")
ADDRESS = re.compile(r"\s+inet6? ([0-9a-fA-F.:]+)(?:/\d+)? .*\bscope global\b")
METRICS = {
    ("RX", "bytes"): "nic.rx_bytes_per_s",
    ("RX", "packets"): "nic.rx_packets_per_s",
    ("RX", "errors"): "nic.rx_errors_per_s",
    ("RX", "dropped"): "nic.rx_dropped_per_s",
    ("RX", "missed"): "nic.rx_missed_per_s",
    ("RX", "overrun"): "nic.rx_overrun_per_s",
    ("RX", "fifo"): "nic.rx_overrun_per_s",
    ("RX", "crc"): "nic.rx_crc_per_s",
    ("RX", "frame"): "nic.rx_frame_per_s",
    ("TX", "bytes"): "nic.tx_bytes_per_s",
    ("TX", "packets"): "nic.tx_packets_per_s",
    ("TX", "errors"): "nic.tx_errors_per_s",
    ("TX", "dropped"): "nic.tx_dropped_per_s",
    ("TX", "carrier"): "nic.tx_carrier_per_s",
    ("TX", "collsns"): "nic.collisions_per_s",
}
NO_COUNTERS = "no counters in it: `ip` was run without -s"
HUMAN = "its numbers are rounded (`ip -h`), so no rates can be had from it: run it without -h"


@dataclass(slots=True)
class _Interface:
    """What stands under one interface's line."""

    name: str
    counters: dict[str, tuple[float, int]] = field(default_factory=dict)
    title: tuple[str, list[str]] | None = None  # names that await their values
    title_at: tuple[int, str] = (0, "")
    done: bool = False  # from here on it speaks of virtual functions

    def take(self, cells: list[str], number: int) -> bool:
        """The values under a title; False where they do not fit it."""
        side, names = self.title or ("", [])
        self.title = None
        if len(cells) != len(names) or not all(cell.isdecimal() for cell in cells):
            return False
        for name, cell in zip(names, cells, strict=True):
            metric = METRICS.get((side, name))
            if metric and float(cell) >= self.counters.get(metric, (0.0, 0))[0]:
                self.counters[metric] = (float(cell), number)
        return True

    def ended(self, bad: BadLines) -> _Interface:
        """Itself; names without values, where the output was cut, are noted."""
        if self.title:
            bad.note(*self.title_at)
        return self


def recognizes(head: Head) -> float:
    """Interface lines "2: eth0: <UP>", with "RX: bytes" under them where -s was given."""
    if not any(INTERFACE.match(line) for line in head.body):
        return 0.0
    counted = any("RX:" in line and "bytes" in line for line in head.body)
    return 0.95 if counted else 0.5


@collector(
    kind="ip_link",
    title="ip -s link",
    recognizes=recognizes,
    fetch=(
        Fetch("ip_link.txt", "ip -s -s link", enable="install iproute2 (OpenWrt: ip-full)"),
        Fetch("ip_addresses.txt", "ip addr", When.ONCE, enable="install iproute2"),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Counters by interface; addresses where it is `ip -s addr`."""
    reading, columns = Reading(), Columns()
    for block in blocks(raw.lines()):
        for interface in _interfaces(block, bad, reading):
            for metric, (value, number) in interface.counters.items():
                columns.count(metric, block.at_s, value, line=number, part=interface.name)
    reading.samples = columns.samples()
    if not (reading.samples or reading.facts or HUMAN in reading.notes):
        reading.notes.append(NO_COUNTERS)
    return reading


def _interfaces(block: Block, bad: BadLines, reading: Reading) -> Iterator[_Interface]:
    interface: _Interface | None = None
    for number, line in _pieces(block.lines):
        if match := INTERFACE.match(line):
            if interface:
                yield interface.ended(bad)
            interface = _Interface(match[1])
        elif not (interface and line[0].isspace() and _inside(interface, number, line, reading)):
            bad.note(number, line)
    if interface:
        yield interface.ended(bad)


def _pieces(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Lines as `ip` prints them without -o, which joins them with backslashes."""
    for number, line in lines:
        for piece in line.split("\\"):
            if piece.strip():
                yield number, piece


def _inside(interface: _Interface, number: int, line: str, reading: Reading) -> bool:
    """One line under an interface; False where it should have been readable and is not."""
    if interface.done:
        return True
    if match := TITLE.match(line):
        torn = interface.title is not None
        interface.title, interface.title_at = (match[1], match[2].split()), (number, line)
        return not torn
    if interface.title is not None:
        if ROUNDED.search(line + " "):
            interface.title = None
            if HUMAN not in reading.notes:
                reading.notes.append(HUMAN)
            return True
        return interface.take(line.split(), number)
    if line.lstrip().startswith("vf "):
        interface.done = True
    elif match := ADDRESS.match(line):
        _address(reading, match[1], interface.name, number)
    return True


def _address(reading: Reading, address: str, name: str, number: int) -> None:
    if not any(fact.value == address for fact in reading.facts):
        reading.facts.append(Fact("host.address", address, name, number))
