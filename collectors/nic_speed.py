"""/sys/class/net/*/speed: how fast the link of each interface is, in Mbit/s.

    /sys/class/net/eth0/speed:10000

As `grep . /sys/class/net/*/speed` or `tail -n +1` prints it. -1 stands for a speed that the
driver does not know (virtual machines) and for a link that is down: nothing is said of it.
Traps: a virtual pair says 10000 whatever the machine can do. The speed of the link is no
promise of the network behind it: clouds hold an instance to less.

Source: https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-class-net
"""

from __future__ import annotations

import re

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch, When
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import blocks

from ._columns import limit

PATH = r"/sys/(?:class/net|devices/\S+/net)/(?P<name>[^/\s]+)/speed"
LINE = re.compile(rf"{PATH}:\s?(?P<speed>-?\d+)\s*$")
HEADING = re.compile(rf"==> {PATH} <==$")
NUMBER = re.compile(r"-?\d+\s*$")
MEGABIT = 1e6 / 8  # bytes


def recognizes(head: Head) -> float:
    """Numbers behind or under the path of an interface's speed, and nothing else."""
    named = sum(bool(LINE.match(line) or HEADING.match(line)) for line in head.body)
    bare = sum(NUMBER.match(line) is not None for line in head.body)
    return 0.95 if named and named + bare >= 0.8 * len(head.body) else 0.0


@collector(
    kind="nic_speed",
    title="/sys/class/net/*/speed",
    recognizes=recognizes,
    fetch=(Fetch("nic_speed.txt", "/sys/class/net/*/speed", When.ONCE),),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """The speed of each link as a limit, in bytes per second."""
    reading = Reading()
    for block in blocks(raw.lines()):
        above = ""
        for number, line in block.lines:
            if heading := HEADING.match(line):
                above = heading["name"]
                continue
            match = LINE.match(line)
            name = match["name"] if match else above
            speed = match["speed"] if match else line.strip()
            if name and NUMBER.match(speed):
                if float(speed) > 0:
                    value = float(speed) * MEGABIT
                    limit(reading, "nic.speed_bytes_per_s", value, line=number, part=name)
            elif line.strip():
                bad.note(number, line)
    return reading
