"""Values in SQL statements, wherever a log shows one: stand-ins for strings and numbers.

A statement may run over several lines; what of it was seen is remembered from one block of
lines to the next, so each file has an object of its own.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable

from diagnose.collect.anycase import AnyCase

LONGEST = 10_000  # lines of one statement (a choice): one that does not end is none
_VERBS = (
    rb"select\b(?! \w+ on\b)|insert\s+(?:\w+\s+)?into\b|replace\s+into\b|update\s+[\w.`\"]+\s+set\b"
    rb"|delete\s+from\b|call\s+[\w.`]+\s*\(|merge\s+into\b|with\s+(?:recursive\s+)?\w+\s+as\s*\("
    rb"|set\s+password\b|(?:create|alter)\s+(?:user|role)\b|grant\s.{1,200}\bidentified\b"
)
_START = AnyCase(
    rb"(?<![\w/.-])(?:" + _VERBS + rb")",
    (b"select", b"into", b"update", b"delete", b"call", b"with", b"password", b"create", b"alter",
     b"grant"),
)  # fmt: skip
_SHOWN = AnyCase(  # values without a statement
    rb"parameters: |duplicate entry |incorrect \w+ value: |key \([^)\n]*\)=",
    (b"parameters: ", b"entry ", b"value: ", b"key ("),
)
_IN_KEY = re.compile(rb"(?i)(\bkey \([^)\n]*\)=\()([^)\n]*)")
_STRING = re.compile(rb"'((?:[^'\\\n]|\\.|'')*)('|$)|\"((?:[^\"\\\n]|\\.)*)(\"|$)", re.MULTILINE)
_NUMBER = re.compile(
    rb"(?i)(?P<before>[=<>(,+*/-] ?-?"
    rb"|\b(?:in|limit|offset|between|and|like|values?|then|else|top) ?)"
    rb"(?P<value>\d+)(?P<after>(?:\.\d+)?)(?![\w.])"
)
_FIELD = re.compile(
    rb"(?i)[ \t,](?:\w*_)?(?:ms|duration|elapsed|took|time|latency|rows|status)[=:]"
)
_NEXT = re.compile(rb"#|\d{4}-\d\d-\d\d|\d{6} |[{\[]|[A-Z][a-z]{2} [ \d]\d ")
_NO_VALUE = re.compile(rb"(?i)\s*set\s+timestamp\b")
Value = Callable[[bytes], bytes]


class Literals:
    """Blocks of whole lines in, the same without values out."""

    def __init__(self, string: Value, number: Value) -> None:
        """string, number: the stand-in for a literal, without its quotes."""
        self._string, self._number = string, number
        self._open = 0  # lines of a statement that has not ended

    def __call__(self, block: bytes) -> bytes:
        """Take whole lines."""
        starts, shown = _START.places(block), _SHOWN.places(block)
        places, out, at = sorted({*starts, *shown}), [], 0
        while at < len(block):
            if not self._open:
                found = bisect_left(places, at)
                if found == len(places):
                    break
                line_at = block.rfind(b"\n", at, places[found]) + 1 or at
                out.append(block[at:line_at])
                at = line_at
            end = block.find(b"\n", at) + 1 or len(block)
            mine = bisect_left(starts, at)
            start = starts[mine] - at if mine < len(starts) and starts[mine] < end else -1
            out.append(self._line(block[at:end], start))
            at = end
        return b"".join([*out, block[at:]])

    def _line(self, line: bytes, start: int) -> bytes:
        """start: of the first statement in it, -1 where none begins."""
        if self._open and not _NEXT.match(line) and self._open < LONGEST:
            return self._whole(line)
        self._open = 0
        if start < 0:
            return self._shown(line)
        head = line[:start].strip()
        return self._within(line, start) if head and head[:2] != b"/*" else self._whole(line)

    def _whole(self, line: bytes) -> bytes:
        """A line that is all statement, until it ends in a semicolon."""
        self._open = 0 if line.rstrip().endswith(b";") else self._open + 1
        return self._plain(line)

    def _within(self, line: bytes, start: int) -> bytes:
        """A statement in a line: to its closing quote, to the next field, or to the end."""
        head, rest, tail = line[:start], line[start:], b""
        quote = head[-1:] if head[-1:] in (b'"', b"'") else b""
        if quote:
            end = re.compile(rb"(?<!\\)" + quote).search(rest)
        else:
            end = _FIELD.search(rest)
            self._open = 0 if end or line.rstrip().endswith(b";") else self._tabbed(head)
        if end is not None:
            rest, tail = rest[: end.start()], rest[end.start() :]
        if quote == b'"':  # quotes within it are escaped
            rest = rest.replace(b'\\"', b"'")
        return head + self._plain(rest) + tail

    @staticmethod
    def _tabbed(head: bytes) -> int:
        """PostgreSQL's log shows the next lines of a statement behind a tab."""
        return 1 if head.rstrip().endswith(b":") else 0

    def _plain(self, text: bytes) -> bytes:
        if _NO_VALUE.match(text):
            return text
        text = _STRING.sub(self._quoted, text)
        return _NUMBER.sub(lambda m: m["before"] + self._number(m["value"]) + m["after"], text)

    def _shown(self, line: bytes) -> bytes:
        found = _SHOWN.places(line)
        if not found:
            return line
        head, rest = line[: found[0]], line[found[0] :]
        rest = _IN_KEY.sub(lambda m: m[1] + self._string(m[2]), rest)
        return head + _STRING.sub(self._quoted, rest)

    def _quoted(self, match: re.Match[bytes]) -> bytes:
        single = match[1] is not None
        value = match[1] if single else match[3]
        quote = b"'" if single else b'"'
        end = match[2] if single else match[4]
        return quote + (self._string(value) if value else b"") + end
