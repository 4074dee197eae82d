r"""HAProxy's `show info` and `show stat`, from its stats socket or its page of statistics as CSV.

    # 1795406687.510
    CurrConns: 37
    Maxconn: 2000
    # pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,...
    web,FRONTEND,,,37,90,2000,813,...
    api,app1,3,9,30,30,30,790,...

A row a frontend, backend and server; the part is "proxy/server". Columns are told by the heading,
for versions add some. Counters run since the start or `clear counters all`. Traps: a frontend has
no queue, and qcur of a BACKEND is the requests that wait for any of its servers; slim is empty
where nothing is limited; Idle_pct is of the last second, the mean of all threads (2.6; of the one
that answered in old versions).

Source: https://docs.haproxy.org/2.8/management.html#9.1, #9.3
"""

from __future__ import annotations

import csv
import math
import re

import numpy as np

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Form, Limit, Reading, Samples
from diagnose.stamps import blocks

HEADING = "# pxname,svname,"
_INFO = re.compile(r"([A-Z][\w-]*): ?(.*)$")
_GAUGES = {"scur": "haproxy.sessions", "qcur": "haproxy.queue"}
_COUNTERS = {
    "stot": "haproxy.sessions_per_s",
    "dreq": "haproxy.denied_requests_per_s",
    "econ": "haproxy.connect_errors_per_s",
    "eresp": "haproxy.response_errors_per_s",
    "wretr": "haproxy.retries_per_s",
    "hrsp_5xx": "haproxy.answers_5xx_per_s",
}
_OF_INFO = {"CurrConns": "haproxy.connections", "ConnRate": "haproxy.accepts_per_s"}
_LIMITS = {"Maxconn": "haproxy.max_connections"}
_FIND = r"""if [ -z "$HAPROXY_SOCKET" ]; then
HAPROXY_SOCKET=$(sed -n 's/^[[:space:]]*stats[[:space:]]\{1,\}socket[[:space:]]\{1,\}\(unix@\)\{0,1\}\(\/[^ @]*\).*/\2/p' \
  /etc/haproxy/haproxy.cfg /etc/haproxy/conf.d/*.cfg 2>/dev/null | head -n 1)
fi"""  # noqa: E501
# The commands only show. Of `show info` what is read, and nothing of descriptions and nodes.
_ASK = r"""case $STATUS_URL in
*\;csv) curl -fsS -m 2 "$STATUS_URL" || wget -q -T 2 -O - "$STATUS_URL" ;;
*) if command -v socat >/dev/null; then
  echo 'show info;show stat' | socat -t 2 - "UNIX-CONNECT:$HAPROXY_SOCKET"
else echo 'show info;show stat' | nc -w 2 -U "$HAPROXY_SOCKET"; fi ;;
esac | grep -E '^(CurrConns|ConnRate|Maxconn|Idle_pct|Version): |,' """


def recognizes(head: Head) -> float:
    """The heading of its CSV."""
    return 0.97 if any(line.startswith(HEADING) for line in head.lines) else 0.0


@collector(
    kind="haproxy_stats",
    title="HAProxy's show info and show stat",
    recognizes=recognizes,
    role="lb",
    fetch=(
        Fetch(
            "haproxy_stats.txt",
            _ASK,
            roles=("lb", "cdn", "app", "db", "cache", "other"),
            privileged=True,
            where="grep -sqx haproxy /proc/[0-9]*/comm",
            prepare=_FIND,
            apart=True,
            enable="let HAProxy answer: `stats socket /run/haproxy/admin.sock level user` in "
            "global (and socat, and the user in its group), or status_url = "
            '"http://127.0.0.1:8404/stats;csv"',
        ),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Gauges and counters of every sample by proxy and server; limits, the last that was said."""
    table = _Table()
    for block in blocks(raw.lines()):
        for number, line in block.lines:
            if line.strip() and not table.take(block.at_s, number, line):
                bad.note(number, line)
    return table.reading()


class _Table:
    """Rows by metric and part."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, Form], list[tuple[float, float, int]]] = {}
        self._limits: dict[tuple[str, str], Limit] = {}
        self._facts: list[Fact] = []
        self._columns: list[str] = []

    def take(self, at_s: float, number: int, line: str) -> bool:
        """One line; False where it should be readable and is not."""
        if line.startswith(HEADING):
            self._columns = line[2:].strip().split(",")
            return True
        if told := _INFO.match(line):
            return self._info(at_s, number, told[1], told[2])
        cells = next(csv.reader([line]), [])
        row = dict(zip(self._columns, cells, strict=False))
        # The heading ends in a comma, and so does each whole row.
        if len(cells) < len(self._columns) or not row.get("svname"):
            return False
        part = f"{row['pxname']}/{row['svname']}"
        for names, form in ((_GAUGES, Form.GAUGE), (_COUNTERS, Form.COUNTER)):
            for column, metric in names.items():
                self._put(metric, part, form, at_s, row.get(column, ""), number)
        slim = _number(row.get("slim", ""))
        if slim > 0:
            key = ("haproxy.max_sessions", part)
            self._limits[key] = Limit(*key[:1], slim, part, number)
        return True

    def _info(self, at_s: float, number: int, name: str, text: str) -> bool:
        if name in _OF_INFO:
            self._put(_OF_INFO[name], "", Form.GAUGE, at_s, text, number)
        elif name in _LIMITS:
            self._limits[_LIMITS[name], ""] = Limit(_LIMITS[name], _number(text), line=number)
        elif name == "Idle_pct":
            busy = 1.0 - _number(text) / 100.0
            self._put("haproxy.loop_busy_ratio", "", Form.GAUGE, at_s, str(busy), number)
        elif name == "Version" and not self._facts:
            self._facts.append(Fact("haproxy.version", text.strip(), line=number))
        return True

    def _put(self, metric: str, part: str, form: Form, at_s: float, text: str, number: int) -> None:
        value = _number(text)
        if not math.isnan(value):
            self._rows.setdefault((metric, part, form), []).append((at_s, value, number))

    def reading(self) -> Reading:
        """All of it."""
        samples = []
        for (metric, part, form), rows in self._rows.items():
            at_s, values, lines = np.array(rows, float).reshape(-1, 3).T
            samples.append(Samples(metric, at_s, values, part, form, lines.astype(np.int64)))
        return Reading(samples=samples, limits=list(self._limits.values()), facts=self._facts)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
