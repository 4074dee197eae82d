"""The bytes between us and a hop: a socket, a channel through the hop before, or a command's.

A Wire is what paramiko's Transport reads and writes. It notices by itself when nothing has come
for too long, wherever the Transport waits, so that a host that hangs is lost within that time.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from typing import Any, Protocol

FIRST_BYTES = 256  # of what the other side says, for the message where it speaks no SSH
STDERR_BYTES = 512


class Stream(Protocol):
    """What a socket and paramiko's Channel have in common."""

    def recv(self, size: int, /) -> bytes: ...
    def send(self, data: bytes, /) -> int: ...
    def settimeout(self, seconds: float | None, /) -> None: ...
    def close(self) -> None: ...


class Wire:
    """A stream that gives up after `patience_s` without a byte from the other side."""

    def __init__(
        self,
        stream: Stream,
        patience_s: float,
        *,
        on_close: Callable[[], None] | None = None,
        says: Callable[[], bytes] = bytes,
    ) -> None:
        """on_close: called once. says: what a command behind it wrote to its error stream."""
        self.patience_s = patience_s
        self.first = b""  # the beginning of what was said
        self.received, self.sent = 0, 0  # bytes
        self.silent = False  # it was given up
        self.says = says
        self._stream, self._on_close = stream, on_close
        self._heard_s = time.monotonic()
        self._closed = False  # the name under which paramiko asks for it

    def settimeout(self, seconds: float | None) -> None:
        """How long recv and send may block."""
        self._stream.settimeout(seconds)

    def recv(self, size: int) -> bytes:
        """Some bytes, none at the end. Raises TimeoutError, and EOFError after long silence."""
        try:
            chunk = self._stream.recv(size)
        except TimeoutError:
            self._check()
            raise
        self._heard_s = time.monotonic()
        self.received += len(chunk)
        if len(self.first) < FIRST_BYTES:
            self.first += chunk[: FIRST_BYTES - len(self.first)]
        return chunk

    def send(self, data: bytes) -> int:
        """Bytes that were taken. Raises as recv does."""
        try:
            count = self._stream.send(data)
        except TimeoutError:
            self._check()
            raise
        self.sent += count
        return count

    def _check(self) -> None:
        if time.monotonic() - self._heard_s > self.patience_s:
            self.silent = True
            raise EOFError

    def close(self) -> None:
        """Close it once; errors on the way are of no use to anybody."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(Exception):
            self._stream.close()
        if self._on_close:
            self._on_close()

    def getpeername(self) -> Any:
        """The address of the other side, as far as the stream knows it."""
        ask = getattr(self._stream, "getpeername", None)
        return ask() if ask else ("unknown", 0)


class ProxyProcess:
    """The user's ProxyCommand, run by /bin/sh with our end of a socket pair."""

    def __init__(self, command: str) -> None:
        self.stream, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        with theirs:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=self._errors,
                start_new_session=True,
            )

    def says(self) -> bytes:
        """The end of its error stream."""
        with contextlib.suppress(ValueError, OSError):  # it may have been closed
            size = self._errors.seek(0, os.SEEK_END)
            self._errors.seek(max(0, size - STDERR_BYTES))
            return self._errors.read()
        return b""

    def end(self) -> None:
        """End it and whatever it started."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
                break
