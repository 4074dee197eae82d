"""A session with a host: run one command at a time, within limits, and get its bytes.

Only exec and standard output are used: no SFTP, no pseudo terminal, nothing written there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from diagnose.errors import DiagnoseError

Sink: TypeAlias = Callable[[bytes], None]

SECONDS = 30.0  # a command is given up after so long (a choice)
BYTES = 64 * 2**20  # and its output is cut here (a choice)
STDERR_BYTES = 4096  # of an error stream that are kept


class HostError(DiagnoseError):
    """A host cannot be reached, or may not be trusted. The other hosts go on."""


@dataclass(frozen=True, slots=True)
class Target:
    """A host as diagnose.toml names it: where commands of a component are run.

    address: a name of ~/.ssh/config, a host name or an address; "local" for this machine.
    container: run inside that container of the host, by docker or podman, whichever is
    there. device: a vendor's system ("cisco_ios") that has no shell. sudo: privileged
    commands go through `sudo -n`.
    """

    address: str
    user: str = ""
    port: int = 0  # 0: what ~/.ssh/config says, else 22
    identity: str = ""  # a private key's file; "" for what ~/.ssh/config and the agent have
    container: str = ""
    device: str = ""
    sudo: bool = False

    @property
    def local(self) -> bool:
        """Whether it is this machine."""
        return self.address == "local"


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended. status is None where none came (cut off, connection lost)."""

    command: str
    status: int | None
    stderr: str = ""  # its last 4 KiB, control characters shown as escapes
    bytes: int = 0  # of standard output that reached the sink
    truncated: bool = False  # the limit on bytes was reached
    timed_out: bool = False
    lost: bool = False  # the connection died under it
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether it ended by itself, well."""
        return self.status == 0 and not (self.truncated or self.timed_out or self.lost)


class Session(Protocol):
    """An open way to run commands on one host; several threads may share it."""

    target: Target

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
        """Run `command` by the host's POSIX shell; give its standard output to the sink.

        stdin is sent and closed. The command is ended when the time or the bytes are over or
        `stop` is set: its streams are closed, so that it dies of SIGPIPE or SIGHUP at the
        latest. Never raises for what the host does: Done says it.
        """

    def close(self) -> None:
        """Close the connection; twice does no harm."""


def output(
    session: Session, command: str, *, seconds: float = SECONDS, limit: int = BYTES
) -> tuple[Done, bytes]:
    """Run a command whose output fits into memory."""
    parts: list[bytes] = []
    done = session.run(command, parts.append, seconds=seconds, limit=limit)
    return done, b"".join(parts)
