"""Commands on a host over one SSH connection: many at a time, each within its limits."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from .channels import AfterMark, Patience, pump, wait_for_status
from .intake import Intake
from .link import Link, lost
from .printable import printable
from .requests import terminate
from .session import BYTES, SECONDS, Done, Sink, Target
from .shell import for_login_shell

if TYPE_CHECKING:
    import paramiko

CHANNELS = 8  # at a time; sshd's MaxSessions is 10, and the user may have some of them
LOOK_S = 0.1  # how often `stop` and the time are looked at
RETRY_S = 0.2
REFUSALS = 5  # to run the command, before the host is taken by its word


class SshSession:
    """A host at the end of a link.

    noisy: its login shell's start-up files print something in front of every output, which is
    then cut off.
    """

    def __init__(self, target: Target, link: Link, on_close: Callable[[], None]) -> None:
        self.target = target
        self.noisy = False
        self._link, self._on_close = link, on_close
        self._free = threading.Semaphore(CHANNELS)

    @property
    def received(self) -> int:
        """Bytes that came over the wire."""
        return self._link.wire.received

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
        """Run it in a channel of its own."""
        intake = Intake(command, sink, seconds, limit, stop)
        while not self._free.acquire(timeout=min(LOOK_S, intake.left_s)):
            if intake.enough():
                return intake.done(None, "no channel of the connection became free in time")
        try:
            return self._run(intake, stdin)
        finally:
            self._free.release()

    def _run(self, intake: Intake, stdin: bytes) -> Done:
        import paramiko

        channel, take, says = self._begin(intake)
        if channel is None:
            return intake.done(None, says)
        status = None
        try:
            pump(channel, intake, take, stdin)
            status = wait_for_status(channel, intake)
        except (paramiko.SSHException, EOFError, ConnectionError):
            pass  # found out below
        finally:
            if intake.enough():
                terminate(channel)
            _close(channel)
        if status is None and not intake.enough() and not self._still_alive():
            return intake.done(None, self._lose(intake))
        return intake.done(status)

    def _begin(self, intake: Intake) -> tuple[paramiko.Channel | None, Sink, str]:
        """A channel with the command begun, and what takes its output; None, and why, for none.

        It is tried again: a host has few channels, and dropbear closes some that it just opened.
        """
        import paramiko

        says, refused = "the host opened no session in time", 0
        while refused < REFUSALS and not intake.enough():
            channel = None
            try:
                channel = self._link.transport.open_session(timeout=intake.left_s)
                return channel, _start(channel, intake, self.noisy), ""
            except paramiko.ChannelException as error:
                says = f"the host refuses another session: {printable(error.text)}"
            except (paramiko.SSHException, EOFError, OSError) as error:
                if channel:
                    says, refused = (
                        f"the host does not run it: {printable(str(error))}",
                        refused + 1,
                    )
                    _close(channel)
            if not intake.enough() and not self._still_alive():
                return None, intake.take, self._lose(intake)
        return None, intake.take, says

    def _still_alive(self) -> bool:
        """Whether the connection stands, after a moment: channels end before it is said to be."""
        self._link.transport.join(RETRY_S)
        return self._link.alive

    def _lose(self, intake: Intake) -> str:
        intake.lost = True
        return lost(self._link)

    def close(self) -> None:
        """Close the connection; twice does no harm."""
        self._link.close()
        self._on_close()


def _start(channel: paramiko.Channel, intake: Intake, noisy: bool) -> Sink:
    """Ask for the command; what takes its output."""
    channel.event = Patience(intake)
    if not noisy:
        channel.exec_command(for_login_shell(intake.command))
        return intake.take
    mark = secrets.token_hex(16)
    channel.exec_command(for_login_shell(f"echo {mark}; {intake.command}"))
    return AfterMark(intake.take, f"{mark}\n".encode())


def _close(channel: paramiko.Channel) -> None:
    with contextlib.suppress(Exception):  # the connection may be gone
        channel.close()
