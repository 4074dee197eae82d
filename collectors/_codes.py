"""Texts that repeat a million times, kept once each and pointed at by number."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from diagnose.readings import Labels

T = TypeVar("T", bound=Hashable)
DENSE = 1 << 20


class Codes(Generic[T]):
    """Numbers of texts (or tuples), in the order in which they were met.

    >>> codes = Codes[str]()
    >>> codes.all(["GET /a", "GET /b", "GET /a"]).tolist(), codes.names
    ([0, 1, 0], ['GET /a', 'GET /b'])
    """

    __slots__ = ("_known", "names")

    def __init__(self) -> None:
        self.names: list[T] = []
        self._known: dict[T, int] = {}

    def of(self, text: T) -> int:
        """The number of a text, a new one where it is new."""
        code = self._known.setdefault(text, len(self.names))
        if code == len(self.names):
            self.names.append(text)
        return code

    def all(self, texts: Iterable[T]) -> NDArray[np.int32]:
        """The same of many."""
        return np.array([self.of(text) for text in texts], np.int32)


def combinations(
    columns: list[tuple[NDArray[Any], int]],
) -> tuple[NDArray[np.int64], list[tuple[int, ...]]]:
    """Codes of the combinations that occur in several columns of (codes, how many there are).

    >>> codes, made = combinations([(np.array([0, 1, 0]), 2), (np.array([2, 2, 2]), 3)])
    >>> codes.tolist(), made
    ([0, 1, 0], [(0, 2), (1, 2)])
    """
    mixed = np.zeros(columns[0][0].size if columns else 0, np.int64)
    total = 1
    for codes, count in columns:
        mixed = mixed * count + codes
        total *= count
    if total <= DENSE:
        there = np.flatnonzero(np.bincount(mixed, minlength=1))
        place = np.zeros(total, np.int64)
        place[there] = np.arange(there.size)
        found = place[mixed]
    else:
        there, found = np.unique(mixed, return_inverse=True)
    made = []
    for mix in there.tolist():
        parts: list[int] = []
        for _, count in reversed(columns):
            mix, part = divmod(mix, count)
            parts.insert(0, part)
        made.append(tuple(parts))
    return found, made


def folded(labels: Labels, most: int, rest: str) -> Labels:
    """The most frequent names; all others are put together under `rest`."""
    if len(labels.names) <= most:
        return labels
    counts = np.bincount(labels.codes[labels.codes >= 0], minlength=len(labels.names))
    kept = sorted(np.argsort(-counts, kind="stable")[: most - 1].tolist())
    place = np.full(len(labels.names) + 1, len(kept), np.int64)
    place[kept] = np.arange(len(kept))
    place[-1] = -1  # the code of "none" is -1, the last place
    return Labels(place[labels.codes], (*(labels.names[at] for at in kept), rest))
