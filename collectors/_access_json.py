r"""JSON access logs: one object a line, as log_format with escape=json writes it.

    {"time":"2026-11-23T04:04:46+00:00","msec":"1795406686.428","status":200,"request_time":0.2}

Formats made without escape=json hold `\xE4` and bare lists or dashes, which are no JSON;
they are mended. Objects within the object are flattened: {"http": {"status": 200}}.

Source: https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from diagnose.badlines import BadLines

from ._access_columns import Columns, Line
from ._access_names import named
from ._access_values import Value

_PLAIN = {str, float, int, type(None)}
_BYTE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_BARE = re.compile(r'(":\s*)(-|[\d.]+(?:(?:, | : )(?:[\d.]+|-))+)?(?=\s*[,}])')


def load(text: str) -> dict[str, Any] | None:
    """The object of one line; None if there is none.

    >>> load(r'{"uri":"/caf\xc3","urt":0.010, 0.2,"us":-,"n":1}')
    {'uri': '/cafÃ', 'urt': '0.010, 0.2', 'us': '-', 'n': 1}
    """
    try:
        row = orjson.loads(text)
    except orjson.JSONDecodeError:
        try:
            row = orjson.loads(_BARE.sub(r'\1"\2"', _BYTE.sub(r"\\u00\1", text)))
        except orjson.JSONDecodeError:
            return None
    return row if isinstance(row, dict) else None


def flat(row: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Objects within the object, their keys joined by dots."""
    found: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            found |= flat(value, f"{before}{key}.")
        else:
            found[before + key] = value
    return found


@dataclass(slots=True)
class JsonTemplate:
    """Reads objects that have the keys of the first ones."""

    keys: dict[str, str]  # our name -> key
    nested: bool
    notes: Sequence[str] = ()
    started: bool = field(default=False, init=False)
    _need: str = field(init=False)

    def __post_init__(self) -> None:
        self._need = self.keys.get("msec", self.keys.get("time", ""))

    def fits(self, text: str) -> bool:
        return self._row(text) is not None

    def _row(self, text: str) -> dict[str, Any] | None:
        row = load(text) if text[:1] == "{" else None
        if row is None:
            return None
        if self.nested:
            row = flat(row)
        return row if self._need in row else None

    def take(self, lines: Sequence[Line], into: Columns, bad: BadLines) -> Sequence[Line]:
        """Add the lines that fit; give back the others."""
        rest: list[Line] = []
        rows = self._all_rows(lines)
        if rows is None:
            found = [self._row(text) for _, text in lines]
            rows = [row for row in found if row is not None]
            rest = [line for line, row in zip(lines, found, strict=True) if row is None]
            lines = [line for line, row in zip(lines, found, strict=True) if row is not None]
        if rows:
            batch = {name: _column(rows, key) for name, key in self.keys.items()}
            into.add(lines, batch, bad)
        return rest

    def _all_rows(self, lines: Sequence[Line]) -> list[dict[str, Any]] | None:
        """The quick way, for lines that are all in order; None where one is not."""
        if self.nested:
            return None
        try:
            rows = [orjson.loads(text) for _, text in lines]
            return rows if all(self._need in row for row in rows) else None
        except (orjson.JSONDecodeError, TypeError):
            return None


def _column(rows: Sequence[dict[str, Any]], key: str) -> Sequence[Value]:
    values = [row.get(key) for row in rows]
    if _PLAIN.issuperset(map(type, values)):
        return values
    return [value if isinstance(value, str | float | int) else None for value in values]


def infer_json(texts: Sequence[str]) -> JsonTemplate | None:
    """Which keys hold what; None where the objects are no requests of a proxy."""
    rows = [row for text in texts if text[:1] == "{" and (row := load(text)) is not None]
    if not rows:
        return None
    nested = any(isinstance(value, dict) for row in rows for value in row.values())
    columns: dict[str, list[str]] = {}
    for row in map(flat, rows):
        for key, value in row.items():
            columns.setdefault(key, []).append("" if value is None else str(value))
    keys = named(columns)
    if not keys.keys() & {"msec", "time"} or not keys.keys() & {"status", "request", "request_uri"}:
        return None
    return JsonTemplate(keys, nested)
