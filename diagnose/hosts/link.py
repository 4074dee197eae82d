"""An authenticated connection to one hop, and the hops that many hosts share.

Fifty hosts behind one jump host take one connection to it, not fifty: its sshd would drop most
of them (MaxStartups), and it is asked for one login only.
"""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING

from .dial import dial
from .handshake import end, trusted
from .login import log_in
from .requests import ask_for_life
from .session import HostError
from .settings import Settings
from .wire import Wire

if TYPE_CHECKING:
    import paramiko

TRIES = 3  # where a host closes the connection at once: sshd's MaxStartups does at random
PAUSE_S = 0.5
REMEMBERED_S = 30.0  # that a shared hop could not be reached (a choice)


class Link:
    """A hop that we are logged in to."""

    def __init__(self, hop: Settings, wire: Wire, transport: paramiko.Transport) -> None:
        self.hop, self.wire, self.transport = hop, wire, transport

    @property
    def alive(self) -> bool:
        return self.transport.is_active()

    def close(self) -> None:
        """Close it; twice does no harm."""
        end(self.transport, self.wire)


def open_link(hop: Settings, through: Link | None = None) -> Link:
    """Reach the hop, judge its key, log in. Raises HostError."""
    for left in reversed(range(TRIES)):
        wire = dial(hop, through.transport if through else None)
        try:
            transport = trusted(hop, wire)
            break
        except HostError:
            if wire.first or wire.silent or wire.says() or not left:
                raise
        time.sleep(PAUSE_S * random.uniform(0.5, 1.5))
    try:
        log_in(transport, hop)
    except BaseException:
        end(transport, wire)
        raise
    _keep_alive(hop, wire, transport)
    return Link(hop, wire, transport)


def lost(link: Link) -> str:
    """Why a connection is no more, in a few words."""
    if link.wire.silent:
        return f"the host said nothing for {link.wire.patience_s:.0f} s"
    return "the connection was lost"


def _keep_alive(hop: Settings, wire: Wire, transport: paramiko.Transport) -> None:
    """Ask for a sign of life when nothing comes; silence then ends the connection."""
    wire.patience_s = hop.alive_s * hop.alive_count
    transport.packetizer.set_keepalive(hop.alive_s, lambda: ask_for_life(transport))


class Hops:
    """Jump hosts on the way to several hosts, each connected to once.

    Use it as a context; closing it closes them all.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._doors: dict[tuple[Settings, ...], _Door] = {}

    def __enter__(self) -> Hops:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def through(self, chain: tuple[Settings, ...]) -> Link | None:
        """The last hop of the chain, connected to by way of the others; None for no hop."""
        if not chain:
            return None
        with self._lock:
            door = self._doors.setdefault(chain, _Door())
        return door.link(chain, self)

    def close(self) -> None:
        """Close the last hops first."""
        for chain in sorted(self._doors, key=len, reverse=True):
            self._doors[chain].close()


class _Door:
    """One shared hop: the first who needs it connects, the others wait for that."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._link: Link | None = None
        self._failed: HostError | None = None
        self._failed_s = 0.0

    def link(self, chain: tuple[Settings, ...], hops: Hops) -> Link:
        with self._lock:
            if self._link and self._link.alive:
                return self._link
            if self._failed and time.monotonic() - self._failed_s < REMEMBERED_S:
                raise HostError(self._failed.what, hint=self._failed.hint)
            try:
                self._link = open_link(chain[-1], hops.through(chain[:-1]))
            except HostError as error:
                self._failed, self._failed_s = error, time.monotonic()
                raise
            return self._link

    def close(self) -> None:
        if self._link:
            self._link.close()
