"""JSON objects in a text that may hold other lines: two outputs in one file, runs appended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from diagnose.rawfile import LONGEST_LINE, Head, RawFile, decode

_DECODER = json.JSONDecoder(parse_constant=lambda _: None)


def objects(raw: RawFile) -> Iterator[tuple[int, dict[str, Any] | None, str]]:
    """(line, object, its first line) of each object that begins a line; None for a torn one.

    Objects that are set in deeper than a torn one are parts of it.
    """
    text = decode(raw.whole())
    at, line, deepest = 0, 1, LONGEST_LINE
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        start = end - len(text[at:end].lstrip())
        if text[start : start + 1] == "{" and start - at <= deepest:
            made, stop = _decoded(text, start)
            deepest = start - at if made is None else LONGEST_LINE
            yield line, made, text[at:end]
            if made is not None:
                line += text.count("\n", at, stop)
                at = stop
                continue
        at, line = end + 1, line + 1


def _decoded(text: str, start: int) -> tuple[dict[str, Any] | None, int]:
    try:
        made, stop = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, start
    return made, stop


def keys_of(head: Head) -> set[str]:
    """Names that stand before a colon in the head of a file: what a torn object still tells."""
    return {part.rsplit('"', 1)[-1] for part in head.text.split('":')[:-1]}


def number_of(value: Any) -> float:
    """A number of a document; NaN for anything else."""
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if good and abs(value) < 1e300 else float("nan")


def part_of(document: Any, name: str) -> dict[str, Any]:
    """The object under a name; an empty one where there is none."""
    value = document.get(name) if isinstance(document, dict) else None
    return value if isinstance(value, dict) else {}
