"""k6's metric samples, from CSV or JSON, as a load curve.

A request has a row for each of its metrics, in one order: the k-th http_req_blocked belongs
to the k-th http_req_duration. The time of a row is the end of the request; it began
duration + blocked before (blocked holds connecting and TLS).
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diagnose.failures import without_values
from diagnose.loadrows import LoadRows, load_of
from diagnose.metrics import message
from diagnose.readings import Array, Flags, Labels, Load, Occurrences

from ._codes import Codes, folded
from ._grown import Grown

# Requests of other protocols are told by the duration of their own metric.
DURATIONS = ("http_req_duration", "grpc_req_duration")
BLOCKED, FAILED, USERS = "http_req_blocked", "http_req_failed", "vus"
DROPPED, ITERATIONS = "dropped_iterations", "iteration_duration"
WANTED = (*DURATIONS, BLOCKED, FAILED, USERS, DROPPED, ITERATIONS)
HOST = re.compile(r"^https?://([^/?#]+)")
MOST_KINDS, LONGEST_TEXT = 60, 160
# What error_code means where the error tag was not written.
# https://grafana.com/docs/k6/latest/javascript-api/error-codes/
CODES = {
    "1010": "non-TCP network error",
    "1050": "request timeout",
    "1100": "DNS lookup failed",
    "1101": "no such host",
    "1201": "broken pipe",
    "1210": "dial failed",
    "1211": "dial timeout",
    "1212": "connection refused",
    "1220": "connection reset by peer",
    "1300": "TLS error",
}


class Tags(NamedTuple):
    """What the tags of a request say; "" for a tag that was not written."""

    name: str = ""
    method: str = ""
    status: str = ""
    expected: str = ""
    error: str = ""
    error_code: str = ""

    def failed(self) -> bool | None:
        """None where only the metric http_req_failed tells."""
        return None if self.expected not in ("true", "false") else self.expected == "false"

    def failed_by_status(self) -> bool:
        """For want of both: no answer, or a status of 400 and more."""
        return self.status == "0" or (self.status.isdigit() and int(self.status) >= 400)

    def text(self) -> str:
        """The failure in few words.

        >>> Tags(status="503", error_code="1503").text(), Tags(status="0", error_code="1212").text()
        ('HTTP 503', 'connection refused')
        """
        if self.status.isdigit() and int(self.status) >= 400:
            return f"HTTP {self.status} {self.error}".strip()
        text = self.error or CODES.get(self.error_code, "")
        if not text:
            said = f"error {self.error_code}" if self.error_code else f"status {self.status}"
            text = said.strip()
        return without_values(" ".join(text.split()))[:LONGEST_TEXT]


class Points:
    """All samples that were wanted so far."""

    def __init__(self) -> None:
        self.tags = Codes[Tags]()
        self.at: dict[str, Grown] = {}
        self.values: dict[str, Grown] = {}
        self.lines: dict[str, Grown] = {}
        self.coded: dict[str, Grown] = {}
        self.whole_seconds = True

    def add(
        self, metric: str, at_s: Array, values: Array, lines: NDArray[Any], tags: NDArray[Any]
    ) -> None:
        """Samples of one metric in the order of the file; tags are codes into self.tags."""
        if not at_s.size:
            return
        for store, column in (
            (self.at, at_s),
            (self.values, values),
            (self.lines, lines),
            (self.coded, tags),
        ):
            store.setdefault(metric, Grown(column.dtype)).add(column)

    def of(self, metric: str) -> tuple[Array, Array]:
        """Times and values of a metric."""
        if metric not in self.at:
            return np.zeros(0), np.zeros(0)
        return self.at[metric].whole(), self.values[metric].whole()

    def load(self, notes: list[str]) -> Load:
        """The load curve of the requests; of iterations where there are no requests."""
        metric = next((name for name in DURATIONS if name in self.at), ITERATIONS)
        if metric == ITERATIONS:
            notes.append("it holds no requests: iterations stand for them")
        ended_s, took_ms = self.of(metric)
        if not ended_s.size:
            return Load("k6", open_model=self._open())
        took_s = (took_ms + self._blocked(metric, ended_s, notes)) / 1000
        if self.whole_seconds:
            notes.append(
                "times are whole seconds: half a second was added; K6_CSV_TIME_FORMAT=unix_milli "
                "writes milliseconds"
            )
            ended_s = ended_s + 0.5
        tags = self.coded[metric].whole()
        failed = self._failed(metric, tags, notes)
        rows = LoadRows(
            ended_s - took_s,
            took_s,
            failed,
            self.lines[metric].whole().astype(np.int64),
            self._users(ended_s),
            self._routes(tags),
            self._kinds(tags, failed),
        )
        return load_of("k6", rows, open_model=self._open())

    def dropped(self) -> Occurrences:
        """Iterations that k6 could not start in time."""
        at_s, counts = self.of(DROPPED)
        times = np.repeat(at_s, counts.astype(np.int64))
        lines = np.zeros(0, np.int64)
        if at_s.size:
            whole = self.lines[DROPPED].whole().astype(np.int64)
            lines = np.repeat(whole, counts.astype(np.int64))
        example = f"dropped_iterations: {int(counts.sum()):,}" if at_s.size else ""
        return Occurrences(message("generator", "too_few_users"), times, lines, example=example)

    def _open(self) -> bool | None:
        """Iterations that are dropped while others start show a rate of arrivals."""
        at_s, _ = self.of(DROPPED)
        return True if np.unique(at_s).size > 1 else None

    def _blocked(self, metric: str, ended_s: Array, notes: list[str]) -> Array:
        at_s, blocked_ms = self.of(BLOCKED)
        pairs = min(at_s.size, ended_s.size)
        whole = abs(at_s.size - ended_s.size) <= 1 and bool((at_s[:pairs] == ended_s[:pairs]).all())
        if metric != DURATIONS[0] or not whole:
            if metric == DURATIONS[0]:
                notes.append("the wait for a connection (http_req_blocked) is not in the times")
            return np.zeros(ended_s.size)
        out = np.zeros(ended_s.size)
        out[:pairs] = blocked_ms[:pairs]
        notes.append(
            "times hold the wait for a connection (http_req_blocked), as a user feels it; "
            "k6's own http_req_duration does not"
        )
        return out

    def _failed(self, metric: str, tags: NDArray[Any], notes: list[str]) -> Flags:
        told = [each.failed() for each in self.tags.names]
        if all(told[tag] is not None for tag in np.unique(tags).tolist()):
            return np.asarray(np.array([bool(t) for t in told], np.bool_)[tags], np.bool_)
        _, flags = self.of(FAILED)
        if metric == DURATIONS[0] and abs(flags.size - tags.size) <= 1:
            out = np.zeros(tags.size, np.bool_)
            out[: flags.size] = flags[: tags.size] > 0
            return out
        notes.append("failures were told from the status: k6 did not write which it expected")
        by_status = np.array([each.failed_by_status() for each in self.tags.names], np.bool_)
        return np.asarray(by_status[tags], np.bool_)

    def _users(self, ended_s: Array) -> Array | None:
        at_s, users = self.of(USERS)
        if not at_s.size:
            return None
        order = np.argsort(at_s, kind="stable")
        place = np.searchsorted(at_s[order], ended_s, side="right") - 1
        return users[order][np.maximum(place, 0)]

    def _routes(self, tags: NDArray[Any]) -> Labels:
        names = [self.tags.names[tag] for tag in range(len(self.tags.names))]
        hosts = {m[1] for each in names if (m := HOST.match(each.name))}
        made = []
        for each in names:
            name = HOST.sub("", each.name) or "/" if len(hosts) == 1 else each.name
            route = " ".join(f"{each.method} {without_values(name)}".split())
            made.append(route[:LONGEST_TEXT] or "(no name)")
        ordered = sorted({made[tag] for tag in np.unique(tags).tolist()})
        place = {route: at for at, route in enumerate(ordered)}
        codes = np.array([place.get(route, 0) for route in made], np.int64)[tags]
        return Labels(codes, tuple(ordered))

    def _kinds(self, tags: NDArray[Any], failed: Flags) -> Labels:
        kinds = Codes[str]()
        place = np.full(len(self.tags.names), -1, np.int64)
        for tag in np.unique(tags[failed]).tolist():
            place[tag] = kinds.of(self.tags.names[tag].text() or "failed")
        codes = np.where(failed, place[tags], -1)
        return folded(Labels(codes, tuple(kinds.names)), MOST_KINDS, "other failures")
