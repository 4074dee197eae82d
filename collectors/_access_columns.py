"""Rows of access logs, laid into the columns of Requests a batch at a time."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from diagnose.badlines import BadLines
from diagnose.readings import Ints, Requests

from ._access_routes import (
    ADDRESSES,
    DISTINCT,
    Routes,
    TextColumn,
    last_address,
)
from ._access_values import (
    Remembered,
    Value,
    bears_no_zone,
    count_of_tries,
    first_of_connection,
    last_number,
    number,
    sum_of_tries,
    when,
)

# One batch: values by the name of nginx's variable, each of shape (n,).
Batch: TypeAlias = Mapping[str, Sequence[Value]]
Line: TypeAlias = tuple[int, str]


def _scaled(by: float) -> Callable[[Value], float]:
    return lambda value: number(value) * by


# column -> the variables that give it, the best first, each with how it is read
_COLUMNS: dict[str, dict[str, Callable[[Value], float]]] = {
    "ended_s": {"msec": when, "time": when},
    "status": {"status": number},
    "duration_s": {
        "request_time": number,
        "request_time_ms": _scaled(1e-3),
        "request_time_us": _scaled(1e-6),
    },
    "upstream_s": {"upstream_response_time": sum_of_tries},
    "connect_s": {"upstream_connect_time": sum_of_tries},
    "header_s": {"upstream_header_time": sum_of_tries},
    "upstream_status": {"upstream_status": last_number},
    "tries": {
        "upstream_addr": count_of_tries,
        "upstream_status": count_of_tries,
        "upstream_response_time": count_of_tries,
    },
    "bytes_sent": {"bytes_sent": number, "body_bytes_sent": number},
    "new_connection": {"connection_requests": first_of_connection},
}
WANTED = {name for ways in _COLUMNS.values() for name in ways} | {
    "request",
    "request_method",
    "request_uri",
    "remote_addr",
}


class Columns:
    """All requests of one file; a column that no batch brought is None in the end."""

    def __init__(self) -> None:
        self.naive = False
        self._numbers = array("q")
        self._cells = {column: array("d") for column in _COLUMNS}
        self._seen: set[str] = set()
        self._untimed: set[int] = set()
        self._memory = {
            (column, name): Remembered(work)
            for column, ways in _COLUMNS.items()
            for name, work in ways.items()
        }
        self._routes = Routes()
        self._upstreams = TextColumn(last_address, ADDRESSES, DISTINCT)
        self._senders = TextColumn(lambda value: str(value or ""), ADDRESSES, 16 * DISTINCT)

    def add(self, lines: Sequence[Line], batch: Batch, bad: BadLines) -> None:
        """Add the rows that stood in these lines; a time that cannot be read makes one bad."""
        count = len(lines)
        for column, ways in _COLUMNS.items():
            name = next((name for name in ways if name in batch), None)
            if name is None:
                self._cells[column].extend(array("d", [math.nan]) * count)
                continue
            self._seen.add(column)
            values = self._values(column, name, batch[name])
            self._cells[column].frombytes(np.fromiter(values, float, count).tobytes())
        self._numbers.extend(number for number, _ in lines)
        _text(self._routes, _requests(batch), count)
        _text(self._upstreams, batch.get("upstream_addr"), count)
        _text(self._senders, batch.get("remote_addr"), count)
        if "msec" in batch or "time" in batch:
            self._note_untimed(lines, bad)
            self.naive |= "msec" not in batch and bears_no_zone(batch["time"][0])

    def _values(self, column: str, name: str, values: Sequence[Value]) -> Iterable[float]:
        if name == "msec" and (at_s := _epochs(values)):
            return at_s
        return map(self._memory[column, name].__getitem__, values)

    def _note_untimed(self, lines: Sequence[Line], bad: BadLines) -> None:
        at_s = np.array(self._cells["ended_s"][-len(lines) :])
        for row in map(int, np.flatnonzero(np.isnan(at_s))):
            bad.note(*lines[row])
            self._untimed.add(lines[row][0])

    def has(self, column: str) -> bool:
        """Whether some format brought it."""
        return column in self._seen

    def __len__(self) -> int:
        return len(self._numbers)

    def requests(self, *, started: bool) -> Requests:
        """The columns in the order of the file, without the rows whose time was bad."""
        lines = np.array(self._numbers, np.int64)
        rows: Ints | slice = slice(None)  # as they came, without a copy
        if self._untimed or (np.diff(lines) < 0).any():
            rows = np.argsort(lines, kind="stable")
            rows = rows[~np.isin(lines[rows], list(self._untimed))]
        given = {c: np.frombuffer(self._cells[c], float)[rows] for c in self._seen if len(self)}
        return Requests(
            ended_s=given.get("ended_s", np.full(lines[rows].size, math.nan)),
            lines=lines[rows],
            status=given.get("status"),
            duration_s=given.get("duration_s"),
            upstream_s=given.get("upstream_s"),
            connect_s=given.get("connect_s"),
            header_s=given.get("header_s"),
            upstream_status=given.get("upstream_status"),
            tries=given.get("tries"),
            bytes_sent=given.get("bytes_sent"),
            new_connection=given.get("new_connection"),
            route=self._routes.labels(rows),
            upstream=self._upstreams.labels(rows),
            sender=self._senders.labels(rows),
            started=started,
        )


def _epochs(values: Sequence[Value]) -> array[float] | None:
    """Epoch seconds written as plain numbers; None where some value is anything else.

    No memory of values here: milliseconds hardly ever repeat.
    """
    try:
        at_s = array("d", map(float, values))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return at_s if all(1e8 <= at < 1e10 for at in at_s) else None


def _text(column: TextColumn, values: Sequence[Value] | None, count: int) -> None:
    if values is None:
        column.skip(count)
    else:
        column.extend(values)


def _requests(batch: Batch) -> Sequence[Value] | None:
    """ "METHOD path" of every row, from $request or from its two halves."""
    if "request" in batch:
        return batch["request"]
    if "request_uri" not in batch:
        return None
    methods = batch.get("request_method", ("ANY",) * len(batch["request_uri"]))
    pairs = zip(methods, batch["request_uri"], strict=True)
    return [f"{method} {path}" if path else "" for method, path in pairs]
