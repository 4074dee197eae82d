"""Hosts for tests of logs: this machine's sh, and one that has BusyBox and nothing else."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from own_shell import OwnShell

from diagnose.hosts.local import LocalSession
from diagnose.hosts.session import Session, Target

T0 = 1_795_406_706.0  # 2026-11-23T04:05:06Z
SHELLS = ("sh", "busybox")


def busybox_shell(folder: Path) -> OwnShell:
    """A shell whose PATH holds the applets of BusyBox only."""
    busybox = shutil.which("busybox")
    if busybox is None:
        import pytest

        pytest.skip("busybox is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    for applet in subprocess.check_output([busybox, "--list"], text=True).split():
        link = folder / applet
        if not link.exists():
            link.symlink_to(busybox)
    return OwnShell((str(folder / "sh"), "-c"), env={"PATH": str(folder)})


def session_of(shell: str, folder: Path) -> Session:
    """A session of the host that has that shell."""
    return busybox_shell(folder) if shell == "busybox" else LocalSession(Target("local"))


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, which pytest's are not; removed at the end."""
    root = Path(tempfile.mkdtemp(prefix="diagnose-", dir="/tmp"))
    try:
        root.chmod(0o755)
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Collected:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def __call__(self, data: bytes) -> None:
        self.parts.append(data)

    @property
    def lines(self) -> list[bytes]:
        return b"".join(self.parts).splitlines()


def clf(at_s: float, what: str = "a") -> bytes:
    """One line of an access log."""
    stamp = datetime.fromtimestamp(at_s, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'10.0.0.9 - - [{stamp}] "GET /{what} HTTP/1.1" 200 612 "-" "curl/8"\n'.encode()


@lru_cache(maxsize=64)
def log_of(seconds: range, line: Callable[[float, str], bytes] = clf, per_second: int = 1) -> bytes:
    """Lines of those seconds after T0."""
    return b"".join(line(T0 + s, f"{s}-{i}") for s in seconds for i in range(per_second))


def numbers(lines: list[bytes]) -> list[int]:
    """Which seconds of `log_of` the lines are of."""
    return [int(line.split(b"GET /")[1].split(b"-")[0]) for line in lines]
