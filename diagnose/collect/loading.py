"""The load itself, where `diagnose collect RUN -- COMMAND` starts it: run it, keep what it wrote.

Its output is shown as it comes and kept; files that it wrote in the folder it ran in are
found by their times and told by their content, as `diagnose analyze` does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from diagnose.errors import UnreadableSource, UsageError
from diagnose.hosts.session import Sink
from diagnose.ingest import surest
from diagnose.rawfile import RawFile

DEEPEST = 2  # folders below the one that the load runs in
MOST_LOOKED_AT = 2000  # files
PASSED_OVER = {".git", "node_modules", "__pycache__", ".venv", "raw"}
PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Ended:
    """How the load ended, by this machine's clock."""

    began_s: float
    ended_s: float
    status: int
    interrupted: bool = False


def run_load(command: tuple[str, ...], out: Sink, err: Sink) -> Ended:
    """Run the load with our terminal; both of its streams are shown and given to the sinks.

    A Ctrl-C goes to the load as well, and ends it; we go on and collect.

    Raises:
        UsageError: there is no such command.
    """
    began_s = time.time()
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as error:
        raise UsageError(
            f"the load could not be started: {command[0]}: {error.strerror}",
            hint="write it behind --, as you would in the shell",
        ) from None
    assert process.stdout is not None and process.stderr is not None
    pairs = ((process.stdout, out, sys.stdout), (process.stderr, err, sys.stderr))
    threads = [threading.Thread(target=_pass_on, args=pair, daemon=True) for pair in pairs]
    for thread in threads:
        thread.start()
    interrupted = _wait(process)
    ended_s = time.time()
    for thread in threads:
        thread.join(5.0)  # a child that it left behind may hold the streams
    return Ended(began_s, ended_s, process.returncode, interrupted)


def _wait(process: subprocess.Popen[bytes]) -> bool:
    """Wait for its end; True if the user ended it. A second Ctrl-C kills it."""
    interrupted = False
    while True:
        try:
            process.wait()
            return interrupted
        except KeyboardInterrupt:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL if interrupted else signal.SIGINT)
            interrupted = True


def _pass_on(stream: IO[bytes], sink: Sink, shown: IO[str]) -> None:
    while piece := os.read(stream.fileno(), PIECE):
        sink(piece)
        with suppress(OSError, ValueError):  # our own output was closed
            shown.buffer.write(piece)  # type: ignore[attr-defined]
            shown.flush()


def results(folder: Path, since_s: float) -> list[Path]:
    """Files below the folder, written since then, that are a load test's results or log."""
    found = []
    for path in _changed(folder, since_s):
        raw = RawFile(path.name, path)
        with suppress(UnreadableSource, OSError):
            claimed = surest(raw.head())
            if claimed is not None and claimed.role == "load_generator":
                found.append(path)
    return found


def _changed(folder: Path, since_s: float) -> list[Path]:
    out = []
    for path in _files(folder):
        with suppress(OSError):
            if path.is_file() and path.stat().st_mtime >= since_s - 1.0:
                out.append(path)
        if len(out) >= MOST_LOOKED_AT:
            break
    return sorted(out)


def _files(folder: Path) -> Iterator[Path]:
    for top, folders, files in os.walk(folder):
        depth = len(Path(top).relative_to(folder).parts)
        folders[:] = sorted(
            f for f in folders if depth < DEEPEST and f not in PASSED_OVER and f[:1] != "."
        )
        yield from (Path(top, name) for name in sorted(files))


def copy_into(path: Path, sink: Sink) -> None:
    """Give a file's bytes to a sink."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            sink(piece)
