"""`show interfaces`: counters of every interface, as switches and routers print them.

    GigabitEthernet0/1 is up, line protocol is up (connected)
      Input queue: 0/75/0/0 (size/max/drops/flushes); Total output drops: 417
         83 packets input, 14855 bytes, 0 no buffer
         0 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored

Read are Cisco IOS, IOS XE, IOS XR, NX-OS and ASA, Arista EOS, Juniper Junos (`show interfaces
extensive`; without it there are no counters), Brocade and Ruckus, Eltex, AlliedWare Plus and
FRRouting by their words; Aruba AOS-CX, HP ProCurve, OneAccess and Alcatel AOS through
ntc-templates (`pip install loadtest-diagnose[network]`).

Totals since the counters were cleared. What a Linux host calls dropped is here: drops of the
input queue or input discards (`nic.rx_dropped_per_s`), output drops or discards
(`nic.tx_dropped_per_s`); "ignored" is a frame missed for want of buffers. Traps: subinterfaces
and bundles count the packets of their members again. Rates over "5 minutes" are left out, for
they tell of the time before as well. The speed of a link is given for links that are up and
have a duplex: the bandwidth of a tunnel is a setting, not a speed.

Source: Cisco IOS Interface Command Reference, `show interfaces`; Junos CLI Reference, `show
interfaces extensive`; https://github.com/networktocode/ntc-templates
"""

from __future__ import annotations

import re

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch, When
from diagnose.hosts import vendors
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import Block, blocks

from ._columns import Columns, limit
from ._interface_phrases import counts, header, interfaces
from ._interface_templates import Row, rows, template_for

NO_COUNTERS = "no counters in it: on Junos run `show interfaces extensive`"
# In front of the first interface: XR's time, a prompt with the command, rules of dashes.
PREFACE = re.compile(
    r"\s*$|\w{3} \w{3} +\d+ \d\d:\d\d|.*\bshow int|-{4}|\{.*\}\s*$|[\w.@:/()-]+[>#$%]\s*$"
)
SPEED = "nic.speed_bytes_per_s"


def recognizes(head: Head) -> float:
    """Lines that begin interfaces and counters in words under them, or a template's marks."""
    if template_for(head.body):
        return 0.95
    if not any(header(line) for line in head.body):
        return 0.0
    if any(counts(line) for line in head.body):
        return 0.95
    told = ("line protocol", "Physical link")
    return 0.5 if any(word in line for line in head.body for word in told) else 0.0


def _fetches() -> tuple[Fetch, ...]:
    """One for each way in which gear is asked, before the load and after it."""
    asked: dict[str, list[str]] = {}
    for name, vendor in vendors.VENDORS.items():
        asked.setdefault(vendor.interfaces, []).append(name)
    return tuple(
        Fetch("show_interfaces.txt", command, When.AROUND, devices=tuple(names))
        for command, names in asked.items()
    )


@collector(
    kind="network_interfaces",
    title="show interfaces",
    recognizes=recognizes,
    role="router",
    fetch=_fetches(),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Totals by interface, one point an output; speeds of links as limits."""
    reading, columns = Reading(), Columns()
    for block in blocks(raw.lines()):
        template = template_for([line for _, line in block.lines])
        if template:
            for row in rows(raw, template, block.lines, bad):
                _keep(row, block, columns, reading)
        else:
            _by_words(block, columns, reading, bad)
    reading.samples = columns.samples()
    if not reading.samples:
        reading.notes.append(NO_COUNTERS)
    return reading


def _by_words(block: Block, columns: Columns, reading: Reading, bad: BadLines) -> None:
    for number, line in block.lines:
        if header(line):
            break
        if not PREFACE.match(line):
            bad.note(number, line)
    for interface in interfaces(block.lines):
        for metric, (value, number) in interface.counters.items():
            columns.count(metric, block.at_s, value, line=number, part=interface.name)
        if interface.speed:
            value, number = interface.speed
            limit(reading, SPEED, value, line=number, part=interface.name)


def _keep(row: Row, block: Block, columns: Columns, reading: Reading) -> None:
    """What a template found of one interface."""
    number = _line_of(block, row.name)
    for metric, value in row.counters.items():
        columns.count(metric, block.at_s, value, line=number, part=row.name)
    if row.speed:
        limit(reading, SPEED, row.speed, line=number, part=row.name)


def _line_of(block: Block, name: str) -> int:
    """The line on which an interface is named first."""
    word = re.compile(rf"(?<!\S){re.escape(name)}(?![\w./])")
    return next((number for number, line in block.lines if word.search(line)), block.lines[0][0])
