"""Cuts the bytes of a recorder at its marks, however they come in, within a fixed memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

FRAME_BYTES = 4 * 2**20  # an output longer than this is dropped (a choice)
MARK_BYTES = 1024  # and a mark longer than this is none


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark, and the bytes that stood between the one before it and itself.

    whole is False where some of those bytes were dropped because they were too many.
    """

    kind: str
    words: tuple[str, ...]
    before: bytes
    whole: bool = True


@dataclass(slots=True)
class Frames:
    """Bytes in, marks out. `dropped` counts bytes that belong to no whole output.

    >>> marks = Frames("n0").feed(b"motd\\n@n0 f 1 5.00\\nhey\\n\\n@n0 z end\\n")
    >>> [(mark.kind, mark.words, mark.before) for mark in marks]
    [('f', ('1', '5.00'), b'motd'), ('z', ('end',), b'hey\\n')]
    """

    nonce: str
    dropped: int = 0
    _held: bytearray = field(default_factory=bytearray)
    _looked: int = 0  # so many bytes of it hold no mark
    _whole: bool = True

    def feed(self, data: bytes) -> Iterator[Mark]:
        """The marks that are complete by now."""
        self._held += data
        start = b"\n@" + self.nonce.encode() + b" "
        while (at := self._held.find(start, self._looked)) >= 0:
            end = self._held.find(b"\n", at + 1)
            if end < 0 and len(self._held) - at <= MARK_BYTES:
                self._looked = at
                return
            if end < 0 or end - at > MARK_BYTES:  # no mark: bytes like others
                self._looked = at + len(start)
                continue
            before = bytes(self._held[:at])
            kind, _, rest = (
                self._held[at + len(start) : end].decode("utf-8", "replace").partition(" ")
            )
            del self._held[: end + 1]
            self._looked, whole, self._whole = 0, self._whole, True
            yield Mark(kind, tuple(_plain(rest).split(" ")) if rest else (), before, whole)
        self._looked = max(len(self._held) - len(start) + 1, self._looked, 0)
        self._bound()

    def _bound(self) -> None:
        """Bytes without end and without a mark are dropped as they come."""
        if len(self._held) > FRAME_BYTES:
            gone = min(self._looked, len(self._held))
            self.dropped += gone
            self._whole = False
            del self._held[:gone]
            self._looked = 0

    def begin(self) -> None:
        """Another recorder follows: what the last one did not finish is dropped."""
        self.dropped += len(self._held)
        self._held.clear()
        self._looked, self._whole = 0, True


def _plain(text: str) -> str:
    """Without what could move a terminal's cursor."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "\N{REPLACEMENT CHARACTER}", text)
