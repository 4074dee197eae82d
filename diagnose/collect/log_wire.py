"""What comes over a session for a log: unpacked as it comes, framed, bounded, counted.

Everything that a script of ours prints for a log goes through `gzip -1` where the host has
it, niced where it can be. Memory stays bounded whatever a host sends.
"""

from __future__ import annotations

import shlex
import threading
import zlib
from collections.abc import Callable
from dataclasses import replace

from diagnose.hosts.session import Done, Session, Sink

PIECE = 1 << 20  # bytes that are unpacked at a time
SQUEEZE = (
    "if command -v gzip >/dev/null 2>&1; then "
    "if command -v nice >/dev/null 2>&1; then nice -n 19 gzip -1c; else gzip -1c; fi; "
    "else cat; fi"
)


def packed(script: str, *, privileged: bool = False) -> str:
    """A command that runs a script and packs its output; as root where it is privileged."""
    command = f"LC_ALL=C; export LC_ALL; {{ {script}\n}} | {{ {SQUEEZE}; }}"
    return f"sudo -n sh -c {shlex.quote(command)}" if privileged else command


class Unpacked:
    """A sink that gives on what `packed` was given, at most `most` bytes of it.

    stop is set once there is more, or where what comes is no gzip any more.
    """

    def __init__(self, sink: Sink, most: int) -> None:
        self.wire = self.plain = 0
        self.stop = threading.Event()
        self.damaged = False
        self._sink, self._most = sink, most
        self._zip: zlib._Decompress | None = None
        self._first = b""

    def __call__(self, data: bytes) -> None:
        """Take bytes as they come."""
        self.wire += len(data)
        if self.stop.is_set():
            return
        if len(self._first) < 2:
            self._first = data = self._first + data
            if len(data) < 2:
                return
            if data[:2] == b"\x1f\x8b":
                self._zip = zlib.decompressobj(31)
        if self._zip is None:
            self._give(data)
            return
        try:
            while data and not self.stop.is_set():
                self._give(self._zip.decompress(data, PIECE))
                data = self._zip.unconsumed_tail
        except zlib.error:
            self.damaged = True
            self.stop.set()

    def end(self) -> None:
        """No more comes: a single byte is given on as it is; a broken stream is damaged."""
        if len(self._first) == 1:
            self._give(self._first)
        if self._zip is not None and not self._zip.eof and self.plain < self._most:
            self.damaged = True

    def _give(self, data: bytes) -> None:
        room = self._most - self.plain
        if len(data) > room:
            data = data[:room]
            self.stop.set()
        self.plain += len(data)
        if data:
            self._sink(data)


class Framed:
    """A sink that gives a heading of one line to one taker, and the rest to another.

    The rest is dropped where the heading is not as expected.
    """

    def __init__(self, accepts: Callable[[bytes], bool], sink: Sink) -> None:
        self._accepts, self._sink = accepts, sink
        self._head = b""
        self.accepted: bool | None = None  # None: no heading has come

    def __call__(self, data: bytes) -> None:
        """Take bytes."""
        if self.accepted is None:
            self._head += data
            line, end, data = self._head.partition(b"\n")
            if not end and len(self._head) < 4096:
                return
            self.accepted = bool(end) and self._accepts(line)
            self._head = b""
        if self.accepted and data:
            self._sink(data)


def run_packed(
    session: Session,
    script: str,
    sink: Sink,
    *,
    most: int,
    seconds: float,
    privileged: bool = False,
    stop: threading.Event | None = None,
) -> tuple[Done, Unpacked]:
    """Run a script whose output is packed; its plain bytes go to the sink.

    Done.truncated says that there were more than `most`; Done.lost that it broke off.
    """
    unpacked = Unpacked(sink, most)
    if stop is not None:
        unpacked.stop = stop
    command = packed(script, privileged=privileged)
    # Of bytes that do not pack gzip makes a little more.
    limit = most + most // 1000 + 65_536
    done = session.run(command, unpacked, seconds=seconds, limit=limit, stop=unpacked.stop)
    unpacked.end()
    ours = unpacked.stop.is_set() and unpacked.plain >= most
    broken = unpacked.damaged and not (done.timed_out or done.truncated)
    return replace(done, truncated=done.truncated or ours, lost=done.lost or broken), unpacked
