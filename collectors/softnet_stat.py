r"""/proc/net/softnet_stat: packets handled by each processor, in hexadecimal.

    00953d1a 00000446 000000b1 00000000 ... 00000001

One row a processor; the first three columns are packets processed, dropped because the
backlog queue was full, and receive loops cut short with work left (time_squeeze). Running
totals. Since Linux 5.10 the 13th column is the processor's number; before, the row is, and
processors that are off have none: the part is "cpuN". Trap: the counters have 32 bits, so
`processed` starts again from 0 after 4.3 billion packets.

Source: https://docs.kernel.org/networking/scaling.html, net/core/net-procfs.c
"""

from __future__ import annotations

import re

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import Block, blocks

from ._columns import Columns

ROW = re.compile(r"[0-9a-f]{8}(?: [0-9a-f]{8}){8,19}\s*$")
METRICS = ("softnet.processed_per_s", "softnet.dropped_per_s", "softnet.squeezed_per_s")
NUMBER_AT = 12  # the column of the processor's number


def recognizes(head: Head) -> float:
    """Rows of nine words or more, of eight hexadecimal digits each, and nothing else."""
    good = sum(ROW.match(line) is not None for line in head.body)
    return 0.9 if good and good >= 0.7 * len(head.body) else 0.0


@collector(
    kind="softnet_stat",
    title="/proc/net/softnet_stat",
    recognizes=recognizes,
    fetch=(Fetch("softnet_stat.txt", "/proc/net/softnet_stat"),),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Totals by processor, one point an output."""
    columns = Columns()
    last: Block | None = None
    row = 0
    for block in blocks(raw.lines()):
        # A stamp at the head of each line makes each a block: its rows are counted on.
        row = row if last and last.at_s == block.at_s else 0
        for number, line in block.lines:
            if ROW.match(line):
                cells = line.split()
                part = f"cpu{int(cells[NUMBER_AT], 16) if len(cells) > NUMBER_AT else row}"
                for metric, cell in zip(METRICS, cells, strict=False):
                    columns.count(metric, block.at_s, int(cell, 16), line=number, part=part)
                row += 1
            elif line.strip():
                bad.note(number, line)
        last = block
    return Reading(samples=columns.samples())
