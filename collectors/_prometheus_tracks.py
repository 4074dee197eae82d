"""Answers of Prometheus as tracks: the samples of one series, pieces of it put together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from diagnose.badlines import BadLines
from diagnose.rawfile import RawFile
from diagnose.readings import Array, Ints

NAME = "__name__"
WHERE = ("instance", "job")  # labels that say which exporter it was, not what was measured
_PORT = re.compile(r"(.+):\d+$")


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One series: at_s is when Prometheus asked the exporter, by Prometheus's clock.

    lines: the line of the file that the answer stands on. Shapes (n,).
    """

    name: str
    labels: dict[str, str]
    at_s: Array
    values: Array
    lines: Ints

    def named(self, name: str, factor: float = 1.0) -> Track:
        """The same under another name, in another unit."""
        return Track(name, self.labels, self.at_s, self.values * factor, self.lines)

    def of(self, at_s: Array, values: Array) -> Track:
        """Values worked out from it, at some of its times."""
        lines = self.lines[np.searchsorted(self.at_s, at_s)]
        return Track(self.name, self.labels, at_s, values, lines)


def tracks(raw: RawFile, bad: BadLines, notes: list[str]) -> list[Track]:
    """Every series of the file, in the order of its first piece; what is odd is noted."""
    pieces: dict[tuple[tuple[str, str], ...], list[tuple[Array, Array, int]]] = defaultdict(list)
    nameless = 0
    for line, series in _series(raw, bad, notes):
        labels = series.get("metric")
        piece = _piece(series)
        if not isinstance(labels, dict) or piece is None:
            bad.note(line, "a series without labels or samples")
        elif NAME not in labels:
            nameless += 1
        else:
            key = tuple(sorted((str(k), str(v)) for k, v in labels.items()))
            pieces[key].append((*piece, line))
    if nameless:
        notes.append(
            f"{nameless} series bear no name, as answers to rate() and sums do: they were not "
            "read; ask for the series themselves"
        )
    return [_joined(dict(key), parts) for key, parts in pieces.items()]


def _series(raw: RawFile, bad: BadLines, notes: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, answer in _answers(raw, bad):
        data = answer.get("data") if isinstance(answer, dict) else None
        result = data.get("result") if isinstance(data, dict) else None
        if not isinstance(result, list):
            bad.note(line, str(answer.get("error", "") if isinstance(answer, dict) else answer))
            continue
        warnings = answer.get("warnings") or []
        notes += [f"Prometheus warns: {warning}" for warning in warnings if warning not in notes]
        yield from ((line, one) for one in result if isinstance(one, dict))


def _answers(raw: RawFile, bad: BadLines) -> Iterator[tuple[int, Any]]:
    """(line, answer): one a line, or one document over all lines."""
    text = raw.whole()
    try:
        yield 1, orjson.loads(text)
        return
    except orjson.JSONDecodeError:
        pass
    for number, line in enumerate(text.split(b"\n"), start=1):
        if line.strip():
            try:
                yield number, orjson.loads(line)
            except orjson.JSONDecodeError:
                bad.note(number, line[:200].decode("utf-8", "replace"))


def _piece(series: dict[str, Any]) -> tuple[Array, Array] | None:
    """Times and values of `values` (a range) or `value` (one moment)."""
    rows = series.get("values", [series["value"]] if "value" in series else None)
    try:
        at_s, values = zip(*rows, strict=True) if rows else ((), ())
        return np.array(at_s, float), np.array(values, float)  # "NaN" and "+Inf" are numbers
    except (TypeError, ValueError):
        return None


def _joined(labels: dict[str, str], parts: list[tuple[Array, Array, int]]) -> Track:
    """In the order of time; a sample that stands in two pieces is one."""
    at_s = np.concatenate([at for at, _, _ in parts])
    values = np.concatenate([value for _, value, _ in parts])
    lines = np.concatenate([np.full(at.size, line, np.int64) for at, _, line in parts])
    at_s, first = np.unique(at_s, return_index=True)
    values, lines = values[first], lines[first]
    good = np.isfinite(values)
    return Track(labels.pop(NAME), labels, at_s[good], values[good], lines[good])


def host_of(track: Track) -> str:
    """The host of the label `instance`, without its port.

    >>> none = np.zeros(0)
    >>> host_of(Track("up", {"instance": "lb1:9100"}, none, none, none.astype(int)))
    'lb1'
    """
    instance = track.labels.get("instance", "")
    match = _PORT.match(instance)
    return match[1] if match else instance


def summed(parts: Iterable[Track]) -> Track:
    """The sum of several; each stands from its first sample on until its next."""
    several = list(parts)
    if len(several) == 1:
        return several[0]
    longest = max(several, key=lambda track: track.at_s.size)
    at_s = np.unique(np.concatenate([track.at_s for track in several]))
    total = np.zeros(at_s.size)
    for track in several:
        before = np.searchsorted(track.at_s, at_s, side="right") - 1
        total += np.where(before >= 0, track.values[np.maximum(before, 0)], 0.0)
    line = np.minimum(np.searchsorted(longest.at_s, at_s), longest.at_s.size - 1)
    return Track(longest.name, longest.labels, at_s, total, longest.lines[line])


def together(parts: Iterable[Track]) -> tuple[Array, list[Array]]:
    """The times that all have, and the values of each at them."""
    several = list(parts)
    at_s = several[0].at_s
    for track in several[1:]:
        at_s = np.intersect1d(at_s, track.at_s)
    return at_s, [track.values[np.searchsorted(track.at_s, at_s)] for track in several]
