"""A column that grows by pieces without being held twice."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FIRST = 1 << 16


class Grown:
    """Values appended piece by piece; room that is not yet filled costs no memory.

    >>> column = Grown(np.float64)
    >>> column.add(np.array([1.0, 2.0])); column.add(np.array([3.0])); column.whole().tolist()
    [1.0, 2.0, 3.0]
    """

    __slots__ = ("_room", "size")

    def __init__(self, kind: Any) -> None:
        self._room: NDArray[Any] = np.empty(FIRST, kind)
        self.size = 0

    def add(self, values: NDArray[Any]) -> None:
        """Append; a type that is too narrow for the values gets wider."""
        kind = np.promote_types(self._room.dtype, values.dtype)
        need = self.size + values.size
        if need > self._room.size or kind != self._room.dtype:
            room = np.empty(max(need, self._room.size * 2), kind)
            room[: self.size] = self._room[: self.size]
            self._room = room
        self._room[self.size : need] = values
        self.size = need

    def whole(self) -> NDArray[Any]:
        """All of them."""
        return self._room[: self.size]
