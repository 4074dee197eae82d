"""`pidstat`: processor time, threads and open files by process, as text.

    07:04:20      UID       PID    %usr %system  %guest   %wait    %CPU   CPU  Command
    07:04:21        0     32362   99.01    0.00    0.00    0.00   99.01     0  xz

%CPU is of one processor, so that 250 is two and a half of them; %wait is the time that the
process was ready to run and had none (of its main thread alone); the part is the command and
its pid. Read as well: -v (threads and open files), -h ("# Time" in front), other locales.
Rows of single threads (-t) are left out, for their process has them all. Traps: a process
without activity in an interval has no row; with -l the command line stands there, of which
only the program is kept.

Source: https://man7.org/linux/man-pages/man1/pidstat.1.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Form, Reading

from ._banner import Banner, banner, midnight_of
from ._clock import DAY_S, seconds_of_day
from ._columns import Columns
from ._sysstat import number

METRICS = {
    "%CPU": ("process.cpu_ratio", 0.01, Form.MEAN),
    "%wait": ("process.cpu_wait_ratio", 0.01, Form.MEAN),
    "threads": ("process.threads", 1.0, Form.GAUGE),
    "fd-nr": ("process.open_files", 1.0, Form.GAUGE),
}
EPOCH = re.compile(r"\d{9,10}$")


def recognizes(head: Head) -> float:
    """A header with a process and what it is doing, behind a clock."""
    return 0.95 if any(_columns(line.split()) for line in head.lines) else 0.0


def _columns(words: list[str]) -> tuple[int, list[str]] | None:
    """(words before the columns, the columns) of a header."""
    if "Command" not in words[-1:] or not {"PID", "TGID"} & set(words):
        return None
    begin = min(words.index(name) for name in ("USER", "UID", "PID", "TGID") if name in words)
    clock = " ".join(words[:begin])
    return (begin, words[begin:]) if clock == "# Time" or seconds_of_day(clock) else None


@collector(kind="pidstat_text", title="pidstat (sysstat)", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One series a process."""
    rows = _Rows(Reading(), bad)
    for line_number, line in raw.lines():
        if words := line.split():
            rows.read(line_number, line, words)
    rows.reading.samples = rows.columns.samples()
    return rows.reading


@dataclass(slots=True)
class _Rows:
    """Below which banner and header we are, and on which day."""

    reading: Reading
    bad: BadLines
    columns: Columns = field(default_factory=Columns)
    _banner: Banner | None = None
    _midnight_s: float | None = None
    _last: int = 0
    _prefix: int = 0
    _names: list[str] = field(default_factory=list)

    def read(self, line_number: int, line: str, words: list[str]) -> None:
        """One line that is not blank."""
        if found := _columns(words):
            self._prefix, self._names = found
            self._prefix -= words[0] == "#"  # rows have no word for the "#"
        elif said := banner(line):
            said.announce(self.reading, line_number)
            self._banner, self._midnight_s, self._last = said, None, 0
        elif self._has_clock(words) and not self._row(line_number, words):
            self.bad.note(line_number, " ".join(words[: self._prefix + len(self._names) - 1]))

    def _has_clock(self, words: list[str]) -> bool:
        """Averages have none."""
        clock = " ".join(words[: max(self._prefix, 1)])
        return clock[0].isdigit() or seconds_of_day(clock) is not None

    def _row(self, line_number: int, words: list[str]) -> bool:
        """Read a row; False where it is none."""
        cells = words[self._prefix :]
        at_s = self._at_s(" ".join(words[: self._prefix]))
        if not self._names or at_s is None or len(cells) < len(self._names):
            return False
        row = dict(zip(self._names, cells, strict=False))
        pid = row.get("TGID", row.get("PID", "-"))
        if pid == "-" or row.get("TID", "-") != "-":
            return True  # a thread
        part = f"{row['Command'].rpartition('/')[2]} {pid}"
        for name, (metric, scale, form) in METRICS.items():
            if name in row:
                try:
                    value = number(row[name]) * scale
                except ValueError:
                    return False
                self.columns.add(metric, at_s, value, line=line_number, part=part, form=form)
        return True

    def _at_s(self, clock: str) -> float | None:
        """Epoch seconds; None where the words are no clock. Midnight is passed unsaid."""
        if EPOCH.match(clock):
            return float(clock)
        second = seconds_of_day(clock)
        if second is None:
            return None
        if self._midnight_s is None:
            self._midnight_s = midnight_of(self._banner, second[1], self.reading)
            self.reading.naive = True
        if second[0] < self._last - DAY_S // 2:
            self._midnight_s += DAY_S
        self._last = second[0]
        return self._midnight_s + second[0]
