r"""A log_format, made into one regular expression anchored at its literals.

    '$remote_addr [$time_local] "$request" $status rt=$request_time'

Between quotes a value ends at the first quote without a backslash; elsewhere it ends
where the next literal begins. Values that we want have the shape nginx gives them, so that
a torn or foreign line does not fit. Everything is linear in the length of the line.

Source: https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from diagnose.badlines import BadLines

from ._access_columns import WANTED, Batch, Columns, Line
from ._access_values import TIME_ISO, TIME_LOCAL, Value

COMBINED = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent"'
)
COMMON = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'

_SECONDS = r"-|\d+\.\d{3}|"
_TIMES = r"(?:-|\d+\.\d{3})(?:(?:, | : |,)(?:-|\d+\.\d{3}))*|"
SHAPES = {
    "time_local": TIME_LOCAL,
    "time_iso8601": TIME_ISO,
    "time": rf"{TIME_LOCAL}|{TIME_ISO}",
    "msec": r"\d{9,10}\.\d{3}",
    "status": r"\d{3}|-",
    "bytes_sent": r"\d+|-|",
    "body_bytes_sent": r"\d+|-|",
    "connection_requests": r"\d+|-|",
    "request_time": _SECONDS,
    "upstream_response_time": _TIMES,
    "upstream_connect_time": _TIMES,
    "upstream_header_time": _TIMES,
    "upstream_status": r"(?:-|\d{3})(?:(?:, | : |,)(?:-|\d{3}))*|",
}
# The same between quotes, where the quotes alone keep a torn value out; these are faster.
_NUMBERS = r"[-\d., :]*"
QUOTED = dict.fromkeys(
    ("upstream_response_time", "upstream_connect_time", "upstream_header_time", "upstream_status"),
    _NUMBERS,
)
# nginx's names for one thing -> ours
SAME = {
    "time_local": "time",
    "time_iso8601": "time",
    "uri": "request_uri",
    "document_uri": "request_uri",
    "method": "request_method",
    "realip_remote_addr": "peer",  # the peer before the real IP was put in its place
}
LIST = r'[^\s",|]+(?:(?:, | : |,)[^\s",|]+)*|'  # of whatever, a value for each try
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_QUOTED = r'[^"\\]*(?:\\.[^"\\]*)*'
_REQUEST = r"([A-Z]{2,20} [^ ?;\"\\]*)?"


@dataclass(frozen=True, slots=True)
class Field:
    """A variable and the literal in front of it; `shape` where it is not nginx's own."""

    literal: str
    variable: str  # "" for the end of the line
    shape: str = ""


def fields(log_format: str) -> list[Field]:
    """Cut a log_format at its variables.

    >>> [(one.literal, one.variable) for one in fields("$status rt=${request_time}s")]
    [('', 'status'), (' rt=', 'request_time'), ('s', '')]
    """
    found, at = [], 0
    for match in _VARIABLE.finditer(log_format):
        found.append(Field(log_format[at : match.start()], match[1] or match[2]))
        at = match.end()
    return [*found, Field(log_format[at:], "")]


@dataclass(slots=True)
class LineTemplate:
    """Reads the lines of one format; those that do not fit are handed back."""

    cut: Sequence[Field]
    started: bool = False  # the time is when the request began (Apache)
    notes: Sequence[str] = ()
    names: list[str] = field(init=False)
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        self.names = []
        parts = []
        for part, after in zip(self.cut, [*self.cut[1:], None], strict=True):
            parts.append(re.escape(part.literal))
            if after is not None:
                parts.append(self._value(part, after.literal, after is self.cut[-1]))
        self.pattern = re.compile("".join(parts))

    def _value(self, part: Field, literal: str, last: bool) -> str:
        name = SAME.get(part.variable, part.variable)
        wanted = name in WANTED and name not in self.names
        if wanted:
            self.names.append(name)
        quoted = part.literal.endswith('"') and literal.startswith('"')
        anything = _QUOTED if quoted else _until(literal, last=last)
        if name == "request":
            return (_REQUEST if wanted else "") + anything
        shape = part.shape or (quoted and QUOTED.get(name)) or SHAPES.get(part.variable)
        if name == "time" and part.literal.endswith("[") and literal.startswith("]"):
            shape = r"[^\]]*"  # the brackets hold it
        if not shape:
            listed = part.variable.startswith("upstream_") and not quoted
            shape = LIST if listed else anything
        return f"({shape})" if wanted else f"(?:{shape})"

    def tells_enough(self) -> bool:
        """Whether it says when, and what was asked or answered."""
        asked = {"status", "request", "request_uri"}
        return bool({"time", "msec"} & set(self.names) and asked & set(self.names))

    def fits(self, text: str) -> bool:
        return self.pattern.fullmatch(text) is not None

    def take(self, lines: Sequence[Line], into: Columns, bad: BadLines) -> Sequence[Line]:
        """Add the lines that fit; give back the others."""
        match = self.pattern.fullmatch
        found = [match(text) for _, text in lines]
        rest: list[Line] = []
        if None in found:
            rest = [line for line, one in zip(lines, found, strict=True) if one is None]
            lines = [line for line, one in zip(lines, found, strict=True) if one is not None]
        rows = [one.groups() for one in found if one is not None]
        if rows:
            into.add(lines, self._batch(rows), bad)
        return rest

    def _batch(self, rows: Sequence[tuple[str | None, ...]]) -> Batch:
        batch: Mapping[str, Sequence[Value]]
        batch = dict(zip(self.names, zip(*rows, strict=True), strict=True))
        return batch


def _until(literal: str, *, last: bool) -> str:
    """Whatever stands before a literal."""
    if not literal:
        return ".*" if last else r"\S*"
    first, rest = re.escape(literal[0]), re.escape(literal[1:])
    if not rest:
        return f"[^{first}]*"
    return f"[^{first}]*(?:{first}(?!{rest})[^{first}]*)*"
