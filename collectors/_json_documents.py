"""JSON as commands print it: one document, or one after each stamp of a sampling loop.

while :; do echo "$(date +%s.%N) $(ip -s -j link)"; sleep 1; done
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from diagnose.badlines import BadLines
from diagnose.rawfile import Head, RawFile, decode
from diagnose.stamps import blocks

_DECODER = json.JSONDecoder()


def documents(raw: RawFile, bad: BadLines) -> Iterator[tuple[float, int, Any]]:
    """(time, line, document); what is torn is noted once, and what follows it still read."""
    text = decode(raw.whole())
    for block in blocks(enumerate(text.splitlines(), start=1)):
        number = block.lines[0][0]
        body = "\n".join(line for _, line in block.lines)
        try:
            yield block.at_s, number, orjson.loads(body)
        except orjson.JSONDecodeError:
            for line, document in _one_by_one(block.lines, bad):
                yield block.at_s, line, document


def _one_by_one(lines: list[tuple[int, str]], bad: BadLines) -> Iterator[tuple[int, Any]]:
    """Documents set one after the other without a stamp, or a torn one."""
    text = "\n".join(line for _, line in lines)
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        number, line = lines[text.count("\n", 0, at)]
        try:
            document, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            bad.note(number, line)
            at = _next_line(text, at)
            continue
        yield number, document


def _next_line(text: str, at: int) -> int:
    """Where the next line begins that could open a document; the end if none does."""
    while (at := text.find("\n", at) + 1) > 0:
        if text[at : at + 1] in ("[", "{"):
            return at
    return len(text)


def rows(document: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list; iproute2 prints {} for what a filter took out."""
    for row in document if isinstance(document, list) else ():
        if isinstance(row, dict) and row:
            yield row


def number_of(row: Any, key: str) -> float | None:
    """A number under a key; None where it is missing or something else."""
    value = row.get(key) if isinstance(row, dict) else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if abs(value) < 1e300 else None


def opens_with(head: Head, brackets: str) -> bool:
    """Whether the first line that bears text opens a JSON document of this kind."""
    return any(line.lstrip().startswith(brackets) for line in _first(head.body))


def _first(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line
        return
