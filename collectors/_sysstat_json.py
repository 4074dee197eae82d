"""JSON of the sysstat tools, cut at each sample so that a day fits in little memory.

All of them write one frame: {"sysstat": {"hosts": [{…, "statistics": [sample, sample, …]}]}}.
A sample begins with its timestamp, or (iostat without -t) with its first statistic.
"""

from __future__ import annotations

import io
import json
import lzma
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import orjson

from diagnose.badlines import BadLines
from diagnose.rawfile import RawFile, decode
from diagnose.readings import Fact, Limit, Reading

PIECE = 1 << 20
_START = re.compile(rb'\{\s*"(?:timestamp|avg-cpu|disk|cpu-load)"\s*:')
_HEADER = re.compile(r'"(nodename|release|number-of-cpus|timezone|date)"\s*:\s*"?([^",\n]*)')
# Before 11.5.5 a comma stood for the decimal point in locales that write one.
_COMMA = re.compile(r'(": ?-?\d+),(\d+)(?=[,}\s])')
_FACTS = {"nodename": "host.name", "release": "os.kernel", "timezone": "os.timezone"}


class Sample(NamedTuple):
    """One sample: what it says, its text as it stood, and the line it begins at."""

    content: dict[str, Any]
    text: bytes
    line: int
    host: dict[str, str]  # the header in force
    first: bool  # of its header

    @property
    def head(self) -> str:
        """How it begins, on one line, for a note."""
        return " ".join(decode(self.text[:400]).split())


def samples(raw: RawFile, bad: BadLines, reading: Reading) -> Iterator[Sample]:
    """Every complete sample; header lines become facts, a torn end one note."""
    host: dict[str, str] = {}
    first, complete = True, 0
    for line, text, last in _cut(raw):
        content, tail = _load(text)
        if content is None and host:
            _complain(text, line, last, bad, reading)
        elif content is not None:
            yield Sample(content, text, line, host, first)
            first, complete = False, complete + 1
        if tail and (header := list(_HEADER.finditer(tail))):
            host, first = {match[1]: match[2] for match in header}, True
            last_line = line + text.count(b"\n")
            for match in header:
                _announce(match[1], match[2], last_line - tail.count("\n", match.start()), reading)
    if not complete:
        reading.notes.append("the file holds no complete sample")


def _announce(name: str, value: str, line: int, reading: Reading) -> None:
    """What a header says, once; a second run of the same host says nothing new."""
    facts = {(fact.name, fact.value) for fact in reading.facts}
    counts = {limit.value for limit in reading.limits if limit.name == "cpu.count"}
    if name in _FACTS and value and (_FACTS[name], value) not in facts:
        reading.facts.append(Fact(_FACTS[name], value, line=line))
    if name == "number-of-cpus" and value.isdecimal() and float(value) not in counts:
        reading.limits.append(Limit("cpu.count", float(value), line=line))


def _complain(text: bytes, line: int, last: bool, bad: BadLines, reading: Reading) -> None:
    if last:
        reading.notes.append(
            f"the file ends within the sample that begins at line {line}; "
            "every complete sample before it was read"
        )
    bad.note(line, " ".join(decode(text[:400]).split()))


def _load(text: bytes) -> tuple[dict[str, Any] | None, str]:
    """A sample, and the text behind it; None where there is no complete one."""
    if text[:1] != b"{" or not _START.match(text):
        return None, decode(text)
    try:
        return orjson.loads(text.rstrip(b", \t\r\n")), ""
    except orjson.JSONDecodeError:
        plain = decode(text)
    for attempt in (plain, _COMMA.sub(r"\1.\2", plain)):
        try:
            content, end = json.JSONDecoder().raw_decode(attempt)
        except (ValueError, RecursionError):
            continue
        return content, attempt[end:]
    return None, ""


def _cut(raw: RawFile) -> Iterator[tuple[int, bytes, bool]]:
    """(line, bytes, whether it is the last) of what begins at each sample; the header first."""
    line, rest = 1, b""
    for piece in _pieces(raw):
        rest += piece
        starts = [match.start() for match in _START.finditer(rest)]
        # What follows the last start may go on in the next piece.
        for begin, end in zip([0, *starts], starts, strict=False):
            if text := rest[begin:end]:
                yield line, text, False
                line += text.count(b"\n")
        rest = rest[starts[-1] :] if starts else rest
    raw.lines_read = line + rest.count(b"\n") - rest.endswith(b"\n")
    yield line, rest, True


def _pieces(raw: RawFile) -> Iterator[bytes]:
    with raw.open() as opened:
        file = cast(io.BufferedReader, opened)
        first = file.read(3)
        file.seek(0)
        if first[:2] in (b"\xff\xfe", b"\xfe\xff"):
            file = cast(io.BufferedReader, io.BytesIO(decode(file.read()).encode()))
        elif first == b"\xef\xbb\xbf":
            file.read(3)
        try:
            # read1 gives what a torn archive still holds before it complains.
            while piece := file.read1(PIECE):
                yield piece
        except (EOFError, lzma.LZMAError, OSError):
            return  # a torn archive: what came before it stands


class Layout:
    """Which line of a sample a value stands at, for files written as sadf writes them."""

    def __init__(self) -> None:
        self._known: dict[int, dict[str, tuple[int, int]]] = {}

    def of(self, text: bytes) -> dict[str, tuple[int, int]]:
        """Statistic → (line of its name, lines between its entries), from the sample's own.

        >>> places = Layout().of(b'{"timestamp": 1,\\n"disk": [\\n{"x": 1},\\n{"x": 2}\\n]}')
        >>> places["timestamp"], places["disk"]
        ((0, 0), (1, 1))
        """
        height = text.count(b"\n")
        if height not in self._known:
            self._known[height] = _layout(text)
        return self._known[height]


_NAME = re.compile(rb'\s*\{?\s*"([\w-]+)":\s*([\[{])?\s*(\{)?')


def _layout(text: bytes) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    lines = text.split(b"\n")
    for offset, line in enumerate(lines):
        match = _NAME.match(line)
        if match and (name := match[1].decode()) not in found:
            below = lines[offset + 1].strip() if offset + 1 < len(lines) else b""
            own_lines = match[2] == b"[" and not match[3] and below.startswith(b'{"')
            found[name] = (offset, int(own_lines))
    return found
