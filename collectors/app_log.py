"""Log of an application: lines with a time stamp and, for requests, a duration.

Plain text, logfmt and JSON lines are read: Go (gin, zap, slog, echo), Python (structlog,
uvicorn and gunicorn with times), Node (pino, morgan with a date), Ruby (Rails, lograge), Java,
heroku; behind the prefixes of docker and kubectl as well.

Traps. A number whose unit stands neither in its name nor in its value is read as
milliseconds (zap's floating numbers and `request_time` as seconds), and a note says so.
Durations of lines that are no requests (jobs, single queries) are left out where the log
has requests. A stack trace is one message. The time of a line is taken as the end of its
request. Lines at level INFO and below are never counted as messages of trouble.

Sources: https://pkg.go.dev/go.uber.org/zap/zapcore#SecondsDurationEncoder
https://www.elastic.co/docs/reference/ecs/ecs-event#field-event-duration
https://guides.rubyonrails.org/debugging_rails_applications.html#the-logger
"""

from __future__ import annotations

import math
import re

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading

from ._app_events import Events
from ._app_lines import UNKNOWN, Line, LineReader
from ._app_rails import Rails
from ._app_rows import Rows
from ._log_messages import shown

LOOKED_AT = 150  # lines of the head
_OTHERS = re.compile(
    r"(?m)^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] \d+#\d+: "  # nginx error log
    r"|/(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)/(?:locust|root|stdout|stderr)"
    r"|^\S+ \S+ kernel: |^<[?!a-zA-Z]|\"attack\":|\"type\":\"(?:Point|Metric)\""
    r"|^\d{4}-\d\d-\d\d[T ] ?\d?\d:\d\d:\d\d\S* \d+ \[(?:Note|System|Warning|ERROR)\] "
    r"|^(?:[^\n]*[\s:])?(?:LOG|STATEMENT|DETAIL):  "
    r"|\"upstream_|\burt=|\buct=|upstream_response_time"
    r"|^#(?: Time: | Query_time: )|^-+\n.*INNODB"
)
_TORN_INTO = re.compile(r"\w\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def recognizes(head: Head) -> float:
    """Lines with a time stamp and a duration; with a level only, a weak claim."""
    lines = head.body[:LOOKED_AT]
    if not lines or "\x00" in head.text[:4096] or _OTHERS.search(head.text):
        return 0.0
    # An epoch at the head of each line is taken for the stamp of a sampling loop.
    whole = [line for line in head.lines if line.strip()][:LOOKED_AT]
    reader = LineReader()
    timed = told = 0
    for line in whole:
        found = reader.read(line)
        if not math.isnan(found.at_s):
            timed += not math.isnan(found.duration_s)
            told += found.level != UNKNOWN
    if timed >= 0.2 * len(whole):
        return 0.4 if _is_access_log(whole) else 0.55
    return 0.25 if told >= 0.2 * len(whole) else 0.0


def _is_access_log(lines: list[str]) -> bool:
    """Whether lines are of the common log format, which web servers write as well."""
    common = re.compile(r"\S+ \S+ \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}:")
    return sum(common.match(line) is not None for line in lines) > 0.5 * len(lines)


@collector(kind="app_log", generic=True, title="application log", recognizes=recognizes, role="app")
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Requests with durations and named waits; messages of trouble."""
    reader, rows, events, rails = LineReader(), Rows(), Events(), Rails()
    number, text, held, unread = 0, "", False, False
    for number, text in raw.lines():
        if not text or text.isspace():
            continue
        line = reader.read(text)
        rails.join(line, text)
        held, unread = False, _is_unreadable(line, text)
        if unread:
            bad.note(number, shown(text))
        elif math.isnan(line.at_s):
            events.continued(number, text)
        else:
            events.begun(number, text, line)
            held = rows.add(number, line)
    if raw.torn and not unread and not text.rstrip().endswith("}"):
        if held:  # its last number may have lost digits
            rows.drop_last()
        bad.note(number, shown(text))
    reading = Reading(naive=reader.times.mostly_naive, occurrences=events.occurrences())
    rows.give(reading)
    return reading


def _is_unreadable(line: Line, text: str) -> bool:
    """Torn JSON, binary junk, a request without a time, or two lines run into one."""
    if line.torn or "\x00" in text:
        return True
    if math.isnan(line.at_s):
        return "\ufffd" in text or (line.is_request and not math.isnan(line.duration_s))
    return text.count("T", 20) > 0 and _TORN_INTO.search(text, 20) is not None
