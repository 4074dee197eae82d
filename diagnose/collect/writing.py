"""Raw files: each is written whole or not at all, below raw/ and nowhere else.

Folders and files are opened one below the other without following links, so that a link
planted in a run directory leads nowhere.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from diagnose.errors import DiagnoseError
from diagnose.hosts.session import BYTES
from diagnose.wholefile import not_written

RAW = "raw"
PART = ".part"  # with a dot in front: nobody reads what is not complete
LONGEST = 120  # bytes of a name; file systems allow 255
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


@dataclass(frozen=True, slots=True)
class Written:
    """A raw file that stands."""

    path: str  # "raw/lb1/nstat.txt", relative to the run directory
    bytes: int
    sha256: str
    truncated: bool


def safe_name(text: str) -> str:
    """A name as a file's or folder's: no separator, no control character, no leading dot.

    Different names stay different. What is not allowed is written %XX, as in URLs.

    >>> safe_name("lb-1"), safe_name("../etc"), safe_name("größe 1"), safe_name("")
    ('lb-1', '%2E.%2Fetc', 'größe 1', '%')
    """
    out = "".join(c if _plain(c, i) else _escaped(c) for i, c in enumerate(text)) or "%"
    if len(out.encode()) <= LONGEST:
        return out
    told = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{out.encode()[: LONGEST - 17].decode('utf-8', 'ignore')}~{told}"


def _plain(c: str, place: int) -> bool:
    if c == "." or c == " ":
        return place > 0
    return c in "-_+@=," or (c.isalnum() and c.isprintable())


def _escaped(c: str) -> str:
    return "".join(f"%{byte:02X}" for byte in c.encode("utf-8", "surrogatepass"))


class RawWriter:
    """A sink that becomes raw/<component>/<file> when it is committed.

    It never raises while bytes come: once the limit is reached or the disk is full it sets
    `stop`, by which the command can be ended, and drops the rest. As a context manager it
    discards what was not committed.
    """

    def __init__(self, run_dir: Path, component: str, file: str, *, limit: int = BYTES) -> None:
        """Open a hidden file beside the place.

        Raises:
            DiagnoseError: the folder cannot be written to, or a link stands in the way.
        """
        self._names = (safe_name(component), safe_name(file))
        self.path = "/".join((RAW, *self._names))
        self.bytes = 0
        self.truncated = False
        self.stop = threading.Event()
        self._limit, self._hash = limit, hashlib.sha256()
        self._error: OSError | None = None
        self._part = f".{self._names[1]}.{secrets.token_hex(4)}{PART}"
        with self._told():
            self._folder = _below(run_dir, self._names[0])
            try:
                fd = os.open(self._part, _NEW, 0o666, dir_fd=self._folder)
                self._file = os.fdopen(fd, "wb")
            except BaseException:
                os.close(self._folder)
                raise

    def __call__(self, data: bytes) -> None:
        """Take bytes, up to the limit."""
        room = self._limit - self.bytes
        if len(data) > room:
            self.truncated = True
            self.stop.set()
            data = data[:room]
        if self._error is not None or not data:
            return
        try:
            self._file.write(data)
        except OSError as error:
            self._error = error
            self.stop.set()
            return
        self._hash.update(data)
        self.bytes += len(data)

    def commit(self) -> Written:
        """Put the file in its place, on the disk.

        Raises:
            DiagnoseError: the disk is full, or the folder cannot be written to; nothing is kept.
        """
        with self._told():
            try:
                if self._error is not None:
                    raise self._error
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()
                here = self._folder
                os.rename(self._part, self._names[1], src_dir_fd=here, dst_dir_fd=here)
            except BaseException:
                self.discard()
                raise
            with contextlib.suppress(OSError):  # some file systems cannot
                os.fsync(self._folder)
            os.close(self._folder)
            self._folder = -1
        return Written(self.path, self.bytes, self._hash.hexdigest(), self.truncated)

    def discard(self) -> None:
        """Leave nothing; twice does no harm, after commit neither."""
        if self._folder < 0:
            return
        with contextlib.suppress(OSError):  # of what stood in its buffer
            self._file.close()
        with contextlib.suppress(OSError):
            os.unlink(self._part, dir_fd=self._folder)
        os.close(self._folder)
        self._folder = -1

    def __enter__(self) -> RawWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.discard()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise not_written(self.path, error) from None


def _below(run_dir: Path, component: str) -> int:
    """The component's folder, made where it is missing; a link in the way is refused."""
    run_dir.mkdir(parents=True, exist_ok=True)
    at = os.open(run_dir, os.O_RDONLY | os.O_DIRECTORY)
    shown = run_dir
    for name in (RAW, component):
        shown = shown / name
        outer = at
        try:
            at = _entered(outer, name, shown)
        finally:
            os.close(outer)
    return at


def _entered(outer: int, name: str, shown: Path) -> int:
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, dir_fd=outer)
    try:
        return os.open(name, _FOLDER, dir_fd=outer)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
            raise _in_the_way(shown) from None
        raise


def _in_the_way(place: Path) -> DiagnoseError:
    what = "a link" if place.is_symlink() else "no folder"
    return DiagnoseError(
        f"{place} is {what}: nothing is written through it",
        hint="remove it, or name another folder for the run",
    )


def sweep(run_dir: Path) -> int:
    """Remove what an earlier run that was killed left half-written; their number.

    Only for a run directory that nobody else is collecting into.
    """
    left = 0
    raw = run_dir / RAW
    for part in [] if raw.is_symlink() else sorted(raw.glob(f"*/.*{PART}")):
        if not part.parent.is_symlink():
            with contextlib.suppress(OSError):
                part.unlink()
                left += 1
    return left
