"""Dataclasses to JSON and back, each value held to its type. NaN is null."""

from __future__ import annotations

import math
import types
import typing
from dataclasses import fields, is_dataclass
from typing import Any


class Refused(ValueError):
    """A value is of another type than its field's; says where."""


def plain(thing: Any) -> Any:
    """What JSON can say of it.

    >>> plain((1, math.nan, "a")), plain(True)
    ([1, None, 'a'], True)
    """
    if is_dataclass(thing):
        return {f.name: plain(getattr(thing, f.name)) for f in fields(thing)}
    if isinstance(thing, list | tuple):
        return [plain(one) for one in thing]
    if isinstance(thing, float) and not math.isfinite(thing):
        return None
    return thing


def made(kind: Any, value: Any, where: str) -> Any:
    """A value of a type; what is missing gets the empty one.

    Raises:
        Refused: it is of another type.

    >>> made(float, None, "x"), made(int | None, None, "x"), made(tuple[int, ...], [1], "x")
    (nan, None, (1,))
    """
    if typing.get_origin(kind) is tuple:
        return _tuple_of(typing.get_args(kind)[0], value, where)
    if is_dataclass(kind):
        return _dataclass(kind, value, where)
    if isinstance(kind, types.UnionType):
        return None if value is None else made(typing.get_args(kind)[0], value, where)
    if value is None:
        return math.nan if kind is float else kind()
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = _float(value, where)
    if type(value) is not kind:
        raise Refused(f"{where} is {value!r:.60}")
    return value


def _float(value: int, where: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise Refused(f"{where} is beyond all numbers") from None


def _tuple_of(kind: Any, value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | None):
        raise Refused(f"{where} is {value!r:.60}")
    return tuple(made(kind, one, f"{where}[{i}]") for i, one in enumerate(value or ()))


def _dataclass(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise Refused(f"{where} is {value!r:.60}")
    hints = typing.get_type_hints(kind)
    told = {f.name: f for f in fields(kind) if f.name in value}
    required = [f.name for f in fields(kind) if f.name not in told]
    values = {name: made(hints[name], value[name], f"{where}.{name}") for name in told}
    try:
        return kind(**values)
    except TypeError:
        raise Refused(f"{where} lacks one of {', '.join(required)}") from None
