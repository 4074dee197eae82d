"""Text from a host, made fit for our terminal and our files."""

from __future__ import annotations

KEPT = "\n\t"


def printable(raw: bytes | str) -> str:
    r"""The text with whatever could move a cursor or reverse a line shown as an escape.

    >>> printable(b"\x1b[2Jgone\r\n")
    '\\x1b[2Jgone\\x0d\n'
    """
    text = raw if isinstance(raw, str) else raw.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in KEPT else _escape(c) for c in text)


def _escape(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
