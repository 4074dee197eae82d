r"""The format of a log, guessed from its lines.

Lines are cut into pieces: `key=value`, `key:value`, "quoted", [boxed] and bare. The way most lines
are cut gives the literals; a piece is named by its key, or by what stands in it on all
those lines. What cannot be told is read over. Numbers without a name are taken for times
only where one is never smaller than the other, as $request_time is never smaller than
$upstream_response_time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ._access_format import LIST, LineTemplate
from ._access_guess import Guess
from ._access_names import known
from ._access_values import TIME_ISO, TIME_LOCAL

LONGEST = 16_384  # a longer line tells nothing of the format

_KEY = re.compile(r"([A-Za-z_@$][\w.@$-]*)(=|: ?)")
_PIECE = re.compile(
    r'(?P<open>")(?P<quoted>[^"\\]*(?:\\.[^"\\]*)*)"'
    rf"|(?P<time>{TIME_LOCAL}|{TIME_ISO})(?=[\s|,;\]]|$)"
    r"|(?P<box>\[)(?P<boxed>[^\]\[]*)\]"
    rf"|(?P<bare>{LIST})"
)
_GAP = re.compile(r"[ \t]*[|;,][ \t]*|[ \t]+|")


@dataclass(frozen=True, slots=True)
class Piece:
    """One value of one line, and what stands before it: literals, key, opening mark."""

    before: str
    key: str
    value: str


def pieces(text: str) -> list[Piece]:
    """Cut a line; empty where it cannot be cut to its end.

    >>> [(p.before, p.value) for p in pieces('::1 [a b] "GET /" urt="0.1, 0.2"')]
    [('', '::1'), (' [', 'a b'), ('] "', 'GET /'), ('" urt="', '0.1, 0.2'), ('"', '')]
    >>> pieces('::1 "GET /to')
    []
    """
    if text.count("\t") >= 3 and (found := _tabbed(text)):
        return found
    return _cut(text)


def _tabbed(text: str) -> list[Piece]:
    """LTSV: `key:value` between tabs, nothing else."""
    found, before = [], ""
    for part in text.split("\t"):
        key, colon, value = part.partition(":")
        if not colon or not key.replace("_", "").replace("-", "").isalnum():
            return []
        found.append(Piece(f"{before}{key}:", key, value))
        before = "\t"
    return [*found, Piece("", "", "")]


def _cut(text: str) -> list[Piece]:
    found, before, at = [], "", 0
    while at < len(text):
        if gap := _GAP.match(text, at):
            before, at = before + gap[0], gap.end()
        key = _KEY.match(text, at)
        if key and (key[2] == "=" or known(key[1])):
            before, at = before + key[0], key.end()
        else:
            key = None
        match = _PIECE.match(text, at)
        if match is None or (match.end() == at and not key and at < len(text)):
            return []
        if match.end() == at and not key:
            break
        mark = match["open"] or match["box"] or ""
        value = match[0][1:-1] if mark else match[0]
        found.append(Piece(before + mark, key[1] if key else "", value))
        before, at = {"": "", '"': '"', "[": "]"}[mark], match.end()
    return [*found, Piece(before, "", "")]


def infer(texts: Sequence[str]) -> LineTemplate | None:
    """The format that most of the lines have; None where that is no access log's."""
    cuts = [cut for text in texts if len(text) < LONGEST and (cut := pieces(text))]
    if not cuts:
        return None
    (skeleton, _votes), *_ = Counter(map(_skeleton, cuts)).most_common(1)
    rows = [cut for cut in cuts if _skeleton(cut) == skeleton]
    guess = Guess(
        [(p.before, p.key) for p in rows[0]],
        [[p.value for p in c] for c in zip(*rows, strict=True)],
    )
    return guess.template()


def _skeleton(cut: Sequence[Piece]) -> tuple[tuple[str, str], ...]:
    return tuple((piece.before, piece.key) for piece in cut)
