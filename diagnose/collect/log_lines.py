"""A log's bytes on their way to a raw file: whole lines, up to a limit, cut to a time."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field

from diagnose.collect.log_times import HostTime, Shape
from diagnose.hosts.session import Sink

LONGEST = 4 << 20  # a line that has no end for so long is given on in pieces
BEYOND = 65_536  # bytes that are read beyond a log's size for the end of its last line
KEPT = 65_536  # bytes at either end by which is told from when to when they reach


@dataclass(slots=True)
class Lines:
    """A sink of bytes in pieces that gives on whole lines, `limit` bytes at the most.

    stop is set where the limit is reached.
    """

    sink: Sink
    limit: int
    stop: threading.Event = field(default_factory=threading.Event)
    given: int = 0  # bytes
    truncated: bool = False
    head: bytes = b""
    tail: bytes = b""
    _held: bytes = b""

    def __call__(self, data: bytes) -> None:
        """Take bytes; what follows the last end of a line waits for more."""
        if self.truncated:
            return
        held = self._held + data
        end = held.rfind(b"\n") + 1
        if not end and len(held) > LONGEST:
            end = len(held)
        self._held = held[end:]
        if end:
            self._give(held[:end])

    def end_part(self, *, whole: bool) -> None:
        """A file is over. whole: its last line ends here, and gets its end if it has none."""
        if self._held and whole and not self.truncated:
            self._give(self._held + b"\n")
        self._held = b""

    def _give(self, data: bytes) -> None:
        room = self.limit - self.given
        if len(data) > room:
            data = data[: data.rfind(b"\n", 0, max(0, room)) + 1]
            self.truncated = True
            self.stop.set()
        if not data:
            return
        self.given += len(data)
        if len(self.head) < KEPT:
            self.head += data[: KEPT - len(self.head)]
        self.tail = (self.tail + data[-KEPT:])[-KEPT:]
        self.sink(data)


@dataclass(slots=True)
class ToLineEnd:
    """A sink that gives on `length` bytes, and what is missing of the line in which they end.

    A log that is being written to may have had half a line when its size was read.
    """

    sink: Sink
    length: int
    _last: bytes = b"\n"

    def __call__(self, data: bytes) -> None:
        """Take bytes."""
        inside, rest = data[: self.length], data[self.length :]
        self.length -= len(inside)
        if inside:
            self._give(inside)
        if rest and self._last != b"\n":
            end = rest.find(b"\n") + 1
            self._give(rest[:end] if end else rest)

    def _give(self, data: bytes) -> None:
        self._last = data[-1:]
        self.sink(data)


@dataclass(slots=True)
class Cut:
    """A sink of whole lines that gives on the entries of a time, for what cannot be searched."""

    sink: Sink
    shape: Shape
    host: HostTime
    begin_s: float
    end_s: float
    stop: threading.Event = field(default_factory=threading.Event)
    _inside: bool = False

    def __call__(self, data: bytes) -> None:
        """Take whole lines."""
        if self.stop.is_set():
            return
        start = 0 if self._inside else len(data)
        for entry in self.shape.entries(data, self.host):
            if entry.at_s >= self.end_s:
                if self._inside:
                    self.sink(data[start : entry.start])
                self.stop.set()
                return
            if not self._inside and entry.at_s >= self.begin_s:
                self._inside, start = True, entry.start
        if self._inside and start < len(data):
            self.sink(data[start:])


def span(shape: Shape | None, host: HostTime, lines: Lines) -> tuple[float, float]:
    """Times of the earliest and the latest entry near either end; NaN where none is known."""
    if shape is None:
        return math.nan, math.nan
    head = [entry.at_s for entry in shape.entries(lines.head, host)]
    tail_lines = lines.tail if lines.given <= KEPT else lines.tail[lines.tail.find(b"\n") + 1 :]
    tail = [entry.at_s for entry in shape.entries(tail_lines, host)] or head
    return min(head, default=math.nan), max(tail, default=math.nan)
