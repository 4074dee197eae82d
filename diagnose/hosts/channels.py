"""One command's channel: its bytes in both directions, and its status.

paramiko feeds a channel from a thread of its own, and sends a host no room for more before the
reader has taken what is there: memory stays within the channel's window.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from .intake import Intake
from .session import Sink

if TYPE_CHECKING:
    import paramiko

CHUNK = 1 << 20
STDIN_CHUNK = 1 << 15
LOOK_S = 0.1  # how often `stop` and the time are looked at
FEED_S = 0.005  # how often it is asked for room while there is input to give
NOISE_BYTES = 1 << 16  # that a login shell may print in front (a choice)


class Patience(threading.Event):
    """An event that is waited for as long as the command may take.

    paramiko waits without end for the host's answer to a request; this one in its place raises
    TimeoutError.
    """

    def __init__(self, intake: Intake) -> None:
        super().__init__()
        self._intake = intake

    def wait(self, timeout: float | None = None) -> bool:
        while not super().wait(LOOK_S):
            if self._intake.enough():
                raise TimeoutError("no answer in time")
        return True


class _Wake(threading.Event):
    """Set by paramiko when there is something to read, cleared by the reader alone."""

    def clear(self) -> None:
        """paramiko clears it when one stream is empty; the other may not be."""

    def rearm(self) -> None:
        super().clear()


class AfterMark:
    """A sink that drops everything up to a mark and the mark itself."""

    def __init__(self, sink: Sink, mark: bytes) -> None:
        self._sink, self._mark = sink, mark
        self._held: bytes | None = b""

    def __call__(self, chunk: bytes) -> None:
        if self._held is None:
            self._sink(chunk)
            return
        self._held += chunk
        before, mark, rest = self._held.partition(self._mark)
        if mark or len(before) > NOISE_BYTES:
            self._held = None
            self._sink(rest if mark else before)


def pump(channel: paramiko.Channel, intake: Intake, take: Sink, stdin: bytes) -> None:
    """Move bytes until the command has closed its output, or it is enough."""
    wake, left = _Wake(), memoryview(stdin)
    channel.settimeout(0.0)
    for stream in (channel.in_buffer, channel.in_stderr_buffer):
        stream.set_event(wake)
    if not left:
        channel.shutdown_write()
    while not intake.enough():
        wake.rearm()
        ended = channel.eof_received or channel.closed  # before looking: no data come after it
        moved = _read(channel, intake, take)
        if left:
            left, moved = _feed(channel, left), moved or channel.send_ready()
        if moved:
            continue
        if ended:
            return
        wake.wait(min(FEED_S if left else LOOK_S, intake.left_s))


def _read(channel: paramiko.Channel, intake: Intake, take: Sink) -> bool:
    """Take what is there; whether there was something."""
    out, errors = channel.recv_ready(), channel.recv_stderr_ready()
    if out:
        take(channel.recv(CHUNK))
    if errors:
        intake.take_error(channel.recv_stderr(CHUNK))
    return bool(out or errors)


def _feed(channel: paramiko.Channel, stdin: memoryview) -> memoryview:
    """Give the command some of its input, as much as it has room for; close it at the end."""
    if channel.closed:
        return stdin[:0]
    with contextlib.suppress(TimeoutError):
        stdin = stdin[channel.send(bytes(stdin[:STDIN_CHUNK])) :]
    if not stdin:
        channel.shutdown_write()
    return stdin


def wait_for_status(channel: paramiko.Channel, intake: Intake) -> int | None:
    """The exit status; None where none comes: a signal, a lost connection, an end by us."""
    while not channel.exit_status_ready() and not intake.enough():
        channel.status_event.wait(min(LOOK_S, intake.left_s))
    status = int(channel.exit_status)
    return status if status >= 0 else None
