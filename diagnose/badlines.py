"""Lines that a parser could not read: counted, a few kept, never lost unseen."""

from __future__ import annotations

from dataclasses import dataclass, field

from diagnose.errors import UnreadableSource

KEPT = 3
SHOWN = 160  # characters of a bad line that are kept
# A log of another format is bad from its first line on; a torn tail is not.
ALL_BAD = 100


@dataclass(slots=True)
class BadLines:
    """The bad lines of one raw file; the report prints `count` beside its name."""

    path: str
    count: int = 0
    kept: list[tuple[int, str]] = field(default_factory=list)

    def note(self, number: int, line: str) -> None:
        """Note line `number` (from 1).

        Raises:
            UnreadableSource: it is the hundredth, and none before it was good.
        """
        self.count += 1
        if len(self.kept) < KEPT:
            self.kept.append((number, line.rstrip("\r\n")[:SHOWN]))
        if self.count == number == ALL_BAD:
            raise UnreadableSource(
                self.path,
                f"no line is of the expected format; the first is {self.kept[0][1]!r}",
                line=self.kept[0][0],
                hint="run `diagnose formats` to see what is read",
            )
