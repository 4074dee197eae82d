"""A raw file of stamped text that grows while the load runs: gzip, one member each few seconds.

Each member is complete, so that a recording that is killed keeps all but its last seconds:
it stands under a hidden name until it is closed, and `salvage` puts it in its place later.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import math
import os
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from diagnose.fetches import Fetch

MEMBER_BYTES = 64 * 1024  # of text that are compressed at once: memory of an open file
SUFFIX = ".gz"
PART = ".recording"  # with a dot in front: nobody reads it before it is closed
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


Clean = Callable[[bytes], bytes]  # whole lines in, the same without originals out


@dataclass(frozen=True, slots=True)
class Routed:
    """A fetch, the folders of the components that it is for, and what its text goes through."""

    fetch: Fetch
    folders: tuple[Path, ...]
    clean: Clean | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A raw file that the recorder gave. Times are the host's clock, NaN where it is not known."""

    fetch: Fetch
    paths: tuple[Path, ...]  # one for each component of the host
    samples: int
    bytes: int  # of the text; the file is smaller
    first_s: float
    last_s: float
    sha256: str
    truncated: bool = False  # its limit was reached
    failed: int = 0  # samples whose command failed
    error: str = ""  # why there may be more that was not written: the disk is full


class StampedFile:
    """raw/<component>/<file>.gz, for one component or, the same file, for several.

    It never raises while text comes: what goes wrong is told by `close`.
    """

    def __init__(
        self, fetch: Fetch, folders: Sequence[Path], limit: int, clean: Clean | None = None
    ) -> None:
        self.fetch, self.failed, self._clean = fetch, 0, clean
        self._folders, self._limit = tuple(folders), limit
        self._text, self._hash = bytearray(), hashlib.sha256()
        self._samples, self._bytes, self._written = 0, 0, 0
        self._first_s = self._last_s = math.nan
        self._truncated, self._error = False, ""

    @property
    def stopped(self) -> bool:
        """Whether it takes no more: its limit is reached, or the disk is full."""
        return self._truncated or bool(self._error)

    def add(self, at_s: float, output: bytes) -> None:
        """One sample, under its stamp (epoch seconds)."""
        end = b"" if output.endswith(b"\n") else b"\n"
        if self.take(b"# %.3f\n%b%b" % (at_s, output, end)):
            self._samples += 1
            self._first_s = at_s if math.isnan(self._first_s) else self._first_s
            self._last_s = at_s

    def take(self, text: bytes) -> bool:
        """Whole lines as they are, or cleaned; False where they were not kept."""
        if self._clean is not None:
            text = self._clean(text)
        if self.stopped or self._bytes + len(text) > self._limit:
            self._truncated = self._truncated or not self._error
            return False
        self._text += text
        self._bytes += len(text)
        if len(self._text) >= MEMBER_BYTES:
            self.flush()
        return not self._error

    def flush(self) -> None:
        """What came so far goes to the disk."""
        if not self._text or self._error:
            return
        packer = zlib.compressobj(6, zlib.DEFLATED, 31)  # 31: with gzip's head, without a time
        member = packer.compress(bytes(self._text)) + packer.flush()
        self._text.clear()
        try:
            self._append(member)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            self._error = "the disk is full" if full else error.strerror or str(error)
            return
        self._hash.update(member)
        self._written += len(member)

    def _append(self, member: bytes) -> None:
        """A member is written whole: a torn one would hide those behind it."""
        folder = os.open(self._folders[0], _FOLDER)
        try:
            how = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (0 if self._written else os.O_TRUNC)
            with open(os.open(self._part, how, 0o666, dir_fd=folder), "wb") as file:
                try:
                    file.seek(self._written)
                    file.write(member)
                    file.flush()
                except OSError:
                    file.truncate(self._written)
                    raise
        finally:
            os.close(folder)

    @property
    def _part(self) -> str:
        return f".{self.fetch.file}{SUFFIX}{PART}"

    def close(self) -> Recorded | None:
        """Put it in its place; None where there is nothing in it."""
        self.flush()
        if not self._written:
            return None
        paths = [folder / (self.fetch.file + SUFFIX) for folder in self._folders]
        part = self._folders[0] / self._part
        try:
            for path in paths[1:]:
                _link(part, path)
            os.replace(part, paths[0])
        except OSError as error:
            self._error = error.strerror or str(error)
        return Recorded(
            self.fetch,
            tuple(path for path in paths if path.exists()),
            self._samples,
            self._bytes,
            self._first_s,
            self._last_s,
            self._hash.hexdigest(),
            self._truncated,
            self.failed,
            self._error,
        )


def _link(part: Path, path: Path) -> None:
    """The same file in another component's folder, without a second copy where possible."""
    beside = path.with_name(f".{path.name}{PART}")
    with contextlib.suppress(FileNotFoundError):
        beside.unlink()
    try:
        os.link(part, beside)
    except OSError:  # a file system without links
        beside.write_bytes(part.read_bytes())
    os.replace(beside, path)


def salvage(folder: Path) -> list[Path]:
    """Put in its place what a recording that was killed has left in a component's folder."""
    saved = []
    for part in sorted(folder.glob(f".*{SUFFIX}{PART}")):
        path = part.with_name(part.name[1:].removesuffix(PART))
        if part.is_file() and not part.is_symlink() and not path.exists():
            os.replace(part, path)
            saved.append(path)
    return saved
