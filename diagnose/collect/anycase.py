"""Substitution whatever the case, several times as fast as `re` does it by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Match = re.Match[bytes]


class AnyCase:
    r"""A pattern in lower case that begins where a word does.

    It is looked for in the text in lower case, and applied to the text where it was found.

    >>> AnyCase(rb"(cookie: )(\w+)", [b"cookie"]).sub(lambda m: m[1] + b"-", b"Cookie: Abc")
    b'Cookie: -'
    """

    def __init__(self, pattern: bytes, words: Sequence[bytes], marks: bytes = b"") -> None:
        """words: one of them must stand in a text for the pattern to be tried, and so must one
        of the characters `marks`."""
        self._words, self._marks = tuple(words), [bytes([mark]) for mark in marks]
        self._fast = re.compile(rb"\b(?:" + pattern + rb")")
        self._exact = re.compile(rb"(?i)\b(?:" + pattern + rb")")

    def places(self, text: bytes) -> list[int]:
        """Where it stands."""
        low = text.lower()
        return [hit.start() for hit in self._fast.finditer(low)] if self._may(low) else []

    def sub(self, made: Callable[[Match], bytes], text: bytes) -> bytes:
        """The text with what was made of each match in its place."""
        low = text.lower()
        if not self._may(low):
            return text
        out, done = [], 0
        for hit in self._fast.finditer(low):
            match = self._exact.match(text, hit.start())
            if match is not None and match.start() >= done:
                out += [text[done : match.start()], made(match)]
                done = match.end()
        return b"".join([*out, text[done:]]) if out else text

    def _may(self, low: bytes) -> bool:
        if self._marks and not any(mark in low for mark in self._marks):
            return False
        return any(word in low for word in self._words)
