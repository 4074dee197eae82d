"""What a log on a host says of a window of time, without the rest of the log.

The files of the log are listed with their first bytes, those that reach into the window are
searched (log_search.py), and only the bytes between the two places come over the wire. Of a
packed file the host gives some lines of every few thousand, then those between.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from diagnose.collect.log_files import Found, LogFile, globs_of, list_files
from diagnose.collect.log_lines import BEYOND, Cut, Lines, ToLineEnd, span
from diagnose.collect.log_packed import packed_lines, unpacked_here
from diagnose.collect.log_ranges import Cost, Reader
from diagnose.collect.log_search import Gone, Search
from diagnose.collect.log_times import HostTime, Shape, shape_of
from diagnose.hosts.session import BYTES, Done, Session, Sink

SLACK_S = 10.0  # buffered logs are out of order by some seconds (a choice)
SMALL = 256 * 1024  # a file up to this size is read whole and cut here
UNTIMED = 4 << 20  # of a log without times so much of its end is taken


@dataclass(frozen=True, slots=True)
class Part:
    """What of one file was read."""

    path: str
    inode: int
    start: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """How the fetching of a log went. Times are of the host's clock; NaN: not known."""

    path_on_host: str
    inode: int  # of the newest file that was read; 0 where there was none
    bytes_wire: int
    bytes_plain: int
    first_s: float
    last_s: float
    truncated: bool
    note: str
    done: Done
    round_trips: int = 0
    parts: tuple[Part, ...] = ()


@dataclass(slots=True)
class Window:
    """A window of a log, being fetched."""

    session: Session
    globs: Sequence[str]
    begin_s: float
    end_s: float
    host: HostTime
    lines: Lines
    seconds: float
    shape: Shape | None = None
    privileged: bool = False
    cost: Cost = field(default_factory=Cost)
    notes: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    done: Done = field(default_factory=lambda: Done("", 0))

    def take(self, file: LogFile) -> None:
        """One file of the log."""
        reader = Reader(self.session, self.globs, file, self.privileged, self.seconds, self.cost)
        before = self.lines.given
        start, ok = self._take(reader)
        if not ok and self.lines.given == before and reader.find_again():
            start, ok = self._take(reader)
        if not ok:
            self.notes.append(f"{file.path}: it was gone before it could be read")
        self.lines.end_part(whole=ok and self.done.ok)
        if self.lines.given > before:
            self.parts.append(Part(file.path, file.inode, start, self.lines.given - before))

    def _take(self, reader: Reader) -> tuple[int, bool]:
        """Where what was taken begins, and whether the file was there."""
        if reader.file.packing:
            return self._take_packed(reader)
        if reader.file.size <= SMALL:
            return self._take_small(reader)
        return self._take_searched(reader)

    def _take_small(self, reader: Reader) -> tuple[int, bool]:
        parts: list[bytes] = []
        size = reader.file.size
        self.done, ok = reader.copy(0, size + BEYOND, ToLineEnd(parts.append, size))
        whole = b"".join(parts)
        shape = self.shape = shape_of([whole], self.host)
        if shape is None:
            self._note_untimed(reader.file, "all of it")
            self.lines(whole)
            return 0, ok
        cut = Cut(self.lines, shape, self.host, self.begin_s, self.end_s)
        cut(whole)
        return 0, ok

    def _take_searched(self, reader: Reader) -> tuple[int, bool]:
        search = Search(reader.blocks, reader.file.size, self.host)
        try:
            if search.learn():
                start, stop = search.edges(self.begin_s, self.end_s)
            else:
                start, stop = max(0, reader.file.size - UNTIMED), reader.file.size
                self._note_untimed(reader.file, f"its last {(stop - start) / 2**20:.0f} MiB")
        except Gone:
            return 0, False
        self.shape = search.shape or self.shape
        return start, self._copy(reader, start, stop)

    def _copy(self, reader: Reader, start: int, stop: int) -> bool:
        # One byte more than the limit, so that it is known to be reached.
        length = min(stop - start, self.lines.limit - self.lines.given + 1)
        if length <= 0:
            return True
        more = BEYOND if stop == reader.file.size else 0
        sink = ToLineEnd(self.lines, length)
        self.done, opened = reader.copy(start, length + more, sink, self.lines.stop)
        return opened

    def _take_packed(self, reader: Reader) -> tuple[int, bool]:
        take = packed_lines if reader.file.tool else unpacked_here
        found = take(reader, self.lines, self.host, self.begin_s, self.end_s)
        self.done, self.shape = found.done, found.shape or self.shape
        if found.shape is None and found.opened:
            self._note_untimed(reader.file, "all of it")
        return 0, found.opened

    def _note_untimed(self, file: LogFile, taken: str) -> None:
        self.notes.append(f"{file.path}: no times can be read in it; {taken} was taken")


