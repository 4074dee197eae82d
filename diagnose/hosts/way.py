"""The way to a host that is reached by SSH: its hops, each as ssh's configuration has it."""

from __future__ import annotations

from pathlib import Path

from .link import Hops, Link, open_link
from .session import Target
from .ssh_config import resolve, route


class Way:
    """The hops to the target. Raises HostError: the configuration cannot be read.

    config: instead of ~/.ssh/config. hops: jump hosts that other sessions use as well; without
    it the way has its own, which end with it.
    """

    def __init__(
        self, target: Target, *, config: Path | None = None, hops: Hops | None = None
    ) -> None:
        last = resolve(
            target.address,
            user=target.user,
            port=target.port,
            identity=target.identity,
            config=config,
        )
        *before, self.last = route(last, config)
        self.before = tuple(before)
        self._hops, self._own = hops or Hops(), hops is None

    @property
    def at(self) -> str:
        """The host, for messages."""
        return self.last.at

    def open(self) -> Link:
        """A new connection to the host at its end. Raises HostError."""
        try:
            return open_link(self.last, self.through(len(self.before)))
        except BaseException:
            self.close()
            raise

    def through(self, count: int) -> Link | None:
        """The last of the first `count` hops, logged in to; None for no hop. Raises HostError."""
        return self._hops.through(self.before[:count])

    def close(self) -> None:
        """Close the jump hosts, unless they are shared; twice does no harm."""
        if self._own:
            self._hops.close()
