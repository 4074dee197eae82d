"""`iostat` as text, with any of -x -t -d -c -y -z -k -m -h, of any version and locale.

    11/23/2026 06:32:01 AM
    avg-cpu:  %user   %nice %system %iowait  %steal   %idle
               2.60    0.00    1.34    0.11    0.00   95.95

    Device            r/s     rkB/s …  r_await …     w/s …  aqu-sz  %util
    vda             28.41   1069.04 …     0.19 …   21.24 …    0.01   0.37

Traps: the first report is a mean since boot and is left out (unless -y left it out already:
two blank lines below the banner say so). Without -t there are no times, unless a wrapper
stamped the lines. -z leaves out devices without activity: they are zero there. Columns
changed names over the years (avgqu-sz, rsec/s, rMB/s); they are found by name. Before 11.7
await stood beside r_await and w_await; since then it is their mean weighted by r/s and w/s.

Source: https://man7.org/linux/man-pages/man1/iostat.1.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import blocks

from ._banner import Banner, banner, midnight_of
from ._clock import seconds_of_day
from ._grid import Grid
from ._iostat import CPU, DISK, ONLY_SINCE_BOOT, fill
from ._sysstat import number

_DEVICE = re.compile(r"(?:^|\s)Device:?(?:\s|$)")
_NAIVE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\s*$")
NO_TIMES = "the reports bear no times; run `iostat -xt 1`"


def recognizes(head: Head) -> float:
    """A table of iostat's: avg-cpu with percentages, or devices with their rates."""
    for line in head.body:
        if line.startswith("avg-cpu:") and "%" in line:
            return 0.95
        if _DEVICE.search(line) and ("/s" in line or "%util" in line) and "{" not in line:
            return 0.9
    return 0.0


@collector(kind="iostat", title="iostat (sysstat)", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Every report but the first below each banner."""
    reading = Reading()
    state = _Reports(reading, bad)
    for block in blocks(_unzoned(raw.lines(), reading)):
        if not math.isnan(block.at_s):
            state.stamp(block.at_s)
        for number_, line in block.lines:
            state.read(number_, line)
    state.end_file()
    if state.count and not state.grid.names():
        reading.notes.append(ONLY_SINCE_BOOT)
    fill(reading, state.grid)
    if any(math.isnan(s.at_s[0]) for s in reading.samples):
        reading.notes.append(NO_TIMES)
    return reading


def _unzoned(lines: Iterator[tuple[int, str]], reading: Reading) -> Iterator[tuple[int, str]]:
    """The same lines; those that are an ISO time without offset make the reading naive."""
    for number_, line in lines:
        if line[:1].isdigit() and _NAIVE.match(line):
            reading.naive = True
        yield number_, line


@dataclass(slots=True)
class _Reports:
    """Where in the file we are: below which banner, in which report, under which header."""

    reading: Reading
    bad: BadLines
    grid: Grid = field(default_factory=Grid)
    count: int = 0  # reports in the file
    _of_banner: int = 0  # reports below this banner
    _banner: Banner | None = None
    _blanks: int = 0  # blank lines since the banner, -1 once anything else came
    _at_s: float = math.nan
    _header: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)  # headers of this report
    _listed: set[str] = field(default_factory=set)  # devices of this report
    _device_line: int = 0
    _devices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _past: list[tuple[float, int]] = field(default_factory=list)  # reports with devices

    def stamp(self, at_s: float) -> None:
        """The lines that follow were written at this time."""
        self._at_s = at_s

    def read(self, line_number: int, line: str) -> None:
        """One line, whatever it is."""
        if not line.strip():
            self._header = []
            self._blanks += self._blanks >= 0
        elif said := banner(line):
            self._begin_run(said, line_number)
        elif line.startswith("avg-cpu:") or _DEVICE.search(line):
            self._begin_table(line_number, line)
        elif self._header:
            self._row(line_number, line)
        elif not self._time(line):
            self.bad.note(line_number, line)

    def end_file(self) -> None:
        """A table that no blank line closes may have lost its end."""
        if not self._header:
            self._end_report()

    def _end_report(self) -> None:
        """Devices that -z left out of the report that ends were idle in it."""
        if self._device_line and self._counts():
            for device in self._devices.keys() - self._listed:
                self._idle(device, self._at_s, self._device_line)
            self._past.append((self._at_s, self._device_line))
        self._seen, self._listed, self._device_line = set(), set(), 0

    def _begin_run(self, said: Banner, line_number: int) -> None:
        self._end_report()
        said.announce(self.reading, line_number)
        self._banner, self._of_banner, self._blanks, self._header = said, 0, 0, []

    def _begin_table(self, line_number: int, line: str) -> None:
        if not self._seen or line in self._seen:
            self._end_report()
            # A banner and two blank lines: -y left the report since boot out.
            self._of_banner += 2 if self._blanks == 2 else 1
            self.count += 1
        self._blanks = -1
        self._seen.add(line)
        self._header = line.replace("avg-cpu:", "").replace("Device:", "Device").split()
        if "Device" in self._header:
            self._device_line = line_number

    def _counts(self) -> bool:
        """Whether this report is of an interval, and not since boot."""
        return self._of_banner > 1

    def _time(self, line: str) -> bool:
        """A line that is a time of -t; it opens a report."""
        clock = seconds_of_day(line)
        if clock is None:
            return False
        self._end_report()
        dated = line if sum(c.isdigit() for c in line) > 6 else ""
        said = Banner("", "", dated, 0) if dated else self._banner
        self._at_s = midnight_of(said, clock[1], self.reading) + clock[0]
        self.reading.naive = True
        return True

    def _row(self, line_number: int, line: str) -> None:
        values = line.split()
        where = self._header.index("Device") if "Device" in self._header else -1
        device = ""
        if where >= 0:
            device = values.pop(where) if where < len(values) else ""
        names = [name for name in self._header if name != "Device"]
        try:
            row = dict(zip(names, map(number, values), strict=True))
        except ValueError:
            self.bad.note(line_number, line)
            return
        if self._counts():
            self._add(device, row, line_number)

    def _add(self, device: str, row: dict[str, float], line_number: int) -> None:
        row = {name.removeprefix("%") if name != "%rrqm" else name: v for name, v in row.items()}
        keys = tuple(key for key in (DISK if device else CPU) if key in row)
        if not keys:
            return
        if device and device not in self._devices:
            self._devices[device] = keys
            for at_s, line in self._past:
                self._idle(device, at_s, line)
        self._listed.add(device)
        rows = self.grid.rows("disk" if device else "cpu", device, keys)
        rows.add([row[key] for key in keys], self._at_s, line_number)

    def _idle(self, device: str, at_s: float, line_number: int) -> None:
        keys = self._devices[device]
        self.grid.rows("disk", device, keys).add([0.0] * len(keys), at_s, line_number)
