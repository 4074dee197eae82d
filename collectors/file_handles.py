"""/proc/sys/fs/file-nr: open file handles of the whole host.

Three numbers: allocated, free (always 0 since Linux 2.6), and the maximum.

    1795406687.306 27	0	65536

Source: https://docs.kernel.org/admin-guide/sysctl/fs.html#file-max-file-nr
"""

from __future__ import annotations

import re

import numpy as np

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Limit, Reading, Samples
from diagnose.stamps import blocks

LINE = re.compile(r"(\d+)[ \t]+(\d+)[ \t]+(\d+)$")


def recognizes(head: Head) -> float:
    """Triples of numbers, the middle one 0 (a torn line may be among them)."""
    rows = [LINE.match(line.strip()) for line in head.body]
    good = sum(row is not None and row[2] == "0" for row in rows)
    return 0.8 if rows and good >= 0.8 * len(rows) else 0.0


@collector(
    kind="file_handles",
    title="/proc/sys/fs/file-nr",
    recognizes=recognizes,
    fetch=(Fetch("file_nr.txt", "/proc/sys/fs/file-nr"),),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Open handles as a gauge, their maximum as a limit."""
    at_s, open_files, lines = [], [], []
    reading = Reading()
    for block in blocks(raw.lines()):
        for number, line in block.lines:
            match = LINE.match(line.strip())
            if match is None:
                if line.strip():
                    bad.note(number, line)
                continue
            at_s.append(block.at_s)
            open_files.append(float(match[1]))
            lines.append(number)
            maximum = float(match[3])
            if not reading.limits or reading.limits[-1].value != maximum:
                reading.limits.append(Limit("files.system_max", maximum, line=number))
    reading.samples.append(
        Samples(
            "files.system_open",
            np.array(at_s, float),
            np.array(open_files, float),
            lines=np.array(lines, np.int64),
        )
    )
    return reading
