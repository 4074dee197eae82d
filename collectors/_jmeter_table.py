"""Rows of a JTL file in CSV, as columns of samples."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diagnose.badlines import BadLines
from diagnose.delimited import records
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Array, Reading

from ._codes import Codes, combinations
from ._formatted_times import FormattedTimes, reader
from ._grown import Grown
from ._jmeter_outcome import Outcome, outcome_of
from ._jmeter_samples import Samples, Small
from ._log_times import epoch_s
from ._request_table import Piece, Shape, pieces

NAMES = ("method", "label")
ENDS = ("success", "code", "message", "failure", "type", "url")


def tool_of(head: Head, shape: Shape) -> str:
    """Who wrote it: JMeter, Taurus for Locust (with a method), or locust-plugins."""
    if "method" in shape.texts:
        return "locust by taurus"
    if "datatype" in shape.header:
        types = set(_first(head, shape, shape.header.index("datatype")))
        return "locust by listener" if types == {"unknown"} else "jmeter"
    return "jmeter"


class Table:
    """Pieces of the file, put together column by column."""

    def __init__(self, head: Head, shape: Shape, reading: Reading) -> None:
        self.shape, self.reading = shape, reading
        self.labels, self.threads = Codes[str](), Codes[str]()
        self.outcomes = Codes[Outcome]()
        self.times: FormattedTimes | None = None
        self.columns: dict[str, Grown] = {}
        some = [text for text in _first(head, shape, shape.numbers["stamp"]) if text]
        self.step_s = 1.0 if some and max(map(len, some)) <= 10 else 0.001
        if some and not any(text.replace(".", "").isdigit() for text in some):
            self.times = reader(some)
            shape.words["stamp"] = shape.numbers.pop("stamp")
            self.step_s = 0.001 if any(re.search(r":\d\d[.,:]\d", text) for text in some) else 1.0

    def samples(self, raw: RawFile, bad: BadLines) -> Samples | None:
        """All rows; None where there is none."""
        headers: list[int] = []
        rows = several = 0
        for piece in pieces(raw, bad, self.shape):
            headers.extend(rows + at for at in piece.restarts)
            rows += piece.lines.size
            if "samples" in piece.numbers:
                several += int((piece.numbers["samples"] > 1).sum())
            for name, column in self._columns(piece).items():
                self.columns.setdefault(name, Grown(column.dtype)).add(column)
        self._say(several)
        if not rows:
            return None
        return Samples(
            self._joined("stamp"),
            self._joined("elapsed"),
            self._joined("line"),
            self._joined("users") if "users" in self.columns else None,
            self._codes("label"),
            self._codes("thread"),
            self._joined("outcome"),
            self.labels.names,
            self.threads.names,
            self.outcomes.names,
            headers,
            self.step_s,
        )

    def _columns(self, piece: Piece) -> dict[str, NDArray[np.generic]]:
        """The columns of a piece, small ones in small types: a run has millions of rows."""
        made: dict[str, NDArray[np.generic]] = {
            "stamp": self._stamps(piece),
            "elapsed": piece.numbers["elapsed"] / 1000,
            "line": piece.lines.astype(np.int32),
            "outcome": self._outcomes(piece),
        }
        if "users" in piece.numbers:
            made["users"] = piece.numbers["users"].astype(np.float32)
        if "thread" in piece.texts:
            codes, names = piece.texts["thread"]
            made["thread"] = _small(self.threads.all(names)[codes])
        if "label" in piece.texts:
            made["label"] = self._labels(piece)
        return made

    def _stamps(self, piece: Piece) -> Array:
        if self.times is not None:
            return np.array([self.times.at_s(text) for text in piece.words["stamp"]], float)
        stamps = piece.numbers["stamp"]
        known = stamps[np.isfinite(stamps) & (stamps > 0)]
        return stamps * (epoch_s(float(known[0])) / float(known[0]) if known.size else np.nan)

    def _labels(self, piece: Piece) -> NDArray[np.generic]:
        there = [piece.texts[name] for name in NAMES if name in piece.texts]
        codes, made = combinations([(column, len(names)) for column, names in there])
        names = [
            " ".join(names[at] for (_, names), at in zip(there, parts, strict=True))
            for parts in made
        ]
        return _small(self.labels.all(names)[codes])

    def _outcomes(self, piece: Piece) -> NDArray[np.generic]:
        there = {name: piece.texts[name] for name in ENDS if name in piece.texts}
        if not there:
            return np.full(piece.lines.size, self.outcomes.of(outcome_of({})), np.int32)
        codes, made = combinations([(column, len(names)) for column, names in there.values()])
        outcomes = [
            outcome_of({name: there[name][1][at] for name, at in zip(there, parts, strict=True)})
            for parts in made
        ]
        return _small(self.outcomes.all(outcomes)[codes])

    def _joined(self, name: str) -> Any:
        return self.columns.pop(name).whole()

    def _codes(self, name: str) -> Small | None:
        return self._joined(name) if name in self.columns else None

    def _say(self, several: int) -> None:
        notes = self.reading.notes
        if several:
            notes.append(
                f"{several:,} rows stand for several samples each (SampleCount) and are counted "
                "once: run with mode=Standard to have every sample"
            )
        if self.times is not None:
            self.reading.naive = self.times.naive
            self.reading.date_known = not self.times.unsure
            if self.times.unsure:
                notes.append("dates like 03/04 were read with the month first")
        if self.step_s >= 1:
            notes.append("stamps are whole seconds")


def _small(codes: NDArray[np.int32]) -> NDArray[np.generic]:
    return codes.astype(np.int16) if codes.size and codes.max() < 32_767 else codes


def _first(head: Head, shape: Shape, at: int) -> list[str]:
    """Cells of one column in the first rows."""
    lines = enumerate(head.lines[shape.first - 1 : shape.first + 200])
    rows = [cells for _, cells in records(lines, shape.separator)]
    return [row[at].strip() for row in rows if len(row) == shape.width]
