"""What a command prints that runs as long as the load does and stamps its output itself."""

from __future__ import annotations

import threading
import time

from diagnose.collect.demultiplex import FLUSH_S
from diagnose.collect.stamped import Recorded, Routed, StampedFile

LINE_BYTES = 2**20  # a longer line is none that anybody reads, and is dropped


class StreamSink:
    """A sink for a command that stamps its output itself: whole lines, as they are."""

    def __init__(self, routed: Routed, *, limit_bytes: int) -> None:
        self.stop = threading.Event()
        self._file = StampedFile(routed.fetch, routed.folders, limit_bytes, routed.clean)
        self._line = b""
        self._flushed = time.monotonic()

    def __call__(self, data: bytes) -> None:
        """Take bytes, cut anywhere."""
        whole, end, rest = data.rpartition(b"\n")
        if end:
            self._file.take(self._line + whole + end)
            self._line = rest
        else:
            self._line += rest
        if len(self._line) > LINE_BYTES:
            self._line = b""
        if time.monotonic() - self._flushed > FLUSH_S:
            self._flushed = time.monotonic()
            self._file.flush()
        if self._file.stopped:
            self.stop.set()

    def close(self) -> list[Recorded]:
        """The file, if there is anything in it."""
        done = self._file.close()
        return [] if done is None else [done]
