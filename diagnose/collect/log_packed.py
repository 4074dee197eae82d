"""Packed files of a log: the lines of a window, without all the rest coming over the wire.

A packed file can be read from its start only. The host unpacks it twice: once for some lines
of every few thousand, by whose times the place of the window is known, and once for the lines
there. Where it cannot unpack the file at all, the file comes as it is and is unpacked here.
"""

from __future__ import annotations

import bz2
import lzma
import math
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from diagnose.collect.log_lines import Cut, Lines
from diagnose.collect.log_ranges import Reader
from diagnose.collect.log_times import HostTime, Shape, shape_of
from diagnose.hosts.session import BYTES, Done, Sink

STEP, SHOWN, WIDTH = 4000, 16, 400  # of each 4,000 lines 16 are looked at, 400 bytes of each
MOST_INDEX = 64 << 20
LEARN = 256 * 1024  # bytes by which the shape of a file that is unpacked here is known
DAMAGE = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError)


@dataclass(frozen=True, slots=True)
class Taken:
    """How it went. shape is None where no times could be read."""

    done: Done
    opened: bool
    shape: Shape | None = None


def packed_lines(
    reader: Reader, lines: Lines, host: HostTime, begin_s: float, end_s: float
) -> Taken:
    """The entries of a window of a file that the host can unpack."""
    index: list[bytes] = []
    awk = f'NR%{STEP}<{SHOWN}{{print NR ":" substr($0,1,{WIDTH})}}'
    done, opened = reader.script(f"{reader.unpack} | awk '{awk}'", index.append, MOST_INDEX)
    groups = list(_groups(b"".join(index)))
    shape = shape_of([text for _, text in groups], host)
    if not opened or not done.ok:
        return Taken(done, opened)
    sink: Sink = lines
    if shape is None:
        first, last = 1, 0  # all of it: its end is not known before it was read
    else:
        first, last = _between(groups, shape, host, begin_s, end_s)
        sink = WholeLines(Cut(lines, shape, host, begin_s, end_s))
    body = f"{reader.unpack} | tail -n +{first}"
    body += f" | head -n {last - first + 1}" if last else ""
    done, opened = reader.script(body, sink, _most(lines))
    if isinstance(sink, WholeLines):
        sink.end()
    return Taken(done, opened, shape)


def _most(lines: Lines) -> int:
    """Lines of a step on either side come as well, and are cut here."""
    return lines.limit - lines.given + 2 * STEP * 4096


def _groups(index: bytes) -> Iterator[tuple[int, bytes]]:
    """Runs of lines that follow each other: the number of the first, and their text."""
    first = last = 0
    texts: list[bytes] = []
    for line in index.split(b"\n"):
        number, colon, text = line.partition(b":")
        if not colon or not number.isdigit():
            continue
        if texts and int(number) != last + 1:
            yield first, b"\n".join(texts) + b"\n"
            texts = []
        first = int(number) if not texts else first
        last = int(number)
        texts.append(text)
    if texts:
        yield first, b"\n".join(texts) + b"\n"


def _between(
    groups: list[tuple[int, bytes]], shape: Shape, host: HostTime, begin_s: float, end_s: float
) -> tuple[int, int]:
    """Numbers of lines between which the window lies; a last of 0 is the end of the file."""
    first, last = 1, 0
    for number, text in groups:
        at_s = next((entry.at_s for entry in shape.entries(text, host)), math.nan)
        if at_s < begin_s:
            first = number
        elif at_s >= end_s:
            last = number + text.count(b"\n")
            break
    return first, last


@dataclass(slots=True)
class WholeLines:
    """A sink of pieces for a sink that wants whole lines."""

    sink: Sink
    _held: bytes = b""

    def __call__(self, data: bytes) -> None:
        """Take bytes."""
        held = self._held + data
        end = held.rfind(b"\n") + 1
        self._held = held[end:]
        if end:
            self.sink(held[:end])

    def end(self) -> None:
        """No more comes."""
        if self._held:
            self.sink(self._held)


class Unpacker(Protocol):
    """What zlib, lzma, bz2 and zstandard have in common."""

    def decompress(self, data: bytes, /) -> bytes:
        """Some more plain bytes."""


def _zstd() -> Unpacker:
    import zstandard

    return zstandard.ZstdDecompressor().decompressobj()


UNPACKERS: dict[str, Callable[[], Unpacker]] = {
    "gz": lambda: zlib.decompressobj(31),
    "xz": lzma.LZMADecompressor,
    "bz2": bz2.BZ2Decompressor,
    "zst": _zstd,
}


@dataclass(slots=True)
class Here:
    """A sink of packed bytes that unpacks them and cuts them to a window."""

    unpacker: Unpacker
    lines: Lines
    host: HostTime
    begin_s: float
    end_s: float
    stop: threading.Event = field(default_factory=threading.Event)
    shape: Shape | None = None
    damaged: bool = False
    _first: bytes = b""
    _cut: WholeLines | None = None

    def __call__(self, data: bytes) -> None:
        """Take packed bytes, a little at a time: what they unpack to may be large."""
        for at in range(0, len(data), 16_384):
            if self.stop.is_set():
                return
            try:
                self._plain(self.unpacker.decompress(data[at : at + 16_384]))
            except DAMAGE:
                self.damaged = True
                self.stop.set()

    def _plain(self, data: bytes) -> None:
        if self._cut is not None:
            self._cut(data)
        else:
            self._first += data
            if len(self._first) >= LEARN:
                self._begin()
        if self.lines.truncated:
            self.stop.set()

    def _begin(self) -> None:
        self.shape = shape_of([self._first], self.host)
        sink: Sink = self.lines
        if self.shape is not None:
            sink = Cut(sink, self.shape, self.host, self.begin_s, self.end_s, self.stop)
        self._cut = WholeLines(sink)
        self._cut(self._first)
        self._first = b""

    def end(self) -> None:
        """No more comes."""
        if self._cut is None:
            self._begin()
        if self._cut is not None:
            self._cut.end()


def unpacked_here(
    reader: Reader, lines: Lines, host: HostTime, begin_s: float, end_s: float
) -> Taken:
    """The entries of a window of a file that the host cannot unpack."""
    unpacker = UNPACKERS[reader.file.packing]()
    here = Here(unpacker, lines, host, begin_s, end_s)
    size = min(reader.file.size, max(BYTES, lines.limit))
    done, opened = reader.copy(0, size, here, here.stop)
    here.end()
    return Taken(done, opened, here.shape)
