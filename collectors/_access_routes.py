"""Text columns of access logs with few names: routes, senders, upstream addresses.

A route is method and path with the values taken out, told from the shape of each part of
the path and never from the requests seen before it. A log with very many routes keeps
those asked most often; the rest are "other". Neither depends on the order of the lines.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from diagnose.readings import Ints, Labels

from ._access_values import Value, tries

ROUTES = 64
ADDRESSES = 256
DISTINCT = 4096  # a choice: more routes than this are cut to their first parts
LEFT_OUT = 0.2  # a choice: so are those that would leave more than this share to "other"
OTHER = "other"
MALFORMED = "(malformed request)"
ID = "[id]"

_NUMBER = re.compile(r"/\d+(?=[/\n]|$)")
_VERSION = re.compile(r"v\d+(?:\.\d+)*")
_VALUE = re.compile(
    r"(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"  # a UUID
    r"|(?<![^\W_])(?=[a-f]*\d)[0-9a-f]{8,}(?![^\W_])"  # hexadecimal
    r"|(?<![^\W_])\d+(?![^\W_])"  # a number between marks: item-7
    r"|\d\d+"  # and a longer one wherever it stands: user42, but page2
)
_TOKEN = re.compile(r"(?=[A-Za-z_=-]*\d)[\w=-]{20,}|[\w=.~-]{40,}")
_METHOD = re.compile(r"[A-Z][A-Z_-]{1,19}")


def route(request: Value) -> str:
    """The route of "METHOD path", with or without query and protocol.

    >>> route("GET /items/5?x=1 HTTP/1.1"), route("POST /api/v2/users/3f2a9c11d0/orders")
    ('GET /items/[id]', 'POST /api/v2/users/[id]/orders')
    >>> route("GET http://shop/static/app.9f86d081.js"), route(r"\\x16\\x03\\x01")
    ('GET /static/app.[id].js', '(malformed request)')
    """
    method, _, rest = str(request or "").partition(" ")
    if not _METHOD.fullmatch(method) or not rest:
        return MALFORMED
    target = re.split(r'[?;#\s"\\]', rest, maxsplit=1)[0]
    if "://" in target:
        target = "/" + target.split("://", 1)[1].partition("/")[2]
    if not target.startswith("/"):
        return f"{method} {target}" if target == "*" else method
    return f"{method} " + "/".join(map(_part, target.split("/")))


def _part(part: str) -> str:
    """One part of a path; percent signs, at signs and odd characters mark a value."""
    if part == ID or _VERSION.fullmatch(part):
        return part
    if "%" in part or "@" in part or not part.isascii() or _TOKEN.fullmatch(part):
        return ID
    return _VALUE.sub(ID, part)


def last_address(value: Value) -> str:
    """The upstream of the last try.

    >>> last_address("10.0.0.1:80, 10.0.0.2:80"), last_address("-")
    ('10.0.0.2:80', '')
    """
    found = tries(value)
    return found[-1].strip() if found else ""


def shortened(name: str, parts: int) -> str:
    """A route cut to its first parts of path.

    >>> shortened("GET /a/b/c", 2), shortened("GET /a", 2), shortened("GET /a/b", 0)
    ('GET /a/b/...', 'GET /a', 'GET /...')
    """
    pieces = name.split("/")
    return name if len(pieces) <= parts + 1 else "/".join([*pieces[: parts + 1], "..."])


class _Codes(dict[Value, int]):
    """Value to code, bounded like Remembered."""

    def __init__(self, work: Callable[[Value], int]) -> None:
        super().__init__()
        self._work = work

    def __missing__(self, value: Value) -> int:
        if len(self) >= 16_384:
            self.clear()
        code = self[value] = self._work(value)
        return code


class TextColumn:
    """Codes into names, collected piece by piece; `named` turns a value into its name."""

    def __init__(self, named: Callable[[Value], str], most: int, most_distinct: int) -> None:
        self._named, self._most, self._most_distinct = named, most, most_distinct
        self._names: dict[str, int] = {}
        self._codes = array("q")
        self._seen = _Codes(self._code)

    def extend(self, values: Sequence[Value]) -> None:
        self._add(map(self._seen.__getitem__, values), len(values))

    def _add(self, codes: Iterable[int], count: int) -> None:
        self._codes.frombytes(np.fromiter(codes, np.int64, count).tobytes())

    def skip(self, count: int) -> None:
        """Rows of a format that lacks this column."""
        self._codes.extend(array("q", [-1]) * count)

    def _code(self, value: Value) -> int:
        name = self._named(value)
        if name in ("", "-"):
            return -1
        if name not in self._names and len(self._names) >= self._most_distinct:
            name = self._overflow(name)
        return self._names.setdefault(name, len(self._names))

    def _overflow(self, name: str) -> str:
        return OTHER

    def labels(self, rows: Ints | slice) -> Labels | None:
        """The names used most often, most used first; None where no row has any."""
        codes = np.frombuffer(self._codes, np.int64)[rows]
        names = list(self._names)
        counts = np.bincount(codes[codes >= 0], minlength=len(names))
        if not counts.sum():
            return None
        order = sorted((i for i in range(len(names)) if counts[i]), key=_rank(names, counts))
        kept = [i for i in order if names[i] != OTHER][: self._most]
        into = np.full(len(names) + 1, len(kept), np.int64)  # what is not kept is "other"
        into[kept] = np.arange(len(kept))
        into[-1] = -1
        more = (OTHER,) if len(order) > len(kept) else ()
        return Labels(into[codes], tuple(names[i] for i in kept) + more)


def _rank(names: list[str], counts: Ints) -> Callable[[int], tuple[int, str]]:
    return lambda i: (-int(counts[i]), names[i])


class Routes(TextColumn):
    """Routes; where there are too many, all of them are cut to fewer parts of the path."""

    def __init__(self) -> None:
        super().__init__(self._route, ROUTES, DISTINCT)
        self._parts = 5

    def extend(self, values: Sequence[Value]) -> None:
        texts = values if {str}.issuperset(map(type, values)) else [str(v or "") for v in values]
        joined = _NUMBER.sub("/" + ID, "\n".join(map(str, texts))).split("\n")
        if len(joined) == len(texts):
            texts = joined
        parts = -1
        while parts != self._parts:  # cut meanwhile: the codes of this piece are stale
            parts = self._parts
            codes = list(map(self._seen.__getitem__, texts))
        self._add(codes, len(codes))

    def labels(self, rows: Ints | slice) -> Labels | None:
        while self._parts > 0 and self._left_out() > LEFT_OUT:
            self._parts -= 1
            self._cut()
        return super().labels(rows)

    def _left_out(self) -> float:
        """Share of the rows that only "other" would name."""
        codes = np.frombuffer(self._codes, np.int64)
        counts = np.sort(np.bincount(codes[codes >= 0], minlength=1))
        return float(counts[: -self._most].sum() / max(counts.sum(), 1))

    def _route(self, value: Value) -> str:
        name = route(value)
        return shortened(name, self._parts) if self._parts < 5 else name

    def _overflow(self, name: str) -> str:
        while len(self._names) >= self._most_distinct and self._parts > 0:
            self._parts -= 1
            self._cut()
        return shortened(name, self._parts)

    def _cut(self) -> None:
        """Give every route seen its shorter name."""
        names: dict[str, int] = {}
        into = [names.setdefault(shortened(n, self._parts), len(names)) for n in self._names]
        old = np.frombuffer(self._codes, np.int64)
        self._codes = array("q", np.append(np.array(into, np.int64), -1)[old].tobytes())
        self._names = names
        self._seen.clear()
