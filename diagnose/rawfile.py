"""A file as it came from a host: opened whatever its compression, told by its first lines."""

from __future__ import annotations

import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from diagnose.errors import UnreadableSource
from diagnose.stamps import unstamped

HEAD_BYTES = 65_536
# A text line longer than this is noted as bad and cut; JSON is read whole, not by lines.
LONGEST_LINE = 1_000_000
DAMAGE = (EOFError, OSError, lzma.LZMAError, zlib.error)
_MAGIC = {b"\x1f\x8b": "gzip", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}


@dataclass(slots=True)
class Head:
    """The first 64 KiB of a file, for a collector's `recognizes`.

    text is decoded, without a byte order mark; lines are without their ends and the
    last, torn one; body is lines without stamps and blank lines.
    """

    text: str
    raw: bytes
    lines: list[str]
    body: list[str]

    @classmethod
    def of(cls, raw: bytes) -> Head:
        """Head of the first bytes of a file."""
        text = decode(raw)
        lines = text.splitlines()
        if len(raw) >= HEAD_BYTES and len(lines) > 1 and not text.endswith("\n"):
            lines.pop()
        return cls(text, raw, lines, [line for line in unstamped(lines) if line.strip()])


def decode(raw: bytes) -> str:
    """UTF-8 (UTF-16 where a mark says so); what is not is kept as a replacement character."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    return raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")


@dataclass(slots=True, eq=False)
class RawFile:
    """One raw file. `path` is what reports print: relative to the run directory.

    context carries what other files of the run said first: the log formats of nginx.conf
    by name under "log_formats", for instance.
    """

    path: str
    where: Path
    context: dict[str, dict[str, str]] = field(default_factory=dict)
    lines_read: int = 0
    torn: bool = False  # after lines(): the last line has no end, or the archive broke off
    broke_off: bool = False  # an archive that ends too early, or is damaged

    def open(self) -> IO[bytes]:
        """The plain bytes.

        Raises:
            UnreadableSource: it cannot be opened.
        """
        try:
            return _open(self.where)
        except OSError as error:
            raise UnreadableSource(
                self.path, f"cannot be opened ({error.strerror})", hint="check its permissions"
            ) from None

    def head(self) -> Head:
        """The first 64 KiB; empty where the file is."""
        with self.open() as file:
            return Head.of(self._guarded(file, HEAD_BYTES))

    def whole(self) -> bytes:
        """The whole file at once, for JSON and other structured formats."""
        with self.open() as file:
            raw = self._guarded(file, -1)
        self.lines_read = raw.count(b"\n") + (not raw.endswith(b"\n") and bool(raw))
        return raw

    def lines(self) -> Iterator[tuple[int, str]]:
        """(number, text) of every line, without its end; over-long lines are cut.

        What a truncated archive still holds is given, then UnreadableSource is raised by
        none: `torn` says so afterwards.
        """
        with self.open() as file:
            first = self._guarded(file, 2)
            file.seek(0)
            if first in (b"\xff\xfe", b"\xfe\xff"):
                file = cast(IO[bytes], io.BytesIO(decode(self._guarded(file, -1)).encode()))
            yield from self._numbered(file)

    def _numbered(self, file: IO[bytes]) -> Iterator[tuple[int, str]]:
        number = 0
        while True:
            try:
                raw = file.readline(LONGEST_LINE)
                end = raw[-1:]
                if len(raw) == LONGEST_LINE and end != b"\n":
                    end = _end_of_line(file)
            except DAMAGE:
                self.torn = self.broke_off = True
                return  # a torn archive: what came before it stands
            if not raw:
                return
            self.torn = end != b"\n"
            number += 1
            self.lines_read = number
            if number == 1:
                raw = raw.removeprefix(b"\xef\xbb\xbf")
            yield number, raw.rstrip(b"\r\n").decode("utf-8", errors="replace")

    def _guarded(self, file: IO[bytes], size: int) -> bytes:
        try:
            return file.read(size)
        except DAMAGE:
            self.broke_off = True
            return _what_is_left(self.where, size)


def _open(where: Path) -> IO[bytes]:
    with where.open("rb") as file:
        magic = file.read(6)
    kind = next((kind for head, kind in _MAGIC.items() if magic.startswith(head)), "")
    if kind == "gzip":
        return cast(IO[bytes], gzip.open(where, "rb"))
    if kind == "xz":
        return cast(IO[bytes], lzma.open(where, "rb"))
    if kind == "zstd":
        import zstandard

        stream = zstandard.ZstdDecompressor().stream_reader(where.open("rb"), closefd=True)
        return cast(IO[bytes], io.BufferedReader(_Seekable(stream, where)))
    return where.open("rb")


class _Seekable(io.RawIOBase):
    """A zstd stream that can be read again from its start, as gzip's and xz's can."""

    def __init__(self, stream: IO[bytes], where: Path) -> None:
        self._stream, self._where = stream, where
        self._left = _declared_size(where)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return int(self._stream.tell())

    def seek(self, offset: int, whence: int = 0) -> int:
        if (offset, whence) != (0, 0):
            raise OSError("only a return to the start is possible")
        import zstandard

        self._stream.close()
        self._stream = zstandard.ZstdDecompressor().stream_reader(self._where.open("rb"))
        self._left = _declared_size(self._where)
        return 0

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        import zstandard

        try:
            chunk = self._stream.read(len(buffer))
        except zstandard.ZstdError as error:
            raise OSError(str(error)) from error
        if not chunk and self._left > 0:
            raise EOFError("the frame ends too early")
        self._left -= len(chunk)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _declared_size(where: Path) -> int:
    """What the first frame of a zstd file says it unpacks to; 0 if it does not."""
    import zstandard

    with where.open("rb") as file:
        head = file.read(18)  # the longest header of a frame
    try:
        size = zstandard.frame_content_size(head)
    except zstandard.ZstdError:
        return 1  # torn within its very head: something was in it
    return max(size, 0)


def _end_of_line(file: IO[bytes]) -> bytes:
    """The last byte of a line that is too long, skipped to its end; empty where it has none."""
    while (more := file.readline(LONGEST_LINE)) and not more.endswith(b"\n"):
        pass
    return more[-1:]


def _what_is_left(where: Path, size: int) -> bytes:
    """What a torn archive still gives, a piece at a time."""
    parts, total = [], 0
    with _open(where) as file:
        try:
            while size < 0 or total < size:
                piece = file.read(1024 if size < 0 else min(1024, size - total))
                if not piece:
                    break
                parts.append(piece)
                total += len(piece)
        except DAMAGE:
            pass
    return b"".join(parts)
