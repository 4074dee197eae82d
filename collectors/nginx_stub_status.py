r"""stub_status of nginx: connections now, and what was accepted and handled since the start.

    Active connections: 291
    server accepts handled requests
     16630948 16630948 31070465
    Reading: 6 Writing: 179 Waiting: 106

Active holds the connection of the one who asks, and idle ones (waiting). accepts exceeds
handled only where a limit was hit: worker_connections, most often. The three counters begin at
nginx's start (a reload keeps them); requests exceed connections by keep-alive. Tengine
adds a fourth number.

Source: https://nginx.org/en/docs/http/ngx_http_stub_status_module.html
"""

from __future__ import annotations

import re

import numpy as np

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Form, Reading, Samples
from diagnose.stamps import blocks

from ._find_status import ASK_STATUS, FIND_STATUS

_ACTIVE = re.compile(r"Active connections:\s*(\d+)\s*$")
_COUNTERS = re.compile(r"(\d+)\s+(\d+)\s+(\d+)(?:\s+\d+)?\s*$")
_STATES = re.compile(r"Reading:\s*(\d+)\s+Writing:\s*(\d+)\s+Waiting:\s*(\d+)\s*$")
_TITLE = re.compile(r"server accepts handled requests(?: request_time)?\s*$")
_GAUGES = {
    "nginx.active_connections",
    "nginx.reading",
    "nginx.writing",
    "nginx.waiting",
}


def recognizes(head: Head) -> float:
    """The title of the counters and the line in front of it."""
    titled = any(_TITLE.match(line.strip()) for line in head.body)
    active = any(_ACTIVE.match(line.strip()) for line in head.body)
    return 0.97 if titled and active else 0.6 * (titled or active)


class _Rows:
    """(time, value, line) of each metric."""

    def __init__(self) -> None:
        self.of: dict[str, list[tuple[float, float, int]]] = {}

    def take(self, line: str, at_s: float, number: int) -> bool:
        """Read one line; False where it is none of stub_status."""
        values = _values(line)
        for metric, value in values.items():
            self.of.setdefault(metric, []).append((at_s, value, number))
        return bool(values) or _TITLE.match(line) is not None

    def drop(self, number: int) -> bool:
        """Take back the counters of a line."""
        dropped = False
        for metric, rows in self.of.items():
            if metric not in _GAUGES and rows and rows[-1][2] == number:
                rows.pop()
                dropped = True
        return dropped


def _values(line: str) -> dict[str, float]:
    if found := _ACTIVE.match(line):
        return {"nginx.active_connections": float(found[1])}
    if found := _STATES.match(line):
        names = ("nginx.reading", "nginx.writing", "nginx.waiting")
        return dict(zip(names, map(float, found.groups()), strict=True))
    if found := _COUNTERS.match(line):
        accepts, handled, requests = map(float, found.groups())
        return {
            "nginx.accepts_per_s": accepts,
            "nginx.requests_per_s": requests,
            "nginx.dropped_connections_per_s": accepts - handled,
        }
    return {}


@collector(
    kind="nginx_stub_status",
    title="nginx stub_status",
    recognizes=recognizes,
    role="lb",
    fetch=(
        Fetch(
            "nginx_stub_status.txt",
            ASK_STATUS,
            roles=("lb", "cdn", "app", "cache", "other"),
            where='[ "$STATUS_URL" ] || grep -sqx nginx /proc/[0-9]*/comm',
            prepare=FIND_STATUS,
            apart=True,
            enable="let nginx answer: location = /nginx_status { stub_status; access_log off; "
            "allow 127.0.0.1; deny all; }, and set status_url where it is not found",
        ),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Gauges of connections, counters of what was accepted, dropped and asked."""
    rows, last = _Rows(), ""
    for block in blocks(raw.lines()):
        for number, line in block.lines:
            if not rows.take(line.strip(), block.at_s, number) and line.strip():
                bad.note(number, line)
            last = line
    if raw.torn and not last.endswith(" ") and rows.drop(raw.lines_read):
        bad.note(raw.lines_read, last)  # a counter cut short would look like a restart
    return Reading(samples=[_samples(metric, rows.of[metric]) for metric in rows.of])


def _samples(metric: str, rows: list[tuple[float, float, int]]) -> Samples:
    at_s, values, lines = np.array(rows, float).reshape(-1, 3).T
    form = Form.GAUGE if metric in _GAUGES else Form.COUNTER
    return Samples(metric, at_s, values, form=form, lines=lines.astype(np.int64))
