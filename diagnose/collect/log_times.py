r"""When the entries of a log were written: the shape of its stamps, learned from samples of it.

    10.0.0.9 - - [23/Nov/2026:04:05:06 +0000] "GET / HTTP/1.1" 200 612     nginx, Apache, HAProxy
    2026/11/23 04:05:06 [error] 7#7: *1 …      2026-11-23 04:05:06.390 UTC [16426] LOG:  …
    {"time":"2026-11-23T04:04:46Z",…}          {"level":"info","ts":1795406686.2,…}
    # Time: 261123  4:05:06 … SET timestamp=1795406706;      Nov 23 04:05:06 lb1 kernel: …

A shape finds where entries begin and what time each bears; lines between them belong to the
entry before. Times are epoch seconds of the host's clock. Stamps without a zone are taken
for local time, stamps without a year for the latest that is not in the future.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from diagnose.collect.log_stamps import (
    CLF,
    DAY_S,
    EPOCH,
    ISO,
    KEY,
    SHORT,
    SYSLOG,
    HostTime,
    Read,
    clf,
    epoch,
    iso,
    short_date,
    slow,
    syslog,
    value,
)

__all__ = ["SHAPES", "Entry", "HostTime", "Shape", "shape_of"]

BACK_S = 60.0  # an entry that is older by more than this than the one before it is out of order


class Entry(NamedTuple):
    """An entry of a log: where it begins in the chunk, and its time."""

    start: int
    at_s: float


@dataclass(frozen=True, slots=True)
class Shape:
    """How a log writes its times. pattern: from an entry's first byte to the end of its time."""

    name: str
    pattern: re.Pattern[bytes]
    read: Read
    signature: bool = False  # unmistakable: one entry of it decides

    def entries(self, chunk: bytes, host: HostTime) -> Iterator[Entry]:
        """Entries of a chunk whose times can be read and are not in the future."""
        for match in self.pattern.finditer(chunk):
            try:
                at_s = self.read(match, host)
            except (ValueError, OverflowError):
                continue  # a day that no calendar has
            if 8e8 < at_s < host.now_s + 2 * DAY_S:
                yield Entry(match.start(), at_s)


def _lines(head: bytes, stamp: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"^" + head + stamp, re.MULTILINE)


_FIRST = rb"(?![ \t\0])[^\n]{0,200}?"  # what is indented goes on with the entry before
SHAPES = (
    Shape(
        "slow log",
        re.compile(
            rb"^(?:# Time: (?P<time>[^\n]*)\n)?# User@Host:[^\n]*\n(?:#(?! Query_time)[^\n]*\n)*"
            rb"# Query_time: (?P<took>\d+(?:\.\d+)?)[^\n]*\n(?:#[^\n]*\n)*(?:use [^\n]*;\n)?"
            rb"(?:SET (?:[^\n=]*=\d*,)*timestamp=(?P<stamp>\d+(?:\.\d+)?);\n)?",
            re.MULTILINE,
        ),
        slow,
        signature=True,
    ),
    Shape(
        "key of JSON",
        _lines(
            rb'[^\n{]{0,200}\{[^\n]{0,8192}?"' + KEY + rb'"\s*:\s*"?(?=[\d"\[A-Z])',
            rb'(?P<value>[^"\n,}]{4,40})',
        ),
        value,
    ),
    Shape(
        "key",
        _lines(
            rb"(?:[^\n]{0,8192}?[\t ])?" + KEY + rb'[:=]["\[]?(?=\d)',
            rb'(?P<value>[^"\t\n]{4,40})',
        ),
        value,
    ),
    Shape("common log format", _lines(rb"(?![ \t\0])[^\n]{0,8192}?(?<!\d)", CLF), clf),
    Shape("ISO 8601", _lines(_FIRST + rb"(?<!\d)", ISO), iso),
    Shape("syslog", _lines(rb"(?:<\d+>)?\[?", SYSLOG), syslog),
    Shape("short date", _lines(rb"", SHORT.pattern), short_date),
    Shape("epoch", _lines(rb"[\[(\"]?", EPOCH), epoch),
    Shape("epoch in the line", _lines(rb"(?![ \t\0])[^\n]{0,8192}?(?<![\w.])", EPOCH), epoch),
)


def shape_of(chunks: Sequence[bytes], host: HostTime) -> Shape | None:
    """The shape that most entries of these chunks have, from the oldest to the newest of them.

    Each chunk begins at the beginning of a line. None where no shape's times rise: they
    cannot be trusted to find a place in the log.
    """
    counts: list[tuple[int, Shape]] = []
    for shape in SHAPES:
        times = [entry.at_s for chunk in chunks for entry in shape.entries(chunk, host)]
        falls = sum(after < before - BACK_S for before, after in pairwise(times))
        if not times or falls > 0.2 * len(times):
            continue
        if shape.signature:
            return shape
        counts.append((len(times), shape))
    most = max((count for count, _ in counts), default=0)
    return next((shape for count, shape in counts if count >= 0.9 * most), None)
