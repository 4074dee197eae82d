"""A large text log in pieces of some megabytes, cut where an entry begins."""

from __future__ import annotations

import lzma
from collections.abc import Iterator

from diagnose.rawfile import RawFile, decode

PIECE = 4 << 20


def pieces(raw: RawFile, *starts: bytes) -> Iterator[tuple[int, str]]:
    """(number of its first line, text) of pieces; each but the first begins with a start.

    `starts` are line beginnings ("# Time: "). Sets raw.lines_read and raw.torn.
    """
    raw.lines_read, rest = 0, b""
    marks = [b"\n" + start for start in starts]
    for data in _read(raw):
        rest += data
        cut = max(rest.rfind(mark) for mark in marks) + 1
        if cut > 0 and len(rest) >= PIECE:
            yield _counted(raw, rest[:cut])
            rest = rest[cut:]
    if rest:
        raw.torn = raw.torn or not rest.endswith(b"\n")
        yield _counted(raw, rest)


def _counted(raw: RawFile, data: bytes) -> tuple[int, str]:
    first = raw.lines_read + 1
    raw.lines_read += data.count(b"\n") + (not data.endswith(b"\n"))
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    return first, decode(data) if first == 1 else data.decode("utf-8", errors="replace")


def _read(raw: RawFile) -> Iterator[bytes]:
    """The bytes of a file; what a torn archive still holds, then raw.torn."""
    with raw.open() as file:
        step = PIECE
        while True:
            try:
                data = file.read(step)
            except (EOFError, lzma.LZMAError, OSError):
                raw.torn = True
                return
            if not data:
                return
            if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
                data = decode(data + file.read()).encode()
            yield data
