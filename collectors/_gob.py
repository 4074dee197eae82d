"""Go's gob: a stream that describes its own types, read without Go.

A message is its length, a type's number, and a value. A number below zero defines the type
-number; the value is then a wireType. Unsigned numbers below 128 are one byte, others a byte
that counts the bytes behind it (as 256 − count), the highest first. Signed ones are shifted
left by one, inverted where negative. Of a struct only fields that are not zero are sent, each
behind the distance of its number from that of the field before; a distance of 0 ends it.

Source: https://pkg.go.dev/encoding/gob (Encoding Details).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

BOOL, INT, UINT, FLOAT, BYTES, STRING, COMPLEX, INTERFACE = range(1, 9)
LONGEST = 1 << 30  # the longest message that Go's own decoder takes
# Fields of wireType, by number: the kind of a type, and its own fields behind CommonType.
ARRAY, SLICE, STRUCT, MAP = range(4)
DEEPEST = 32


class Torn(Exception):
    """The stream ends, or goes wrong, within a message."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A type that the stream defined. fields: (name, type) of a struct."""

    kind: int
    name: str
    fields: tuple[tuple[str, int], ...] = ()
    key: int = 0
    elem: int = 0


@dataclass(slots=True)
class Cursor:
    """A message and how far it was read."""

    data: bytes
    at: int = 0

    def uint(self) -> int:
        first = self.take(1)[0]
        if first < 128:
            return first
        return int.from_bytes(self.take(256 - first), "big")

    def signed(self) -> int:
        value = self.uint()
        return ~(value >> 1) if value & 1 else value >> 1

    def take(self, size: int) -> bytes:
        if size < 0 or self.at + size > len(self.data):
            raise Torn
        self.at += size
        return self.data[self.at - size : self.at]


def values(file: IO[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(type's name, fields) of each struct of a stream; bytes are left where they are.

    Raises:
        Torn: the stream breaks off; what came before it was given.
    """
    kinds: dict[int, Kind] = {}
    while (message := _message(file)) is not None:
        cursor = Cursor(message)
        number = cursor.signed()
        if number < 0:
            kinds[-number] = _definition(cursor)
        elif number in kinds and kinds[number].kind == STRUCT:
            yield kinds[number].name, _struct(cursor, kinds[number], kinds, 0)


def _message(file: IO[bytes]) -> bytes | None:
    """The next message; None at the end of the stream."""
    first = file.read(1)
    if not first:
        return None
    size = first[0]
    if size >= 128:
        more = file.read(256 - size)
        if len(more) != 256 - size or len(more) > 8:
            raise Torn
        size = int.from_bytes(more, "big")
    data = file.read(size) if size <= LONGEST else b""
    if len(data) != size:
        raise Torn
    return data


def _definition(cursor: Cursor) -> Kind:
    """A wireType: a struct with one field that is not zero, the kind of the type."""
    number = cursor.uint() - 1
    if number > MAP:  # GobEncoder, BinaryMarshaler, TextMarshaler: bytes that only they know
        return Kind(number, _common(cursor))
    name, fields, key, elem = "", [], 0, 0
    for field in _numbers(cursor):
        if field == 0:
            name = _common(cursor)
        elif number == STRUCT:
            fields = [_field(cursor) for _ in range(cursor.uint())]
        elif number == MAP and field == 1:
            key = cursor.signed()
        elif field == (2 if number == MAP else 1):
            elem = cursor.signed()
        else:
            cursor.signed()  # the length of an array
    return Kind(number, name, tuple(fields), key, elem)


def _numbers(cursor: Cursor) -> Iterator[int]:
    """The numbers of the fields that a struct sent."""
    field = -1
    while distance := cursor.uint():
        field += distance
        yield field


def _common(cursor: Cursor) -> str:
    """CommonType: a name and a number."""
    name = ""
    for field in _numbers(cursor):
        if field == 0:
            name = _text(cursor)
        else:
            cursor.signed()
    return name


def _field(cursor: Cursor) -> tuple[str, int]:
    """fieldType: a name and a type."""
    name, kind = "", 0
    for field in _numbers(cursor):
        if field == 0:
            name = _text(cursor)
        else:
            kind = cursor.signed()
    return name, kind


def _text(cursor: Cursor) -> str:
    return cursor.take(cursor.uint()).decode("utf-8", errors="replace")


def _struct(cursor: Cursor, kind: Kind, kinds: dict[int, Kind], deep: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field in _numbers(cursor):
        if field >= len(kind.fields):
            raise Torn
        name, number = kind.fields[field]
        made[name] = _value(cursor, number, kinds, deep + 1)
    return made


def _value(cursor: Cursor, number: int, kinds: dict[int, Kind], deep: int) -> Any:
    if deep > DEEPEST:
        raise Torn
    if number in (BOOL, UINT):
        return cursor.uint()
    if number == INT:
        return cursor.signed()
    if number == STRING:
        return _text(cursor)
    if number == BYTES:
        return cursor.take(cursor.uint())
    if number == FLOAT:
        return struct.unpack("<d", cursor.uint().to_bytes(8, "big"))[0]
    return _defined(cursor, kinds.get(number), kinds, deep)


def _defined(cursor: Cursor, kind: Kind | None, kinds: dict[int, Kind], deep: int) -> Any:
    if kind is None:  # complex numbers, interfaces, and types that were never defined
        raise Torn
    if kind.kind == STRUCT:
        return _struct(cursor, kind, kinds, deep)
    if kind.kind == MAP:
        return {
            str(_value(cursor, kind.key, kinds, deep + 1)): _value(
                cursor, kind.elem, kinds, deep + 1
            )
            for _ in range(cursor.uint())
        }
    if kind.kind in (ARRAY, SLICE):
        return [_value(cursor, kind.elem, kinds, deep + 1) for _ in range(cursor.uint())]
    return cursor.take(cursor.uint())  # its own encoding


def time_s(data: bytes) -> float:
    """Epoch seconds of a time.Time (MarshalBinary: version, seconds since year 1, nanoseconds).

    Raises:
        Torn: it is no such time.
    """
    if len(data) < 15 or data[0] not in (1, 2):
        raise Torn
    seconds, nanoseconds = struct.unpack(">qi", data[1:13])
    return float(int(seconds) - 62_135_596_800) + int(nanoseconds) / 1e9
