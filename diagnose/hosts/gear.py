"""Network gear as a host: its own command line, on a screen, one `show` command at a time.

Nothing else is typed than commands that show, and what keeps the screen from stopping. Gear
that knows keys only is asked; passwords are not supported, as with any host.
"""

from __future__ import annotations

import re
import threading
from pathlib import Path

from .console import Console
from .intake import Intake
from .link import Hops, Link, lost
from .printable import printable
from .session import BYTES, SECONDS, Done, HostError, Sink, Target
from .vendors import VENDORS, Vendor
from .way import Way

FIRST_S = 30.0  # for the first prompt (a choice)
FIRST_BYTES = 1 << 20  # of a banner
LOOK_S = 0.1  # how often `stop` and the time are looked at
SHOWS = re.compile(r"(?:show|display)(?: [\w./:|-]+)+\Z")  # all that is ever typed for a caller


def connect_gear(
    target: Target, *, config: Path | None = None, hops: Hops | None = None
) -> GearSession:
    """A session with network gear. Raises HostError as `connect` does."""
    vendor = VENDORS.get(target.device)
    if vendor is None:
        what = f"{target.device!r} is no network gear that is known here"
        raise HostError(what, hint=f"Set device to one of {', '.join(VENDORS)}")
    if target.local or target.container:
        what = f"network gear ({target.device}) is reached by SSH, not on this machine"
        raise HostError(what, hint="Mend host, device and container in diagnose.toml")
    session = GearSession(target, vendor, Way(target, config=config, hops=hops))
    try:
        session.open()
    except BaseException:
        session.close()
        raise
    return session


class GearSession:
    """Gear at the end of a way. A command that is broken off takes its connection with it: the
    next one opens another."""

    def __init__(self, target: Target, vendor: Vendor, way: Way) -> None:
        self.target = target
        self._vendor, self._way = vendor, way
        self._lock = threading.Lock()
        self._link: Link | None = None
        self._console: Console | None = None
        self._closed = False

    def open(self) -> None:
        """Log in, find the prompt, keep the screen from stopping. Raises HostError."""
        import paramiko

        intake = Intake("", lambda _: None, FIRST_S, FIRST_BYTES, None)
        self._link = self._way.open()
        self._console = console = Console(self._link)
        try:
            console.open(intake)
            for command in self._vendor.unpaged:
                console.ask(command, intake)
        except (paramiko.SSHException, EOFError, OSError) as error:
            self._hang_up()
            raise self._no_prompt(console.text) from error

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
        """Show what the command shows; status 1 where the gear refuses it."""
        intake = Intake(command, sink, seconds, limit, stop)
        if stdin or not SHOWS.match(command):
            return intake.done(None, "network gear is given nothing but commands that show")
        while not self._lock.acquire(timeout=min(LOOK_S, intake.left_s)):
            if intake.enough():
                return intake.done(None, "another command of ours took too long")
        try:
            return self._run(intake)
        finally:
            self._lock.release()

    def _run(self, intake: Intake) -> Done:
        import paramiko

        try:
            if self._closed:
                raise EOFError
            if self._console is None:
                self.open()
            assert self._console
            text, refused = self._console.ask(intake.command, intake)
        except HostError as error:
            intake.lost = True
            return intake.done(None, error.what)
        except (paramiko.SSHException, EOFError, OSError):
            return self._broken_off(intake)
        intake.take(text.encode())
        return intake.done(1 if refused else 0, printable(refused))

    def _broken_off(self, intake: Intake) -> Done:
        """What came until it was enough, or the gear hung up."""
        intake.lost = not intake.enough()
        link = self._link
        says = (lost(link) if link else "the session is closed") if intake.lost else ""
        if self._console:
            intake.take(self._console.text.encode())
        self._hang_up()
        return intake.done(None, says)

    def _hang_up(self) -> None:
        if self._link:
            self._link.close()
        self._link = self._console = None

    def _no_prompt(self, said: str) -> HostError:
        words = printable(said[-200:]).strip() or "nothing"
        what = f"{self._way.at} shows no prompt within {FIRST_S:.0f} s; it says {words!r}"
        return HostError(what, hint="Log in by hand, and see whether a command line answers")

    def close(self) -> None:
        """Close the connection; twice does no harm."""
        self._closed = True
        self._hang_up()
        self._way.close()
