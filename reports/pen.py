"""A pen for terminals: knows the line's width, the colours and the letters it may use."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import click
import numpy as np

from diagnose.readings import Array

from .phrases import NBSP, bound, clean

_ASCII = {
    "·": "-", "–": "-", "—": "-", "−": "-", "→": "->", "…": "...", "µ": "u", "×": "x", "≤": "<=",
    "≥": ">=", "•": "*", "▲": "^", "✓": "+", "“": '"', "”": '"', "’": "'", "‘": "'", "�": "?",
    NBSP: " ",
}  # fmt: skip
BLOCKS, ASCII_BLOCKS = "▁▂▃▄▅▆▇█", "_.:-=+*#"
EIGHTHS = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True, slots=True)
class Pen:
    """colour: ANSI styles; width: columns of a line; ascii: nothing beyond ASCII."""

    colour: bool
    width: int
    ascii: bool = False

    def text(self, text: str) -> str:
        """What can be written of a text: no control characters, and ASCII if need be."""
        return to_ascii(clean(text)) if self.ascii else clean(text)

    def style(self, text: str, style: str = "") -> str:
        """style is one of "", "strong", "quiet", "alarm", "good", "mark"."""
        if not self.colour or not style or not text:
            return text
        return click.style(text, **_STYLES[style])  # type: ignore[arg-type]

    def wrap(self, text: str, room: int) -> list[str]:
        """Lines of at most `room` columns; a number is never parted from its unit."""
        lines: list[str] = []
        line = ""
        for word in _words(self.text(bound(text)), room):
            longer = f"{line} {word}" if line else word
            if line and columns(longer) > room:
                lines.append(line)
                line = word
            else:
                line = longer
        return [part.replace(NBSP, " ") for part in [*lines, line] if part]

    def clipped(self, name: str, room: int) -> str:
        """A name that is too long for its column without its middle."""
        if columns(name) <= room:
            return name
        gap = self.text("…")
        head, tail = name[: room // 2], name[max(1, len(name) - room // 2) :]
        while tail and columns(head + gap + tail) > room:
            head, tail = head[: len(tail)], tail[1:]
        return head + gap + tail

    def left(self, text: str, room: int) -> str:
        """Text and as many blanks as it lacks."""
        return text + " " * (room - columns(text))

    def right(self, text: str, room: int) -> str:
        """Blanks and text."""
        return " " * (room - columns(text)) + text

    def spark(self, heights: Array) -> str:
        """One letter a height of 0..1; a blank where it was not measured."""
        letters = ASCII_BLOCKS if self.ascii else BLOCKS
        top = len(letters) - 1
        return "".join(
            " " if np.isnan(h) else letters[min(top, max(0, round(float(h) * top)))]
            for h in heights
        )

    def bar(self, share: float, room: int) -> str:
        """A bar of share × room columns, to an eighth of a column."""
        if not share > 0:
            return ""
        eighths = max(1, round(min(share, 1.0) * room * 8))
        if self.ascii:
            return "#" * max(1, round(eighths / 8))
        return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


_STYLES: dict[str, dict[str, object]] = {
    "strong": {"bold": True},
    "quiet": {"dim": True},
    "alarm": {"fg": "red"},
    "good": {"fg": "green"},
    "mark": {"fg": "yellow"},
    "bar": {"fg": "blue"},
}


def to_ascii(text: str) -> str:
    """The nearest that ASCII can say.

    >>> to_ascii("27 µs → 3 × café 備")
    '27 us -> 3 x cafe ?'
    """
    if text.isascii():
        return text
    text = "".join(_ASCII.get(c, c) for c in text)
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return plain.encode("ascii", "replace").decode("ascii")


def columns(text: str) -> int:
    """Columns that a text takes: two for a wide letter, none for a combining mark.

    >>> columns("備考"), columns("e\\u0301")
    (4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(_width(c) for c in text)


def _width(c: str) -> int:
    if unicodedata.combining(c):
        return 0
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1


def _words(text: str, room: int) -> list[str]:
    """Words; one that is wider than a line (a path, a text without spaces) in pieces."""
    words: list[str] = []
    for word in text.split(" "):
        while columns(word) > room:
            cut = _cut(word, room)
            words.append(word[:cut])
            word = word[cut:]
        if word:
            words.append(word)
    return words


def _cut(word: str, room: int) -> int:
    """Where to part a word: after its last mark that fits, else where the line ends."""
    fits = 1
    while fits < len(word) and columns(word[: fits + 1]) <= room:
        fits += 1
    mark = max(word.rfind(c, 0, fits) for c in "/_-.,:;)=")
    return mark + 1 if mark >= fits // 2 else fits
