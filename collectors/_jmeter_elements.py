"""Samples of JMeter's XML, as they stream by: no tree is built, memory is bounded.

A transaction's nested samples are the requests; those nested in a request (redirects,
embedded resources) are parts of it. What cannot be parsed is noted, and the next sample
that begins a line is read again: a killed run, or two files one behind another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from diagnose.badlines import BadLines
from diagnose.rawfile import DAMAGE, RawFile

PIECE = 1 << 20
SAMPLES = ("httpSample", "sample", "sampleResult")
# Attribute → our name; the long ones are of JMeter 2.0.
NAMES = {
    **{"t": "elapsed", "ts": "stamp", "lb": "label", "rc": "code", "rm": "message", "s": "success"},
    **{"tn": "thread", "na": "users", "sc": "samples", "time": "elapsed", "timeStamp": "stamp"},
    **{"responseCode": "code", "responseMessage": "message", "threadName": "thread"},
    **{"label": "label", "success": "success"},
}
AGAIN = re.compile(rb"<\?xml|<testResults|<(?:httpSample|sample|sampleResult)\s")
ROOT = b"<testResults>"
LONGEST_MESSAGE = 400


@dataclass(slots=True)
class Element:
    """One sample, its attributes under our names; which document of the file it stood in."""

    line: int
    document: int
    cells: dict[str, str]
    parts: list[Element] = field(default_factory=list)


class _Stream:
    """One document from its first byte, or samples from where they could be read again."""

    def __init__(self, line: int, document: int, *, whole: bool) -> None:
        self.line, self.document = line, document
        self.done: list[Element] = []
        self.opened: list[Element] = []
        self.closed = False
        self.fed = 0
        self._inside = False  # an assertion's message
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._starts
        self.parser.EndElementHandler = self._ends
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse
        if not whole:
            self.parser.Parse(ROOT)
            self.fed = len(ROOT)

    def feed(self, data: bytes) -> int:
        """The place in `data` at which it cannot be parsed; -1 if it can."""
        before = self.fed
        self.fed += len(data)
        try:
            self.parser.Parse(data)
        except expat.ExpatError:
            return max(self.parser.ErrorByteIndex - before, 0)
        return -1

    def taken(self) -> list[Element]:
        """What has been read since the last time."""
        done, self.done = self.done, []
        return done

    def _refuse(self, *_: object) -> None:
        raise expat.ExpatError("no result of JMeter has a document type")

    def _starts(self, name: str, attributes: dict[str, str]) -> None:
        if name in SAMPLES:
            cells = {NAMES[key]: value for key, value in attributes.items() if key in NAMES}
            line = self.line - 1 + self.parser.CurrentLineNumber
            self.opened.append(Element(line, self.document, cells))
        self._inside = name == "failureMessage"

    def _ends(self, name: str) -> None:
        self._inside = False
        self.closed = name == "testResults"
        if name in SAMPLES and self.opened:
            element = self.opened.pop()
            (self.opened[-1].parts if self.opened else self.done).append(element)

    def _text(self, text: str) -> None:
        if self._inside and self.opened:
            cells = self.opened[-1].cells
            cells["failure"] = (cells.get("failure", "") + text)[:LONGEST_MESSAGE]


def elements(raw: RawFile, bad: BadLines) -> Iterator[Element]:
    """Samples of the outermost level, in the order of the file.

    Sets raw.lines_read, and raw.torn where the last document has no end.
    """
    stream = _Stream(1, 0, whole=True)
    line = 1
    for piece in _pieces(raw):
        data, begun = piece, -1  # begun: where in `data` the stream begins
        while data:
            at = stream.feed(data)
            yield from stream.taken()
            if at < 0:
                break
            match = AGAIN.search(data, max(at, begun + 1))
            _note(data, at, line, match, bad)
            skipped = match.start() if match else len(data)
            line += data.count(b"\n", 0, skipped)
            data, begun = data[skipped:], 0
            whole = data.startswith((b"<?xml", b"<testResults"))
            stream = _Stream(line, stream.document + whole, whole=whole)
        line += data.count(b"\n")
        raw.lines_read = line
    raw.torn = raw.torn or not stream.closed


def _note(data: bytes, at: int, line: int, match: re.Match[bytes] | None, bad: BadLines) -> None:
    """A sample that cannot be read; a further document is nothing bad."""
    if match and match.start() == at and match[0].startswith((b"<?xml", b"<testResults")):
        return
    begin = data.rfind(b"\n", 0, at) + 1
    text = data[begin : begin + 200].split(b"\n", 1)[0]
    bad.note(line + data.count(b"\n", 0, begin), text.decode("utf-8", errors="replace"))


def _pieces(raw: RawFile) -> Iterator[bytes]:
    with raw.open() as file:
        while True:
            try:
                data = file.read(PIECE)
            except DAMAGE:
                raw.torn = raw.broke_off = True
                return
            if not data:
                return
            yield data
