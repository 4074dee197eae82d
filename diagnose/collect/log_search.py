"""Where in a long file the entries of a time begin, found by reading a few blocks of it.

Several places are read in one round trip, and what lies between the last one before the time
and the first one after it is looked at again, until it is short enough to be read whole. What
bears no time (holes of a sparse file, a dump of a megabyte) is passed by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from diagnose.collect.log_ranges import BLOCK
from diagnose.collect.log_times import Entry, HostTime, Shape, shape_of

PROBES = 15  # places in one round trip, for each time that is looked for
PROBE = 2 * BLOCK  # bytes of each at first
LONG_PROBE = 64 * BLOCK  # where no shorter one has a time in it
FINE = 64 * BLOCK  # so much is read whole
MOST_ROUNDS = 16
Places: TypeAlias = Sequence[tuple[int, int]]
Way: TypeAlias = tuple[Callable[[int, int, int, int], Iterable[int]], int]
Blocks: TypeAlias = Callable[[Places], list[bytes] | None]


class Gone(Exception):
    """The file was renamed, cut or packed while it was searched."""


@dataclass(slots=True)
class Edge:
    """The first entry that is not before `at_s` begins after `low`, at `high` at the latest.

    ends: what follows an entry without a time of its own still belongs to it.
    """

    at_s: float
    high: int
    ends: bool = False
    low: int = 0
    settled: bool = False

    @property
    def width(self) -> int:
        return self.high - self.low


@dataclass(slots=True)
class Search:
    """A search in one file. first_s: the time of its first entry, NaN where none is known."""

    blocks: Blocks
    size: int
    host: HostTime
    shape: Shape | None = None
    first_s: float = math.nan
    _seen: dict[int, float] = field(default_factory=dict)  # where entries begin, and their times
    _ways: tuple[Way, ...] = ()

    def __post_init__(self) -> None:
        self._ways = ((_between, PROBE), (_near_ends, PROBE), (_between, LONG_PROBE))

    def learn(self) -> bool:
        """Read the file's ends and places between; whether times can be read there."""
        ends = [(0, min(8 * PROBE, self.size))]
        inner = [(at, PROBE) for at in _between(8 * PROBE, self.size - 8 * PROBE, PROBES, PROBE)]
        last = max(ends[0][1], (self.size - 8 * PROBE) // BLOCK * BLOCK)
        ends.append((last, 9 * PROBE))
        places = [(at, _up(length)) for at, length in (ends[0], *inner, ends[1])]
        chunks = self._read(places)
        self.shape = shape_of([self._whole_lines(at, chunk)[1] for at, chunk in chunks], self.host)
        for at, chunk in chunks:
            self._take(at, chunk)
        return self.shape is not None

    def edges(self, begin_s: float, end_s: float) -> tuple[int, int]:
        """Offsets of the first byte of a time and of the first one after it.

        Raises:
            Gone: the file is not there any more.
        """
        begin, end = Edge(begin_s, self.size), Edge(end_s, self.size, ends=True)
        edges = [begin, end]
        for _ in range(MOST_ROUNDS):
            for edge in edges:
                self._narrow(edge)
            wide = [edge for edge in edges if not edge.settled and edge.width > FINE]
            if not wide or not self._look(wide):
                break
        self._finish(edges)
        return begin.high, max(begin.high, end.high)

    def _narrow(self, edge: Edge) -> None:
        """By all that was seen. A few entries out of order do not mislead it far."""
        edge.low, edge.high = 0, self.size
        for start in sorted(self._seen):
            if self._seen[start] >= edge.at_s:
                edge.high = start
                break
            edge.low = start
        if self.first_s >= edge.at_s:
            edge.high, edge.settled = 0, True

    def _look(self, edges: list[Edge]) -> bool:
        """Read places within; False where nothing more is to be learned."""
        before = len(self._seen)
        while self._ways:
            places_in, length = self._ways[0]
            places = {at: length for e in edges for at in places_in(e.low, e.high, PROBES, length)}
            for at, chunk in self._read(_apart(places)):
                self._take(at, chunk)
            if len(self._seen) > before:
                return True
            self._ways = self._ways[1:]
        return False

    def _finish(self, edges: list[Edge]) -> None:
        """Read what is left between low and high whole, or its beginning where it is long."""
        wanted: dict[int, int] = {}
        open_edges = [e for e in edges if not e.settled and (e.width <= FINE or e.ends)]
        for edge in open_edges:
            at = edge.low // BLOCK * BLOCK
            wanted[at] = max(wanted.get(at, 0), _up(min(edge.width, FINE) + 2 * BLOCK))
        chunks = dict(self._read(_apart(wanted)))
        for edge in open_edges:
            at = max(start for start in chunks if start <= edge.low)
            edge.high = self._exact(edge, at, chunks[at])

    def _exact(self, edge: Edge, at: int, chunk: bytes) -> int:
        last = edge.low
        for entry in self._entries(at, chunk):
            if entry.start >= edge.high:
                break
            if entry.start >= edge.low and entry.at_s >= edge.at_s:
                return entry.start
            last = max(last, entry.start)
        if edge.width <= FINE:
            return edge.high
        end = chunk.rfind(b"\n", 0, last - at + FINE)
        return at + end + 1 if end >= 0 else edge.high

    def _entries(self, at: int, chunk: bytes) -> Iterator[Entry]:
        skipped, lines = self._whole_lines(at, chunk)
        if self.shape is not None:
            for entry in self.shape.entries(lines, self.host):
                yield Entry(at + skipped + entry.start, entry.at_s)

    def _whole_lines(self, at: int, chunk: bytes) -> tuple[int, bytes]:
        """The whole lines of a chunk, and how far in they begin."""
        first = chunk.find(b"\n") + 1 if at else 0
        last = len(chunk) if at + len(chunk) >= self.size else chunk.rfind(b"\n") + 1
        return (first, chunk[first:last]) if first or not at else (len(chunk), b"")

    def _take(self, at: int, chunk: bytes) -> None:
        entries = list(self._entries(at, chunk))
        if not entries:
            return
        if at == 0:
            self.first_s = entries[0].at_s
        # The last of a chunk narrows what comes after as the first does what comes before.
        for entry in (entries[0], entries[-1]):
            self._seen[entry.start] = entry.at_s

    def _read(self, places: Places) -> list[tuple[int, bytes]]:
        if not places:
            return []
        chunks = self.blocks(places)
        if chunks is None:
            raise Gone
        return [(at, chunk) for (at, _), chunk in zip(places, chunks, strict=True)]


def _up(length: int) -> int:
    return max(BLOCK, -(-length // BLOCK) * BLOCK)


def _between(low: int, high: int, count: int, length: int) -> list[int]:
    """Places at even distances within, each so long that it touches no other."""
    step = max(length, (high - low) // (count + 1) // BLOCK * BLOCK)
    first = _up(low + 1) if low else step
    places = range(first, high - length, step) if high - length > first else ()
    return [at // BLOCK * BLOCK for at in places]


def _near_ends(low: int, high: int, count: int, length: int) -> list[int]:
    """Places at doubling distances from either end: what lies between may be one large hole."""
    step = max(FINE, (high - low) >> count)
    steps = [step << i for i in range(count) if step << i < high - low]
    return sorted({_up(low + s) for s in steps} | {(high - s) // BLOCK * BLOCK for s in steps})


def _apart(places: dict[int, int]) -> list[tuple[int, int]]:
    """Places in order; what would begin inside the one before is joined to it."""
    joined: list[tuple[int, int]] = []
    for at, length in sorted(places.items()):
        if joined and at < joined[-1][0] + joined[-1][1]:
            start, so_far = joined[-1]
            joined[-1] = start, max(so_far, at + length - start)
        else:
            joined.append((at, length))
    return joined