def fetch_window(
    session: Session,
    path: str,
    begin_s: float,
    end_s: float,
    sink: Sink,
    *,
    host: HostTime | None = None,
    globs: Sequence[str] = (),
    limit: int = BYTES,
    slack_s: float = SLACK_S,
    seconds: float = 120.0,
) -> Fetched:
    """Give the plain bytes of a log between two times (of the host's clock) to a sink.

    globs: all names that its files may have, where logrotate's are not the ones. limit: of
    plain bytes; what is more is cut at the end of a line. Never raises for what the host
    does: `done` and `note` say it.
    """
    globs = globs or globs_of(path)
    found = list_files(session, globs, since_s=begin_s - slack_s, seconds=seconds)
    window = Window(
        session,
        globs,
        begin_s - slack_s,
        end_s + slack_s,
        host or HostTime(),
        Lines(sink, limit),
        seconds,
        privileged=found.privileged,
        done=found.done,
    )
    window.cost.add(found.bytes_wire)
    chosen = overlapping(found, window.begin_s, window.end_s, window.host)
    for file in chosen:
        if not window.lines.truncated:
            window.take(file)
    return _fetched(window, path, found, chosen)


def overlapping(found: Found, begin_s: float, end_s: float, host: HostTime) -> list[LogFile]:
    """The readable files that may reach into a window, in the order of their first entries."""
    timed: list[tuple[float, LogFile]] = []
    for file in found.files:
        if file.readable and file.size:
            timed.append((first_time(file, host), file))
    # Where a head tells no time the last writing orders it.
    timed.sort(key=lambda one: one[1].mtime_s if math.isnan(one[0]) else one[0])
    chosen = []
    for i, (first_s, file) in enumerate(timed):
        after = timed[i + 1][0] if i + 1 < len(timed) else math.nan
        ended = after < begin_s
        if not (first_s >= end_s or ended):
            chosen.append(file)
    return chosen


def first_time(file: LogFile, host: HostTime) -> float:
    """Time of the first entry in a file's head; NaN where none can be read."""
    shape = shape_of([file.head], host)
    entries = shape.entries(file.head, host) if shape else iter(())
    return next((entry.at_s for entry in entries), math.nan)


def _fetched(window: Window, path: str, found: Found, chosen: list[LogFile]) -> Fetched:
    lines, notes = window.lines, window.notes
    if found.refused:
        notes.append(found.refusals)
    elif not found.files and found.done.ok:
        notes.append("no file of it was written to since the window began")
    if lines.truncated:
        notes.append(f"cut after {lines.given:,} bytes, the limit")
    first_s, last_s = span(window.shape, window.host, lines)
    return Fetched(
        path,
        chosen[-1].inode if chosen else 0,
        window.cost.bytes_wire,
        lines.given,
        first_s,
        last_s,
        lines.truncated,
        "; ".join(notes),
        window.done,
        window.cost.round_trips,
        tuple(window.parts),
    )
