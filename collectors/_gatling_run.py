"""One run of Gatling, gathered from the records of its simulation.log, text or binary."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np

from diagnose.loadrows import LoadRows, load_of
from diagnose.metrics import message
from diagnose.readings import Array, Fact, Labels, Load, Occurrences, Reading

from ._codes import Codes, folded
from ._generator_distress import distress, slug_of
from ._load_failures import failure_text

MOST_KINDS = 60
BACKWARDS_MS = 1000  # older versions let an end precede its start by a millisecond or so
NO_ERRORS = "the log has no requests: the run was cut before Gatling wrote its first 8 KiB"


@dataclass(slots=True)
class Run:
    """Requests, users and errors; times are epoch milliseconds."""

    version: str = ""
    line: int = 0
    unmatched: int = 0
    _began: array[float] = field(default_factory=lambda: array("d"))
    _took: array[float] = field(default_factory=lambda: array("d"))
    _lines: array[int] = field(default_factory=lambda: array("q"))
    _kind: array[int] = field(default_factory=lambda: array("q"))
    _route: array[int] = field(default_factory=lambda: array("q"))
    _kinds: Codes[str] = field(default_factory=Codes)
    _routes: Codes[str] = field(default_factory=Codes)
    _changes: list[tuple[int, int]] = field(default_factory=list)
    _errors: list[tuple[float, int, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._began)

    def request(self, name: str, start: int, end: int, failure: str, line: int) -> None:
        """One request; `failure` is "" where it was OK."""
        if end - start < -BACKWARDS_MS:  # a message that never met its answer
            self.unmatched += 1
            return
        self._began.append(start / 1000)
        self._took.append(max(end - start, 0) / 1000)
        self._lines.append(line)
        self._kind.append(self._kinds.of(failure_text(failure)) if failure else -1)
        self._route.append(self._routes.of(name))

    def user(self, change: int, at: int) -> None:
        """A user began (+1) or ended (-1)."""
        self._changes.append((at, change))

    def error(self, text: str, at: int, line: int) -> None:
        """An error of the script or of Gatling itself, which no request bears."""
        self._errors.append((at / 1000, line, failure_text(text)))

    def fill(self, reading: Reading) -> None:
        """The load curve, and what Gatling said of itself."""
        if self.version:
            reading.facts.append(Fact("load.version", self.version, line=self.line))
        if self.unmatched:
            reading.notes.append(f"{self.unmatched:,} messages without an answer were left out")
        if not self:
            reading.notes.append(NO_ERRORS)
            return
        load = self.load()
        reading.loads.append(load)
        reading.occurrences.extend([*distress(load), self._exceptions(), *self._wants()])

    def load(self) -> Load:
        """The curve of all requests and of each name."""
        began, took = np.array(self._began, float), np.array(self._took, float)
        kind = np.array(self._kind, np.int64)
        rows = LoadRows(
            began,
            took,
            kind >= 0,
            np.array(self._lines, np.int64),
            self._users(began + took),
            Labels(np.array(self._route, np.int64), tuple(self._routes.names)),
            folded(Labels(kind, tuple(self._kinds.names)), MOST_KINDS, "other failures"),
        )
        return load_of("gatling", rows)

    def _users(self, at_s: Array) -> Array | None:
        """Users who had begun and not ended; None where the log has no users."""
        if not self._changes:
            return None
        changes = np.array(sorted(self._changes), float)
        alive = np.concatenate(([0.0], np.cumsum(changes[:, 1])))
        return alive[np.searchsorted(changes[:, 0] / 1000, at_s, side="left")]

    def _exceptions(self) -> Occurrences:
        return _occurrences("exception", [e for e in self._errors if not slug_of(e[2])])

    def _wants(self) -> list[Occurrences]:
        slugs = {slug for _, _, text in self._errors if (slug := slug_of(text))}
        return [
            _occurrences(slug, [e for e in self._errors if slug_of(e[2]) == slug])
            for slug in sorted(slugs)
        ]


def _occurrences(slug: str, found: list[tuple[float, int, str]]) -> Occurrences:
    return Occurrences(
        message("generator", slug),
        np.array([at_s for at_s, _, _ in found], float),
        np.array([line for _, line, _ in found], np.int64),
        example=found[0][2] if found else "",
    )
