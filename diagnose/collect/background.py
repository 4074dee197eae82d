"""`--begin` leaves a process on this machine that holds the connections; `--end` ends it.

Nothing of ours runs by itself on a host: when this process ends, for whatever reason, the
recorders end with their connections. Its notes lie in RUN/.collecting, which nobody reads as
a source: `lock` is held while it works and tells its process, `log` is what it says, `ready`
and `stop` are signs.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from diagnose.errors import DiagnoseError, UsageError

FOLDER = ".collecting"
LONGEST_S = 4 * 3600.0  # after which it ends by itself, as if it had been told to (a choice)
READY_S = 120.0  # for all hosts to be connected
EACH_S = 0.1
ERROR = ("diagnose: ", "  → ")  # how the command line tells what went wrong, and what to do


class Signs:
    """The folder of signs of a run."""

    def __init__(self, run: Path) -> None:
        self.folder = run / FOLDER
        self.log = self.folder / "log"
        self.ready = self.folder / "ready"
        self.stop = self.folder / "stop"
        self._lock = self.folder / "lock"

    def hold(self) -> int:
        """Take the lock, for as long as this process lives.

        Raises:
            UsageError: another process holds it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        fd = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            raise UsageError(
                f"{self.folder.parent} is being collected into already",
                hint=f"end that with `diagnose collect {self.folder.parent} --end`, or wait for it",
            ) from None
        for sign in (self.ready, self.stop):
            sign.unlink(missing_ok=True)
        os.truncate(fd, 0)
        os.write(fd, f"{os.getpid()}\n".encode())
        return fd

    @property
    def busy(self) -> bool:
        """Whether a process holds the lock."""
        try:
            fd = os.open(self._lock, os.O_RDWR | os.O_NOFOLLOW)
        except OSError:
            return False
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
        return False

    def clear(self) -> None:
        """Take the folder away, but for a log that somebody may want."""
        for sign in (self.ready, self.stop, self._lock, self.log):
            sign.unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()


def begin(run: Path, arguments: list[str], tell: Callable[[str], None]) -> None:
    """Start the process, and come back when every host is being recorded or given up.

    Raises:
        UsageError: one is at work already.
        DiagnoseError: it ended at once; what it said is in the message.
    """
    signs = Signs(run)
    os.close(signs.hold())  # refuses if one is at work
    with signs.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "diagnose.cli", "collect", str(run), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    said: list[str] = []

    def hear(line: str) -> None:
        said.append(line)
        if not line.startswith(ERROR):
            tell(line)

    follow = Follower(signs.log, hear)
    deadline = time.monotonic() + READY_S
    while not signs.ready.exists():
        follow.look()
        if process.poll() is not None:
            follow.look()
            raise _ended_early(said)
        if time.monotonic() > deadline:
            process.terminate()
            raise DiagnoseError(
                f"after {READY_S:.0f} s the hosts are still not recorded",
                hint="try `diagnose check`, which says what each host does",
            )
        time.sleep(EACH_S)
    follow.look()


def _ended_early(lines: list[str]) -> DiagnoseError:
    """Its own error, as it told it."""
    said = [line.removeprefix(ERROR[0]) for line in lines if line.startswith(ERROR[0])]
    hints = [line.removeprefix(ERROR[1]) for line in lines if line.startswith(ERROR[1])]
    what = said[-1] if said else "the recording process ended at once"
    hint = hints[-1] if said and hints else "; ".join(lines[-3:])
    return DiagnoseError(what, hint=hint)


def end(run: Path, tell: Callable[[str], None]) -> None:
    """Tell the process to stop recording and to collect; come back when it has.

    Raises:
        UsageError: none is at work.
    """
    signs = Signs(run)
    if not signs.busy:
        raise UsageError(
            f"nothing is being recorded for {run}",
            hint=f"`diagnose collect {run} --begin` starts that; `diagnose collect {run}` collects "
            "what the hosts still have",
        )
    follow = Follower(signs.log, tell, from_here=True)
    signs.stop.touch()
    while signs.busy:
        follow.look()
        time.sleep(EACH_S)
    follow.look()


class Follower:
    """Tells the lines that a log grows by, to the last one: it is held open when it is removed."""

    def __init__(self, path: Path, tell: Callable[[str], None], *, from_here: bool = False) -> None:
        self._file, self._tell, self._rest = path.open("rb"), tell, b""
        if from_here:
            self._file.seek(0, os.SEEK_END)

    def look(self) -> None:
        """Tell what is new."""
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        for line in lines:
            self._tell(line.decode("utf-8", "replace"))


def wait_for_stop(signs: Signs, longest_s: float = LONGEST_S) -> bool:
    """Stand until the sign to stop is given; False if the time was over first."""
    deadline = time.monotonic() + longest_s
    while not signs.stop.exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(EACH_S)
    return True
