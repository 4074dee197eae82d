"""A session that is opened anew where it died, and ends when its host's time is over."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from diagnose.hosts.connect import connect
from diagnose.hosts.session import BYTES, SECONDS, Done, HostError, Session, Sink, Target

AGAIN_S = 5.0  # between two tries to reach a host that was lost (a choice)
Connect = Callable[[Target], Session]


class Reach:
    """A Session. Several threads may share it; only `open` raises for what the host does."""

    def __init__(self, target: Target, opening: Connect = connect) -> None:
        self.target = target
        self.received = 0  # bytes of output
        self._opening = opening
        self._session: Session | None = None
        self._lock = threading.Lock()
        self._until_s = math.inf  # of the monotonic clock
        self._tried_s = -math.inf
        self._why = "not connected"
        self._closed = False

    def open(self) -> None:
        """Reach the host for the first time.

        Raises:
            HostError: it cannot be reached, is not trusted, does not let us in.
        """
        with self._lock:
            self._session = self._opening(self.target)

    @property
    def around(self) -> Session | None:
        """The machine around the container that it is; None where it is none, or is lost."""
        around: Session | None = getattr(self._standing(), "host", None)
        return around

    def limit(self, seconds: float) -> None:
        """From now on the host has so much time; what is not through then is given up."""
        self._until_s = time.monotonic() + seconds

    def again(self) -> bool:
        """Whether it is connected, or could be once more; tries each few seconds."""
        return self._standing() is not None

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
        """As any session's."""
        session = self._standing()
        if session is None:
            return Done(command, None, self._why, lost=True)
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            return Done(command, None, "the time for this host was over", timed_out=True)
        done = session.run(
            command, sink, seconds=min(seconds, left_s), limit=limit, stdin=stdin, stop=stop
        )
        with self._lock:
            self.received += done.bytes
            if done.lost and self._session is session:
                session.close()
                self._session, self._why = None, done.stderr or "the connection died"
        return done

    def close(self) -> None:
        """Close it for good."""
        with self._lock:
            self._closed = True
            if self._session is not None:
                self._session.close()

    def _standing(self) -> Session | None:
        with self._lock:
            due = time.monotonic() - self._tried_s > AGAIN_S
            if self._session is None and due and not self._closed:
                self._tried_s = time.monotonic()
                try:
                    self._session = self._opening(self.target)
                except HostError as error:
                    self._why = error.what
            return self._session
