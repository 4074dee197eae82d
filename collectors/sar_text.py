"""`sar` and `mpstat` as text: any report, any locale, old versions and new.

    Linux 6.18.44 (api)     11/23/26        _x86_64_        (2 CPU)

    04:04:47        CPU     %user     %nice   %system   %iowait    %steal     %idle
    04:04:49        all      8.37      0.00      4.93      0.00      0.00     86.70
    Average:        all     37.21      0.00      6.15      0.11      0.00     56.53

Read as well: clocks of twelve hours and of other languages, decimal commas, `-h` (names
last, 1.2M), several reports, several days one below the other. Every value is a mean over
the interval that ended at its time, or (queue, memory, sockets) what stood at it.

Traps: the date stands once, in the order of the locale (04/05/26: the day is then marked as
a guess), and midnight is passed without a word. Times are those of the zone of whoever ran
`sar`. The columns' names are never translated, "Average:" is. mpstat without an interval
gives one mean since boot, which is left out.

Source: https://man7.org/linux/man-pages/man1/sar.1.html; pr_stats.c, sa_common.c
"""

from __future__ import annotations

from dataclasses import dataclass, field

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading

from ._banner import Banner, banner, midnight_of
from ._clock import DAY_S, seconds_of_day
from ._grid import Grid
from ._sar_header import Header, header
from ._sysstat import fill, number, part_of

SINCE_BOOT = "mpstat's only report is a mean since boot and was left out; run `mpstat -P ALL 1`"
NO_HEADER = "the lines before the first header were left out: their columns are not known"


def recognizes(head: Head) -> float:
    """A header of a table that we know, behind a clock (an average's will do)."""
    named = any(banner(line) is not None for line in head.lines[:20])
    for line in head.lines:
        if "/s" in line or "%" in line or "-sz" in line or "sck" in line:
            found = header(line.split())
            if found is not None and found.table and seconds_of_day(found.clock):
                return 0.95 if named else 0.9
    return 0.0


@collector(kind="sar_text", title="sar, mpstat (sysstat)", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Every table that the vocabulary has a use for."""
    reading = Reading()
    tables = _Tables(reading, bad)
    for line_number, line in raw.lines():
        words = line.split()
        tables.read(line_number, line, words)
    fill(reading, tables.grid)
    reading.notes.extend(tables.notes)
    return reading


@dataclass(slots=True)
class _Tables:
    """Where in the file we are: below which banner, which header, on which day."""

    reading: Reading
    bad: BadLines
    grid: Grid = field(default_factory=Grid)
    notes: dict[str, None] = field(default_factory=dict)  # in order, each once
    _banner: Banner | None = None
    _midnight_s: float | None = None  # of the banner's day, once the clock's form is known
    _header: Header | None = None
    _after_blank: bool = False
    _days: dict[tuple[str, ...], tuple[int, int]] = field(default_factory=dict)  # day, last second

    def read(self, line_number: int, line: str, words: list[str]) -> None:
        """One line, whatever it is."""
        after_blank, self._after_blank = self._after_blank, not words
        if not words:
            return
        if "RESTART" in words:
            clock = " ".join(line.partition("LINUX")[0].split())
            self.notes[f"sar says that the host restarted at {clock}"] = None
        elif found := header(words, after_blank):
            self._begin(found)
        elif said := banner(line):
            said.announce(self.reading, line_number)
            self._banner, self._header, self._midnight_s, self._days = said, None, None, {}
        elif self._header is None:
            if seconds_of_day(words[0]):
                self.notes[NO_HEADER] = None
        elif self._header.table and "COM" not in words:
            self._row(line_number, line, words, self._header)

    def _begin(self, found: Header) -> None:
        self._header = found
        clock = seconds_of_day(found.clock)
        if clock is not None and found.table and found.unit not in self._days:
            self._days[found.unit] = (0, clock[0])

    def _row(self, line_number: int, line: str, words: list[str], head: Header) -> None:
        clock = seconds_of_day(" ".join(words[: head.prefix]))
        if clock is None:
            if words[0][0].isdigit():
                self.bad.note(line_number, line)
            return  # an average
        cells = words[head.prefix :]
        if len(cells) > head.width and head.label == head.width - 1:
            cells[head.label :] = [" ".join(cells[head.label :])]
        try:
            if len(cells) != head.width:
                raise ValueError(line)
            values = [number(cells[place]) for place in head.places]
        except ValueError:
            self.bad.note(line_number, line)
            return
        if clock == seconds_of_day(head.clock):
            self.notes[SINCE_BOOT] = None
            return
        part = part_of(head.table, cells[head.label]) if head.label >= 0 else ""
        at_s = self._at_s(head, *clock)
        self.grid.rows(head.table, part, head.keys).add(values, at_s, line_number)

    def _at_s(self, head: Header, second: int, twelve: bool) -> float:
        """Epoch seconds; a clock that falls back by half a day has passed midnight."""
        if self._midnight_s is None:
            self._midnight_s = midnight_of(self._banner, twelve, self.reading)
            self.reading.naive = True
        day, last = self._days.get(head.unit, (0, second))
        if second < last - DAY_S // 2:
            day += 1
        self._days[head.unit] = (day, second)
        return self._midnight_s + day * DAY_S + second
