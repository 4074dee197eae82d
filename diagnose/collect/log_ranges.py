"""Bytes of one file on a host, from here to there, whatever it is called by now.

Only blocks are asked for, by `dd`, which seeks in a large file where `tail -c +N` of BusyBox
would read all of it. A file is found by its inode among the names that it may have.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from diagnose.collect.log_files import (
    OPENED,
    SECONDS,
    UNPACK,
    LogFile,
    for_each,
    list_files,
)
from diagnose.collect.log_wire import Framed, run_packed
from diagnose.hosts.session import Done, Session, Sink

BLOCK = 1024  # probes begin at multiples of it
CHUNK = 65_536  # blocks of a copy
HEADING = b"opened"


@dataclass(slots=True)
class Cost:
    """What reading has cost so far."""

    bytes_wire: int = 0
    round_trips: int = 0

    def add(self, bytes_wire: int) -> None:
        """One more command."""
        self.bytes_wire += bytes_wire
        self.round_trips += 1


@dataclass(slots=True)
class Reader:
    """Reads one file of a log."""

    session: Session
    globs: Sequence[str]
    file: LogFile
    privileged: bool = False
    seconds: float = SECONDS
    cost: Cost = field(default_factory=Cost)

    def blocks(self, places: Sequence[tuple[int, int]]) -> list[bytes] | None:
        """Bytes at (offset, length) places, rising and apart; None where the file is gone.

        Offsets and lengths are multiples of BLOCK. What lies past the end is missing.
        """
        if self.file.packing:
            return None
        parts: list[bytes] = []
        total = sum(length for _, length in places)
        _, opened = self._once(_dd_each(places), parts.append, total, None)
        raw, found, at = b"".join(parts), list[bytes](), 0
        if not opened or len(raw) < total:
            return None
        for offset, length in places:
            found.append(raw[at : at + max(0, min(length, self.file.size - offset))])
            at += length
        return found

    def copy(
        self, start: int, length: int, sink: Sink, stop: threading.Event | None = None
    ) -> tuple[Done, bool]:
        """Give `length` bytes from `start` on to a sink; False where the file is gone.

        Of a packed file that the host can unpack they are plain bytes, else as they lie there.
        """
        done, opened = self._once(self._copying(start, length), sink, length, stop)
        if not opened and done.ok and self.find_again():
            done, opened = self._once(self._copying(start, length), sink, length, stop)
        return done, opened

    def script(self, body: str, sink: Sink, most: int) -> tuple[Done, bool]:
        """Run a script whose standard input is the file."""
        return self._once(body, sink, most, None)

    @property
    def unpack(self) -> str:
        """What unpacks standard input; "" where nothing does, or need not."""
        how = UNPACK.get(self.file.packing, "") if self.file.tool else ""
        return f"{how} 2>/dev/null" if how else ""

    def _copying(self, start: int, length: int) -> str:
        if self.unpack:
            return f"{self.unpack} | tail -c +{start + 1} | head -c {length}"
        skip, rest = divmod(start, CHUNK)
        count = (rest + length + CHUNK - 1) // CHUNK
        dd = f"dd bs={CHUNK} skip={skip} count={count} 2>/dev/null"
        return f"{dd} | tail -c +{rest + 1} | head -c {length}"

    def _once(
        self, body: str, sink: Sink, most: int, stop: threading.Event | None
    ) -> tuple[Done, bool]:
        heading = HEADING.decode()
        # One that was cut since is not what was listed; a packed one has another size.
        size = 0 if self.file.packing else self.file.size
        mine = f'[ "$1" = {self.file.inode} ] && [ "$6" -ge {size} ]'
        opened = f"{{ {OPENED}; {mine} && {{ echo {heading}\n{body}\nexit; }}; }}"
        framed = Framed(lambda line: line == HEADING, sink)
        done, wire = run_packed(
            self.session,
            for_each(
                self.globs,
                f'[ -r "$f" ] || continue\n{opened} < "$f"',
                inside=self.privileged,
            ),
            framed,
            most=most + len(HEADING) + 1,
            seconds=self.seconds,
            privileged=self.privileged,
            stop=stop,
        )
        self.cost.add(wire.wire)
        said = f"read {self.file.path} (inode {self.file.inode})"
        return replace(done, command=said), framed.accepted is True

    def find_again(self) -> bool:
        """Look for the file once more, by its first bytes: it was packed, or copied and cut.

        Whether it is known where it is now.
        """
        now = list_files(self.session, self.globs, seconds=self.seconds)
        self.cost.add(now.bytes_wire)
        known = self.file.fingerprint()
        for file in now.files:
            same = file.fingerprint(len(self.file.head)) == known
            if file.readable and same and self.file.head and file.inode != self.file.inode:
                self.file = replace(file, size=self.file.size, head=self.file.head)
                self.privileged = now.privileged
                return True
        return False


def _dd_each(places: Sequence[tuple[int, int]]) -> str:
    """Blocks of standard input, each filled up with zeros to its length."""
    script, at = [], 0
    for offset, length in places:
        skip, count = (offset - at) // BLOCK, length // BLOCK
        zeros = f"dd if=/dev/zero bs={BLOCK} count={count} 2>/dev/null"
        dd = f"dd bs={BLOCK} skip={skip} count={count} 2>/dev/null"
        script.append(f"{{ {dd}; {zeros}; }} | head -c {length}")
        at = offset + length
    return "\n".join(script)
