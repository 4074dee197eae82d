r"""nf_conntrack_count and nf_conntrack_max of /proc/sys/net/netfilter, one line a sample.

    1795404347.750 41 262144

Two numbers a line, or a lone file of two numbers on one line or two. Entries are what
stood at that moment; the maximum becomes a limit. Trap: the maximum is of the whole host,
the count is of one network namespace. Two bare numbers are little to go by: a lone pair is
claimed weakly, and one that could be a CPU quota (cpu.max, "50000 100000") not at all.

Source: https://docs.kernel.org/networking/nf_conntrack-sysctl.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import Block, blocks

from ._columns import Columns, limit

LINE = re.compile(r"(\d{1,9})[ \t]+(\d{3,10})$")
NUMBER = re.compile(r"\d{1,10}$")
LEAST = 1024  # a choice: nobody sets a smaller maximum
CPU_PERIOD = 100_000  # microseconds: the second number of a cpu.max that nobody changed


def recognizes(head: Head) -> float:
    """Pairs of numbers, the second ever the same and not below the first."""
    body = [line.strip() for line in head.body]
    pairs = [(int(m[1]), int(m[2])) for m in map(LINE.match, body) if m]
    if not pairs and len(body) > 1 and all(NUMBER.match(line) for line in body):
        # Two lines a sample; the last may be torn.
        pairs = [(int(a), int(b)) for a, b in zip(body[::2], body[1::2], strict=False)]
    elif len(pairs) < max(1.0, 0.8 * len(body)):
        return 0.0
    if not pairs or any(count > most for count, most in pairs):
        return 0.0
    most, often = Counter(most for _, most in pairs).most_common(1)[0]
    if often < 0.8 * len(pairs) or most < LEAST or most == CPU_PERIOD:
        return 0.0
    return 0.7 if len(pairs) > 1 else 0.35


@collector(kind="conntrack_count", title="nf_conntrack_count and _max", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Entries as a gauge, their maximum as a limit."""
    reading, columns = Reading(), Columns()
    for block in blocks(raw.lines()):
        for number, count, most in _pairs(block, bad):
            columns.add("conntrack.entries", block.at_s, count, line=number)
            limit(reading, "conntrack.max", most, line=number)
    reading.samples = columns.samples()
    return reading


def _pairs(block: Block, bad: BadLines) -> Iterator[tuple[int, float, float]]:
    count: tuple[int, str] | None = None  # a count alone on its line awaits its maximum
    for number, line in block.lines:
        text = line.strip()
        if match := LINE.match(text):
            yield number, float(match[1]), float(match[2])
        elif text and NUMBER.match(text):
            if count:
                yield count[0], float(count[1]), float(text)
            count = None if count else (number, text)
        elif text:
            bad.note(number, line)
    if count:
        bad.note(*count)
