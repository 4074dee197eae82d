"""/proc/loadavg and uptime: the load average, and how many tasks run.

    1795406687.306 0.73 0.97 1.11 2/97 32365
     04:50:06 up 12 min,  1 user,  load average: 0.00, 0.01, 0.02

The load average counts waits for the disk beside waits for a processor. Of "2/97" the first
number is the tasks that can run, the one that reads the file among them: it is taken off.
Only the average over one minute is kept; the others lag behind a load test.

Source: https://man7.org/linux/man-pages/man5/proc_loadavg.5.html
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

LINE = re.compile(r"(?P<load>\d+\.\d\d) \d+\.\d\d \d+\.\d\d (?P<running>\d+)/\d+ \d+\s*$")
UPTIME = re.compile(r".*\bup\b.*load averages?: (?P<load>\d+[.,]\d\d),? \d+[.,]\d\d,? \d+[.,]\d\d")


def recognizes(head: Head) -> float:
    """Nearly all lines are of one of the two forms (a torn one may be among them)."""
    good = sum(bool(LINE.match(line) or UPTIME.match(line)) for line in head.body)
    return 0.9 if good and good >= 0.8 * len(head.body) else 0.0


@collector(
    kind="proc_loadavg",
    title="/proc/loadavg, uptime",
    recognizes=recognizes,
    fetch=(Fetch("proc_loadavg.txt", "/proc/loadavg"),),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Two gauges."""
    reading, columns = Reading(), Columns()
    for block in blocks(raw.lines()):
        for number, line in block.lines:
            match = LINE.match(line) or UPTIME.match(line)
            if match is None:
                if line.strip():
                    bad.note(number, line)
                continue
            load = float(match["load"].replace(",", "."))
            columns.add("cpu.load1", block.at_s, load, line=number)
            if running := match.groupdict().get("running"):
                waiting = max(float(running) - 1, 0)
                columns.add("cpu.run_queue", block.at_s, waiting, line=number)
    reading.samples = columns.samples()
    return reading
