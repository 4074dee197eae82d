"""What a recorder sends, put into one file of stamped text for each of its fetches.

A sample is kept whole or not at all: the last one of a connection that broke off, and one
whose command failed, are dropped and counted. Nothing that a host sends names a file.
"""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from diagnose.collect.frames import Frames, Mark
from diagnose.collect.hosttime import Cost, HostClock, Meter
from diagnose.collect.recorder import PATH
from diagnose.collect.stamped import Recorded, Routed, StampedFile
from diagnose.fetches import Fetch

FLUSH_S = 10.0  # of a recording are lost at most where it is killed (a choice)
PATHS = 4096  # that a host may name (a choice: a hostile one would name more)
_HEADING = re.compile(rf"(?:\A|\n)==> (/[{PATH}]+) <==\n".encode())
_PATH = re.compile(rf"/[{PATH}]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a fetch was there: "y", "w" (it makes no sense here), "n" (`why`), "" (not known)."""

    fetch: Fetch
    state: str = ""
    why: str = ""


class Demultiplexer:
    """A sink for the bytes of a recorder; `close` puts the files in their places.

    Several runs of one script, one after the other, go into the same files (counters before
    and after the load): call `begin` in front of each. It never raises while bytes come;
    `stop` is set when nothing more would be kept.
    """

    def __init__(self, routed: Sequence[Routed], nonce: str, *, limit_bytes: int) -> None:
        """limit_bytes: of text, for each file."""
        self.stop = threading.Event()
        self._files = [StampedFile(r.fetch, r.folders, limit_bytes, r.clean) for r in routed]
        self._answers = [Answer(one.fetch) for one in routed]
        self._frames, self._clock, self._meter = Frames(nonce), HostClock(), Meter()
        self._owner: dict[bytes, int] = {}
        self._open: Mark | None = None
        self._strange = 0
        self._flushed = time.monotonic()

    def __call__(self, data: bytes) -> None:
        """Take bytes, cut anywhere."""
        for mark in self._frames.feed(data):
            self._finish(mark)
            if not self._note(mark):
                self._strange += 1
            self._open = mark
        if time.monotonic() - self._flushed > FLUSH_S:
            self.flush()

    feed = __call__

    def begin(self) -> None:
        """Another run of the script follows."""
        self._frames.begin()
        self._open = None

    def flush(self) -> None:
        """What is complete goes to the disk."""
        self._flushed = time.monotonic()
        for file in self._files:
            file.flush()
        if self._files and all(file.stopped for file in self._files):
            self.stop.set()

    def close(self) -> list[Recorded]:
        """The files that stand now, without those in which there would be nothing."""
        self.begin()
        return [done for file in self._files if (done := file.close()) is not None]

    @property
    def answers(self) -> list[Answer]:
        """What the host said of each fetch."""
        return list(self._answers)

    @property
    def cost(self) -> Cost:
        """What the recorder took of the host so far."""
        offset_s = self._clock.offset_s
        slow = tuple((began + offset_s, ended + offset_s) for began, ended in self._meter.slow)
        return replace(self._meter.cost, slow=() if math.isnan(offset_s) else slow)

    @property
    def dropped_bytes(self) -> int:
        """Bytes that belong to no whole sample."""
        return self._frames.dropped

    @property
    def strange_marks(self) -> int:
        """Marks that no recorder of ours writes."""
        return self._strange

    def _finish(self, mark: Mark) -> None:
        """What stood before this mark is the output that the mark before announced."""
        opened, output = self._open, mark.before
        kind = opened.kind if opened else ""
        at_s = self._clock.at_s(opened.words[-1:]) if opened and kind in "tf" else math.nan
        if math.isnan(at_s) or not mark.whole:
            self._frames.dropped += len(output)
        elif kind == "t":
            self._bulk(at_s, output)
        elif (i := self._index(opened.words if opened else ())) >= 0:
            failed = mark.kind == "x" and self._index(mark.words) == i
            self._files[i].failed += failed
            if failed:
                self._frames.dropped += len(output)
            elif output.strip():
                self._files[i].add(at_s, output)

    def _bulk(self, at_s: float, output: bytes) -> None:
        """Files one after the other, as `tail -n +1` prints them."""
        outputs: dict[int, list[bytes]] = {}
        headings = list(_HEADING.finditer(output))
        ends = [*(heading.start() for heading in headings[1:]), len(output)][: len(headings)]
        for heading, end in zip(headings, ends, strict=True):
            i, text = self._owner.get(heading[1], -1), output[heading.end() : end]
            if i >= 0 and text.strip():
                several = self._files[i].fetch.several
                outputs.setdefault(i, []).append(_prefixed(heading[1], text) if several else text)
        for i, texts in outputs.items():
            self._files[i].add(at_s, b"".join(texts))

    def _index(self, words: Sequence[str]) -> int:
        """The place of the fetch that a mark names; -1 where there is none."""
        text = words[0] if words else ""
        known = text.isdecimal() and len(text) < 5 and int(text) < len(self._files)
        return int(text) if known else -1

    def _note(self, mark: Mark) -> bool:
        """What a mark itself says; False where it is none of ours."""
        kind, words = mark.kind, mark.words
        i = self._index(words)
        if kind in ("c", "d"):
            return self._clock.read(kind, " ".join(words))
        if kind == "k":
            return self._meter.read(words)
        if kind == "h":
            return self._meter.begin(words)
        if kind == "n":
            return i >= 0 and self._named(i, words[-1])
        if kind == "a":
            return i >= 0 and self._answered(i, words[1:])
        return kind in ("t", "z") or (i >= 0 and kind in ("f", "x"))

    def _named(self, i: int, path: str) -> bool:
        known = len(self._owner) < PATHS and _PATH.fullmatch(path) and self._files[i].fetch.reads
        if known:
            self._owner[path.encode()] = i
        return bool(known)

    def _answered(self, i: int, words: Sequence[str]) -> bool:
        if not words or words[0] not in ("y", "w", "n"):
            return False
        if self._answers[i].state != "y":  # what was there once was there
            why = " ".join(words[1:]).strip()
            self._answers[i] = Answer(self._answers[i].fetch, words[0], why)
        return True


def _prefixed(path: bytes, text: bytes) -> bytes:
    """Lines as `grep .` prints them."""
    return b"".join(b"%b:%b\n" % (path, line) for line in text.splitlines() if line)
