"""Commands on this machine: the same limits as over SSH, by /bin/sh."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading

from .intake import Intake
from .session import BYTES, SECONDS, Done, Sink, Target
from .shell import ENVIRONMENT

CHUNK = 1 << 16
LOOK_S = 0.1  # how often `stop` and the time are looked at
GRACE_S = 1.0  # from SIGTERM to SIGKILL


class LocalSession:
    """This machine as a host."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def run(
        self,
        command: str,
        sink: Sink,
        *,
        seconds: float = SECONDS,
        limit: int = BYTES,
        stdin: bytes = b"",
        stop: threading.Event | None = None,
    ) -> Done:
        """Run it in a process group of its own, which is ended with it."""
        intake = Intake(command, sink, seconds, limit, stop)
        process = subprocess.Popen(
            ["/bin/sh", "-c", ENVIRONMENT + command],
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            _pump(process, intake, memoryview(stdin))
            status = _wait(process, intake)
        finally:
            _end(process)
        return intake.done(status)

    def close(self) -> None:
        """Nothing is held open."""


def _pump(process: subprocess.Popen[bytes], intake: Intake, stdin: memoryview) -> None:
    """Move bytes until both streams have ended, or it is enough."""
    assert process.stdout and process.stderr
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, intake.take)
        selector.register(process.stderr, selectors.EVENT_READ, intake.take_error)
        if process.stdin:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE, None)
        while not intake.enough() and _reading(selector):
            for key, _ in selector.select(min(LOOK_S, intake.left_s)):
                if key.data is None:
                    stdin = _feed(selector, process, stdin)
                elif chunk := os.read(key.fd, CHUNK):
                    key.data(chunk)
                else:
                    selector.unregister(key.fileobj)


def _reading(selector: selectors.BaseSelector) -> bool:
    return any(key.data is not None for key in selector.get_map().values())


def _feed(
    selector: selectors.BaseSelector, process: subprocess.Popen[bytes], stdin: memoryview
) -> memoryview:
    """Give it some of its input; close that at the end, or where it reads no more."""
    assert process.stdin
    with contextlib.suppress(BlockingIOError):
        try:
            stdin = stdin[os.write(process.stdin.fileno(), stdin[:CHUNK]) :]
        except BrokenPipeError:
            stdin = stdin[:0]
    if not stdin:
        selector.unregister(process.stdin)
        process.stdin.close()
    return stdin


def _wait(process: subprocess.Popen[bytes], intake: Intake) -> int | None:
    """Its exit status; None where it was ended, by us or by a signal."""
    while not intake.enough():
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = process.wait(min(LOOK_S, intake.left_s))
            return status if status >= 0 else None
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole group: politely, then not."""
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()
    for number, grace_s in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, GRACE_S)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace_s)
            return
