"""What a running command gives us: its output up to the limit, the end of its error stream."""

from __future__ import annotations

import threading
import time

from .printable import printable
from .session import STDERR_BYTES, Done, Sink


class Intake:
    """Counts and cuts the output of one command, and knows when it is enough.

    Raises whatever the sink raises: the disk here is full, say.
    """

    def __init__(
        self, command: str, sink: Sink, seconds: float, limit: int, stop: threading.Event | None
    ) -> None:
        self.command = command
        self.lost = False
        self._sink, self._limit, self._stop = sink, limit, stop
        self._began = time.monotonic()
        self._ends = self._began + seconds
        self._bytes, self._truncated, self._timed_out = 0, False, False
        self._errors = bytearray()

    @property
    def left_s(self) -> float:
        """Seconds until its time is over."""
        return max(0.0, self._ends - time.monotonic())

    def take(self, chunk: bytes) -> None:
        """Some of its standard output; what exceeds the limit is cut off."""
        room = self._limit - self._bytes
        if len(chunk) > room:
            self._truncated, chunk = True, chunk[:room]
        if chunk:
            self._bytes += len(chunk)
            self._sink(chunk)

    def take_error(self, chunk: bytes) -> None:
        """Some of its error stream, of which the end is kept."""
        self._errors += chunk
        del self._errors[:-STDERR_BYTES]

    def held(self, size: int) -> None:
        """So many bytes are held back, to be taken at the end: they may be enough already."""
        self._truncated = self._truncated or size > self._limit

    def enough(self) -> bool:
        """Whether the command is to be ended: by the limit, the time or the caller."""
        if time.monotonic() >= self._ends:
            self._timed_out = True
        stopped = self._stop is not None and self._stop.is_set()
        return self._truncated or self._timed_out or stopped

    def done(self, status: int | None, says: str = "") -> Done:
        """How it ended; `says` is our own word on why it did not run."""
        told = printable(bytes(self._errors))
        return Done(
            self.command,
            status,
            stderr=says or told,
            bytes=self._bytes,
            truncated=self._truncated,
            timed_out=self._timed_out,
            lost=self.lost,
            seconds=time.monotonic() - self._began,
        )
