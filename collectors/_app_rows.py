"""Lines of an application log that bear a duration, as columns."""

from __future__ import annotations

import math
from array import array
from itertools import groupby

import numpy as np

from diagnose.readings import Array, Flags, Labels, Reading, Requests

from ._access_routes import Routes
from ._app_lines import Line

MOST_WAITS = 16
PIECE = 8192
SLACK_S = 0.01  # lines of two threads may change places by so much
OFTEN_BACK = 0.02  # share of lines whose stamp is before the one above (a choice)


def stamped_at_start(at_s: Array, duration_s: Array) -> bool:
    """Whether the stamps tell when requests began, though lines are written when they end.

    Lines come in the order of their ends. Where stamps go back again and again, and stamps
    plus durations do not, the stamps are of beginnings. (n,) columns in the order of the file.

    >>> stamped_at_start(np.array([5.0, 1.0, 6.0, 2.0]), np.array([0.1, 5.0, 0.5, 6.0]))
    True
    >>> stamped_at_start(np.array([5.0, 6.0, 6.5, 8.0]), np.array([0.1, 5.0, 0.5, 6.0]))
    False
    """
    back = np.mean(np.diff(at_s) < -SLACK_S) if at_s.size > 1 else 0.0
    back_of_ends = np.mean(np.diff(at_s + duration_s) < -SLACK_S) if at_s.size > 1 else 0.0
    return bool(back > OFTEN_BACK and back_of_ends < 0.25 * back)


class Rows:
    """Collects rows; what is no request is left out where the log has requests."""

    def __init__(self) -> None:
        self._ended, self._duration, self._status = array("d"), array("d"), array("d")
        self._lines, self._is_request = array("q"), array("b")
        self._texts: list[str] = []
        self._routes = Routes()
        self._waits: dict[str, tuple[array[int], array[float]]] = {}
        self._unsaid: dict[str, int] = {}
        self._without = 0
        self._began = False

    def add(self, number: int, line: Line) -> bool:
        """One line; whether it made a row."""
        if math.isnan(line.duration_s):
            self._without += 1
            return False
        for name, waited_s in line.waits_s.items():
            rows, values = self._waits.setdefault(name, (array("q"), array("d")))
            rows.append(len(self._ended))
            values.append(waited_s)
        if line.unsaid:
            self._unsaid[line.unsaid] = self._unsaid.get(line.unsaid, 0) + 1
        self._ended.append(line.at_s)
        self._duration.append(line.duration_s)
        self._status.append(line.status)
        self._lines.append(number)
        self._is_request.append(line.is_request)
        self._texts.append(line.request)
        if len(self._texts) >= PIECE:
            self._flush(keep=1)
        return True

    def drop_last(self) -> None:
        """Forget the row added last."""
        for column in (self._ended, self._duration, self._status, self._lines, self._is_request):
            column.pop()
        self._texts.pop()
        for rows, values in self._waits.values():
            if rows and rows[-1] == len(self._ended):
                rows.pop()
                values.pop()

    def give(self, reading: Reading) -> None:
        """Put the requests, and what was left out, into a reading."""
        self._flush()
        of_all = np.frombuffer(self._is_request, np.int8) != 0
        kept = of_all if of_all.any() else np.ones(len(of_all), bool)
        if kept.any():
            reading.requests.append(self._requests(kept))
            self._began = reading.requests[-1].started
        reading.notes += self._notes(int((~kept).sum()))

    def _requests(self, kept: Flags) -> Requests:
        status = np.array(self._status)[kept]
        at_s, duration_s = np.array(self._ended)[kept], np.array(self._duration)[kept]
        return Requests(
            at_s,
            np.array(self._lines, np.int64)[kept],
            status=None if np.isnan(status).all() else status,
            duration_s=duration_s,
            waits_s=self._waits_of(kept),
            route=self._labels(kept),
            started=stamped_at_start(at_s, duration_s),
        )

    def _waits_of(self, kept: Flags) -> dict[str, Array]:
        most = sorted(self._waits.items(), key=lambda item: (-len(item[1][0]), item[0]))
        columns = {}
        for name, (rows, values) in most[:MOST_WAITS]:
            column = np.full(len(kept), math.nan)
            column[np.array(rows, np.int64)] = values
            if not np.isnan(column[kept]).all():
                columns[name] = column[kept]
        return columns

    def _labels(self, kept: Flags) -> Labels | None:
        return self._routes.labels(np.flatnonzero(kept))

    def _flush(self, keep: int = 0) -> None:
        """Name the routes of the rows so far; the last may yet be dropped."""
        texts, self._texts = self._texts, self._texts[len(self._texts) - keep :]
        for named, group in groupby(texts[: len(texts) - keep], bool):
            found = list(group)
            if named:
                self._routes.extend(found)
            else:
                self._routes.skip(len(found))

    def _notes(self, left_out: int) -> list[str]:
        notes = [
            f"`{name}` bears no unit: read as milliseconds ({count:,} lines)"
            for name, count in sorted(self._unsaid.items())
        ]
        if self._began:
            notes.append("its time stamps are of the beginning of each request: ends were computed")
        if left_out:
            notes.append(f"{left_out:,} durations of lines that are no requests were left out")
        if self._without:
            notes.append(f"{self._without:,} lines without a duration were read for messages only")
        return notes
