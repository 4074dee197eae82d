"""The recorder of one host at work: a thread for each loop, begun anew where it broke off."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from diagnose.collect.loops import Recording
from diagnose.collect.reach import Reach
from diagnose.manifest import Gap, Manifest

PAUSE_S = 2.0  # before a loop that ended by itself is begun anew (a choice)
SETTLED_S = 10.0  # one that ran shorter, over a connection that stands, would end again
JOIN_S = 20.0


class Sampling:
    """Runs recordings until it is stopped; what was not recorded is noted as a gap."""

    def __init__(
        self,
        reach: Reach,
        recordings: Sequence[Recording],
        components: tuple[str, ...],
        manifest: Manifest,
        *,
        interval_s: float,
        longest_s: float,
    ) -> None:
        self._reach, self._recordings, self._components = reach, tuple(recordings), components
        self._manifest, self._interval_s = manifest, interval_s
        self._until_s = time.monotonic() + longest_s
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(recording, i == 0), daemon=True)
            for i, recording in enumerate(self._recordings)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End all loops, and wait for that."""
        self._over.set()
        for recording in self._recordings:
            recording.stop()
        until = time.monotonic() + JOIN_S
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0.1))

    def _run(self, recording: Recording, first: bool) -> None:
        while not self._over.is_set() and (left_s := self._until_s - time.monotonic()) > 0:
            began_s = time.monotonic()
            done = recording.run(self._reach, interval_s=self._interval_s, seconds=left_s)
            short = time.monotonic() - began_s < SETTLED_S and not done.lost
            if self._over.is_set() or done.ok or done.truncated or short:
                return
            why = "the connection died" if done.lost else "the recorder was ended on the host"
            self._wait(time.time(), why, told=first)

    def _wait(self, lost_s: float, why: str, *, told: bool) -> None:
        """Until the host is reached again, or the load is over."""
        self._over.wait(PAUSE_S)
        while not self._over.is_set() and not self._reach.again():
            self._over.wait(PAUSE_S)
        if told:  # one loop speaks for the host
            end_s = float("nan") if self._over.is_set() else time.time()
            for component in self._components:
                self._manifest.add_gap(Gap(component, lost_s, end_s, why))
