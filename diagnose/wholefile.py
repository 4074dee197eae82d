"""A file of ours is written whole or not at all: beside its place, to disk, then by rename."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from pathlib import Path

from diagnose.errors import DiagnoseError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_whole(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Put `data` at `path` in one step; what stood there stands until then.

    A link at `path` is replaced, never followed. mode: as of open(2), less the umask.

    Raises:
        DiagnoseError: it cannot be written, or the disk is full.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        try:
            with open(fd, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
        settle(path.parent)
    except OSError as error:
        raise not_written(str(path), error) from None


def settle(folder: Path) -> None:
    """Make a rename in a folder last, where its file system can."""
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def not_written(path: str, error: OSError) -> DiagnoseError:
    """What the user is told where a file cannot be written."""
    if error.errno in FULL:
        hint = "free some space there and run the same command again: what is complete is kept"
        return DiagnoseError(f"the disk is full ({error.strerror}): {path} was not kept", hint=hint)
    return DiagnoseError(
        f"cannot write {path} ({error.strerror or error})",
        hint="check the permissions of its folder, or write the run elsewhere",
    )
