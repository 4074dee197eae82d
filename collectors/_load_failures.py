"""What a load tool says of failures: by status, by message, and of its own distress."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from diagnose.failures import failure_kind, without_values
from diagnose.metrics import message
from diagnose.readings import LoadError, Occurrences

from ._generator_distress import slug_of

LONGEST_TEXT = 200
MOST_TEXTS = 1000  # kinds of failures that are kept apart; the rest are counted together
MOST = 100_000  # times that one message is entered: more say nothing new
OTHERS = "other failures"
# "read tcp 10.0.0.1:45678->10.0.0.2:80: …": the sender's port differs from request to request.
_SENDER = re.compile(r"(?:\[[0-9a-fA-F:.%]+\]|[\w.-]+):\d+->")


def failure_text(text: str) -> str:
    """An error in one line, without what only one request carried.

    >>> failure_text("read tcp 127.0.0.1:4711->10.0.0.2:80: read: connection reset by peer")
    'read tcp 10.0.0.2:80: read: connection reset by peer'
    """
    return without_values(_SENDER.sub("", " ".join(text.split())))[:LONGEST_TEXT]


def is_failure(status: float) -> bool:
    """Whether a status is a failure; 0 and below stand for no answer."""
    return not 100 <= status < 400


@dataclass(slots=True)
class Failures:
    """Failures of one run, each text once, with the line that told first."""

    found: dict[str, tuple[int, int, str]] = field(default_factory=dict)

    def status(self, code: int | str, times: int, line: int = 0) -> None:
        """Answers with one status."""
        self._add(f"status {code}", times, line, "status")

    def named(self, text: str, times: int, line: int = 0, kind: str = "") -> None:
        """Errors with one text."""
        text = failure_text(text)
        self._add(text, times, line, kind or failure_kind(text))

    def _add(self, text: str, times: int, line: int, kind: str) -> None:
        if times <= 0:
            return
        if text not in self.found and len(self.found) >= MOST_TEXTS:
            text, kind = OTHERS, "other"
        known, first, kind = self.found.get(text, (0, line, kind))
        self.found[text] = (known + times, first, kind)

    @property
    def total(self) -> int:
        return sum(times for times, _, _ in self.found.values())

    def errors(self) -> tuple[LoadError, ...]:
        """The most frequent first."""
        made = (LoadError(t, n, "", kind, line) for t, (n, line, kind) in self.found.items())
        return tuple(sorted(made, key=lambda e: (-e.count, e.text)))


@dataclass(slots=True)
class Distress:
    """Words that tell of the load generator's own limits. at_s: NaN where no time is known."""

    found: dict[str, list[tuple[float, int, str]]] = field(default_factory=dict)

    def hear(self, text: str, line: int = 0, times: int = 1, at_s: float = math.nan) -> None:
        """Take a message; most are of no limit."""
        if slug := slug_of(text):
            self.add(slug, text, line, times, at_s)

    def add(
        self, slug: str, text: str, line: int = 0, times: int = 1, at_s: float = math.nan
    ) -> None:
        """Note one of the messages of diagnose.metrics under `generator`."""
        entries = self.found.setdefault(slug, [])
        entries.extend([(at_s, line, text)] * min(times, MOST - len(entries)))

    def of(self, errors: Iterable[LoadError]) -> None:
        """Hear every failure of a summary."""
        for error in errors:
            self.hear(error.text, error.line, error.count)

    def occurrences(self, *told: str) -> list[Occurrences]:
        """What was found; empty for each of `told`, which the tool would have said."""
        return [
            _occurrences(slug, self.found.get(slug, []))
            for slug in {**self.found, **dict.fromkeys(told)}
        ]


SOCKETS = ("too_many_open_files", "no_local_address")  # what a tool that prints errors would say


def _occurrences(slug: str, found: list[tuple[float, int, str]]) -> Occurrences:
    return Occurrences(
        message("generator", slug),
        np.array([at_s for at_s, _, _ in found], float),
        np.array([line for _, line, _ in found], np.int64),
        example=failure_text(found[0][2]) if found else "",
    )
