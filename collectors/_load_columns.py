"""Requests of a load tool's log, gathered one by one in little memory."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np

from diagnose.loadrows import LoadRows
from diagnose.readings import Labels

from ._access_routes import Routes
from ._load_failures import MOST_TEXTS, OTHERS, failure_text

PIECE = 4096
ANY = "GET "  # set before a URL whose method nobody says, and taken off its route again


@dataclass(slots=True)
class RequestColumns:
    """Columns in the order of the file; see diagnose.loadrows.LoadRows for units."""

    began_s: array[float] = field(default_factory=lambda: array("d"))
    duration_s: array[float] = field(default_factory=lambda: array("d"))
    lines: array[int] = field(default_factory=lambda: array("q"))
    kind: array[int] = field(default_factory=lambda: array("q"))
    kinds: dict[str, int] = field(default_factory=dict)
    routes: Routes = field(default_factory=Routes)
    bare: bool = False  # no method is known
    _asked: list[str] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)

    def add(self, began_s: float, duration_s: float, line: int, failure: str = "") -> None:
        """One request; `failure` is empty where it succeeded."""
        self.began_s.append(began_s)
        self.duration_s.append(duration_s)
        self.lines.append(line)
        self.kind.append(self._kind(failure) if failure else -1)

    def asked(self, request: str) -> None:
        """What the request added last asked for: "METHOD url", a URL alone, or "" for unknown."""
        if not request:
            self._settle()
            self.routes.skip(1)
            return
        self.bare |= " " not in request
        self._asked.append(request if " " in request else f"{ANY}{request}")
        if len(self._asked) >= PIECE:
            self._settle()

    def _settle(self) -> None:
        self.routes.extend(self._asked)
        self._asked.clear()

    def _kind(self, failure: str) -> int:
        code = self._seen.get(failure)
        if code is None:
            text = failure_text(failure)
            text = text if len(self.kinds) < MOST_TEXTS else OTHERS
            code = self.kinds.setdefault(text, len(self.kinds))
            if len(self._seen) < PIECE:
                self._seen[failure] = code
        return code

    def extend(self, other: RequestColumns) -> None:
        """The requests of another."""
        codes = [self.kinds.setdefault(name, len(self.kinds)) for name in other.kinds]
        self.began_s.extend(other.began_s)
        self.duration_s.extend(other.duration_s)
        self.lines.extend(other.lines)
        self.kind.extend(codes[kind] if kind >= 0 else -1 for kind in other.kind)
        other._settle()
        labels = other.routes.labels(slice(None))
        if labels is None:
            self._settle()
            self.routes.skip(len(other))
            return
        self.bare |= other.bare
        names = [name if " " in name else "" for name in labels.names]  # without "other"
        for code in labels.codes.tolist():
            self.asked(names[code] if code >= 0 else "")

    def __len__(self) -> int:
        return len(self.began_s)

    def rows(self) -> LoadRows:
        """All of them."""
        self._settle()
        kind = np.frombuffer(self.kind, np.int64) if self.kind else np.zeros(0, np.int64)
        return LoadRows(
            np.array(self.began_s, float),
            np.array(self.duration_s, float),
            kind >= 0,
            np.array(self.lines, np.int64),
            None,
            self._labels(),
            Labels(kind, tuple(self.kinds)),
        )

    def _labels(self) -> Labels | None:
        labels = self.routes.labels(slice(None))
        if labels is None or not self.bare:
            return labels
        return Labels(labels.codes, tuple(name.removeprefix(ANY) for name in labels.names))
