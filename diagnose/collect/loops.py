"""The shell loops that sample a host: one for all that the kernel tells, others beside it.

What shows more to root has a loop that `sudo` starts, where the user asked for that. What asks
a server has a loop of its own, for it may hang. What stamps its output itself runs as it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from diagnose.collect.demultiplex import Answer, Demultiplexer
from diagnose.collect.hosttime import Cost
from diagnose.collect.plan import UNITS, Asked, Plan
from diagnose.collect.recorder import RUN, new_nonce, script, stream
from diagnose.collect.stamped import Clean, Recorded, Routed
from diagnose.collect.stream import StreamSink
from diagnose.fetches import When
from diagnose.hosts.session import BYTES, Done, Session

END_S = 30.0  # beyond its time, before a loop that does not end is ended (a choice)
# Where sudo gives no shell the loop runs all the same, and $AS_ROOT stands in front of those
# commands that a line of sudoers can allow.
AS_ROOT = (
    'if [ "$(id -u)" != 0 ] && sudo -n sh -c : </dev/null 2>/dev/null; '
    f"then exec sudo -n {RUN}; else exec {RUN}; fi"
)


@dataclass(frozen=True, slots=True)
class Loop:
    """Fetches that one shell samples."""

    asked: tuple[Asked, ...]
    units: tuple[str, ...] = ()
    privileged: bool = False

    @property
    def streams(self) -> bool:
        """Whether it is a command that stamps its output itself."""
        return self.asked[0].fetch.streams

    @property
    def shows(self) -> bool:
        """Whether it is a command of network gear, which has no shell."""
        return bool(self.asked[0].fetch.devices)

    def command(self, interval_s: float = 1.0) -> str:
        """What the host's shell is told to run; a script of ours follows on its input."""
        return AS_ROOT if self.privileged else f"exec {RUN}"

    def script(self, *, nonce: str, interval_s: float = 1.0, seconds: float = 0.0) -> str:
        """What that shell reads."""
        variables = {n: v for one in self.asked for n, v in one.variables.items()}
        if self.units:
            variables[UNITS] = " ".join(self.units)
        fetches = [one.prefaced for one in self.asked]
        if self.streams:
            return stream(fetches[0], interval_s=interval_s, seconds=seconds, variables=variables)
        return script(
            fetches,
            nonce=nonce,
            interval_s=interval_s,
            seconds=seconds,
            variables=variables,
            sudo=self.privileged,
        )


def loops(plan: Plan, *times: When, sudo: bool = False) -> tuple[Loop, ...]:
    """The loops for what is sampled, or for what else is to be read in one go."""
    rest: dict[bool, list[Asked]] = {False: [], True: []}
    beside: list[Loop] = []
    for asked in plan.when(*(times or (When.SAMPLED,))):
        fetch = asked.fetch
        alone = fetch.apart or fetch.streams or fetch.devices or asked.variables or asked.preface
        if alone:
            beside.append(Loop((asked,), plan.units, sudo and asked.fetch.privileged))
        else:
            rest[sudo and asked.fetch.privileged].append(asked)
    shared = [Loop(tuple(found), plan.units, root) for root, found in rest.items() if found]
    return (*shared, *beside)


@dataclass(slots=True)
class Recording:
    """A loop at work: what it sends goes into raw/<component>/ of a run."""

    loop: Loop
    nonce: str
    sink: Demultiplexer | StreamSink
    limit_bytes: int
    runs: list[Done] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        loop: Loop,
        folder: Callable[[str], Path],
        limit_bytes: int,
        clean: Callable[[], Clean] | None = None,
    ) -> Recording:
        """folder: where a component's raw files lie. limit_bytes: of text, for each file.

        clean: gives what the text of one file goes through.
        """
        routed = [
            Routed(
                a.fetch, tuple(folder(name) for name in a.components), clean() if clean else None
            )
            for a in loop.asked
        ]
        nonce = new_nonce()
        if loop.streams or loop.shows:
            return cls(loop, nonce, StreamSink(routed[0], limit_bytes=limit_bytes), limit_bytes)
        sink = Demultiplexer(routed, nonce, limit_bytes=limit_bytes)
        return cls(loop, nonce, sink, limit_bytes)

    def run(self, session: Session, *, interval_s: float = 1.0, seconds: float = 0.0) -> Done:
        """Sample for `seconds` (0: once), until `stop` is called, or the connection ends.

        Run again (before the load and after it), it goes on with the same files.
        """
        if self.loop.shows:
            return self._show(session)
        if isinstance(self.sink, Demultiplexer):
            self.sink.begin()
        text = self.loop.script(nonce=self.nonce, interval_s=interval_s, seconds=seconds)
        done = session.run(
            self.loop.command(interval_s),
            self.sink,
            seconds=seconds + END_S,
            limit=max(self.limit_bytes * len(self.loop.asked), BYTES),
            stdin=text.encode(),
            stop=self.sink.stop,
        )
        self.runs.append(done)
        return done

    def _show(self, session: Session) -> Done:
        """What gear shows, stamped by our clock, for its own is not known."""
        parts: list[bytes] = []
        at_s, limit = time.time(), min(self.limit_bytes, BYTES)
        command = self.loop.asked[0].fetch.command
        done = session.run(command, parts.append, limit=limit, stop=self.sink.stop)
        if done.ok or done.truncated:
            self.sink(f"# {at_s:.3f}\n".encode() + b"".join(parts))
        self.runs.append(done)
        return done

    def stop(self) -> None:
        """End it; `run` returns."""
        self.sink.stop.set()

    def close(self) -> list[Recorded]:
        """Put the files in their places."""
        return self.sink.close()

    @property
    def answers(self) -> list[Answer]:
        """What the host said of each fetch; nothing of a command that stamps itself."""
        return self.sink.answers if isinstance(self.sink, Demultiplexer) else []

    @property
    def cost(self) -> Cost:
        """What it took of the host."""
        return self.sink.cost if isinstance(self.sink, Demultiplexer) else Cost()
