"""`vmstat -t 1`: processors, run queue, swapping, as text.

    procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu----- -----timestamp-----
     r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st                 UTC
     2  0      0 23449448  12440 991184    0    0   344     0 1057 1557 47  5 49  0  0 2026-11-23 07:04:16

The first row is a mean since boot and is left out; a header that comes early is that of
another run. Rates and percentages are means over the interval, r is what stood at its end.
Times (-t) are local, and the head of their column is the zone. Without -t there are none,
unless a wrapper stamped the lines. Traps: percentages are whole numbers; si and so are kB
per second (units of -S are not told), taken as pages of 4 kB; some names are translated.

Source: https://man7.org/linux/man-pages/man8/vmstat.8.html
"""  # noqa: E501

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Form, Reading
from diagnose.stamps import blocks

from ._columns import Columns

STAMP = re.compile(r"\s(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s*$")
KB_PER_PAGE = 4.0
MEANS = {
    "us": ("cpu.user_ratio", 0.01),
    "sy": ("cpu.system_ratio", 0.01),
    "wa": ("cpu.iowait_ratio", 0.01),
    "st": ("cpu.steal_ratio", 0.01),
    "cs": ("cpu.context_switches_per_s", 1.0),
    "si": ("memory.swap_in_pages_per_s", 1 / KB_PER_PAGE),
    "so": ("memory.swap_out_pages_per_s", 1 / KB_PER_PAGE),
}
NO_TIMES = "the rows bear no times; run `vmstat -t 1`"
SINCE_BOOT = "vmstat's only row is a mean since boot and was left out; run `vmstat -t 1`"
PAGE = 18  # rows; between two headers of one run stand at least so many


def recognizes(head: Head) -> float:
    """The header that names the columns."""
    return 0.95 if any(_is_header(line.split()) for line in head.body) else 0.0


def _is_header(words: list[str]) -> bool:
    return words[:3] == ["r", "b", "swpd"] and {"us", "sy", "id", "wa"} <= set(words)


@collector(kind="vmstat_text", title="vmstat", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Every row but the first of each run."""
    rows = _Rows(Reading(), bad)
    for block in blocks(raw.lines()):
        for number, line in block.lines:
            rows.read(number, line, block.at_s)
    reading = rows.reading
    reading.samples = rows.columns.samples()
    if rows.skipped and not reading.samples:
        reading.notes.append(SINCE_BOOT)
    if any(math.isnan(s.at_s[0]) for s in reading.samples):
        reading.notes.append(NO_TIMES)
    return reading


@dataclass(slots=True)
class _Rows:
    """Below which header we are, and how far."""

    reading: Reading
    bad: BadLines
    columns: Columns = field(default_factory=Columns)
    skipped: int = 0
    _names: list[str] = field(default_factory=list)
    _since_header: int = 0
    _zone: str = ""

    def read(self, number: int, line: str, at_s: float) -> None:
        """One line, whatever it is."""
        words = line.split()
        if not words or line.lstrip("-").startswith("procs"):
            return
        if _is_header(words):
            self._begin(words, number)
        elif not self._row(line, number, at_s):
            self.bad.note(number, line)

    def _begin(self, words: list[str], number: int) -> None:
        self.skipped += not self._names or self._since_header < PAGE
        self._since_header = 0 if not self._names or self._since_header < PAGE else 1
        known = words.index("wa") + 1
        while known < len(words) and words[known] in ("st", "gu"):
            known += 1
        self._names, zone = words[:known], " ".join(words[known:])
        if zone and zone != self._zone:
            self.reading.facts.append(Fact("os.timezone", zone, line=number))
        self._zone = zone

    def _row(self, line: str, number: int, at_s: float) -> bool:
        """Read a row; False where it is none."""
        stamp = STAMP.search(line)
        words = line[: stamp.start()].split() if stamp else line.split()
        if len(words) != len(self._names) or not all(word.isdecimal() for word in words):
            return False
        self._since_header += 1
        if self._since_header == 1:
            return True  # the mean since boot
        if stamp:
            at_s = datetime.fromisoformat(stamp[1]).replace(tzinfo=UTC).timestamp()
            self.reading.naive |= self._zone not in ("UTC", "GMT")
        row = dict(zip(self._names, map(float, words), strict=True))
        for name, (metric, scale) in MEANS.items():
            if name in row:
                self._add(metric, at_s, row[name] * scale, number, Form.MEAN)
        busy = max(1 - (row["id"] + row["wa"]) / 100, 0.0)
        self._add("cpu.busy_ratio", at_s, busy, number, Form.MEAN)
        self._add("cpu.run_queue", at_s, row["r"], number, Form.GAUGE)
        return True

    def _add(self, metric: str, at_s: float, value: float, number: int, form: Form) -> None:
        self.columns.add(metric, at_s, value, line=number, form=form)
