r"""`sysctl -a`, or some of its lines: settings of the kernel that are ceilings.

    net.core.somaxconn = 4096
    net.ipv4.ip_local_port_range = 32768	60999

Limits: somaxconn, the longest SYN queue, orphaned sockets, ephemeral ports (high - low + 1),
connection tracking, open files of the host. The counts that sysctl prints beside them (entries of
connection tracking, open files) are read as gauges. `name=value`, `name: value` and the path
of the file ("/proc/sys/net/core/somaxconn: 4096", as `grep . /proc/sys/...` prints) are read too.
Traps: a sysctl.conf looks the same and says what was wished for, not what is in force.
Ephemeral ports are so many for each address and port connected to.

Source: https://docs.kernel.org/networking/ip-sysctl.html
"""

from __future__ import annotations

import math
import re

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch, When
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Reading
from diagnose.stamps import blocks

from ._columns import Columns, limit

LINE = re.compile(r"-?(?:/proc/sys/)?([a-z_][\w\-]*(?:[./][\w\-:@*]+)+) ?[=:] ?(.*)$")
PASSED_OVER = re.compile(r"\s*[#;]|sysctl: |error: |warning: |\*\* ")
FAMILIES = ("net.", "fs.", "kernel.", "vm.", "dev.", "user.", "debug.", "abi.", "sunrpc.")
LIMITS = {
    "net.core.somaxconn": "net.somaxconn",
    "net.ipv4.tcp_max_syn_backlog": "net.max_syn_backlog",
    "net.netfilter.nf_conntrack_max": "conntrack.max",
    "net.nf_conntrack_max": "conntrack.max",
    "net.ipv4.netfilter.ip_conntrack_max": "conntrack.max",
    "net.ipv4.tcp_max_orphans": "net.max_orphans",
    "fs.file-max": "files.system_max",
}
GAUGES = {
    "net.netfilter.nf_conntrack_count": "conntrack.entries",
    "net.ipv4.netfilter.ip_conntrack_count": "conntrack.entries",
    "fs.file-nr": "files.system_open",
}
PORTS = "net.ipv4.ip_local_port_range"
ONCE = (
    "/proc/sys/net/core/somaxconn",
    "/proc/sys/net/ipv4/tcp_max_syn_backlog",
    "/proc/sys/net/ipv4/ip_local_port_range",
    "/proc/sys/fs/file-max",
)
TABLE = tuple(f"/proc/sys/net/netfilter/nf_conntrack_{end}" for end in ("count", "max"))


def recognizes(head: Head) -> float:
    """Lines "net.core.somaxconn = 4096" of the families that the kernel has."""
    rows = [line for line in head.body if not PASSED_OVER.match(line)]
    names = [_name(match[1]) for match in map(LINE.match, rows) if match]
    good = sum(name.startswith(FAMILIES) for name in names)
    return 0.9 if good and good >= 0.8 * len(rows) else 0.0


@collector(
    kind="sysctl_settings",
    title="sysctl -a",
    recognizes=recognizes,
    fetch=(
        Fetch("sysctl.txt", " ".join(ONCE), When.ONCE),
        Fetch("conntrack.txt", " ".join(TABLE), where=f"[ -e {TABLE[0]} ]"),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Limits where they are new or have changed; gauges, one point an output."""
    reading, columns = Reading(), Columns()
    for block in blocks(raw.lines()):
        for number, line in block.lines:
            match = LINE.match(line)
            if match is None:
                if line.strip() and not PASSED_OVER.match(line):
                    bad.note(number, line)
                continue
            name, value = _name(match[1]), match[2].strip()
            wanted = name in LIMITS or name in GAUGES or name == PORTS
            if wanted and not _take(reading, columns, block.at_s, number, name, value):
                bad.note(number, line)
            elif name == "kernel.hostname" and value:
                reading.facts.append(Fact("host.name", value, line=number))
    reading.samples = columns.samples()
    return reading


def _name(text: str) -> str:
    """The dotted name; a path, and the slashes that some write, become dots."""
    return text if "." in text.split("/")[0] else text.replace("/", ".")


def _take(
    reading: Reading, columns: Columns, at_s: float, number: int, name: str, value: str
) -> bool:
    """One setting; False where its value is no number."""
    first = ports(value) if name == PORTS else _number(value)
    if math.isnan(first):
        return False
    if name in GAUGES:
        columns.add(GAUGES[name], at_s, first, line=number)
    else:
        limit(reading, LIMITS.get(name, "net.ephemeral_ports"), first, line=number)
    return True


def ports(value: str) -> float:
    """How many ports a range holds; NaN for what is none.

    >>> ports("32768	60999"), ports("1024")
    (28232.0, nan)
    """
    cells = value.split()
    if len(cells) != 2 or not all(cell.isdecimal() for cell in cells):
        return math.nan
    return float(cells[1]) - float(cells[0]) + 1.0


def _number(value: str) -> float:
    """The first number: fs.file-nr has three."""
    first = value.split()[:1]
    return float(first[0]) if first and first[0].isdecimal() else math.nan
