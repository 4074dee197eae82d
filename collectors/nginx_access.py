r"""Access log of nginx, OpenResty or Tengine, in whatever log_format; also Apache's.

    10.0.0.2 - - [23/Nov/2026:04:04:46 +0000] "GET /items/5 HTTP/1.1" 200 1943 "-" "curl/7.88.1"
        rt=0.225 urt="0.010, 0.200" us="502, 200" ua="10.0.0.1:80, 10.0.0.2:80"   (one line)

Read are formats that nginx.conf of the same host names, and formats guessed from the lines:
combined and what follows it, key=value, LTSV, JSON (escape=json). nginx writes a line when a
request ends; workers buffer, so lines are not strictly ordered. $time_local and $time_iso8601
bear whole seconds; $msec bears milliseconds and is preferred. Times of upstreams are lists
where a request was tried more than once, and are added. "-" is a value that does not exist.
Combined has no durations at all: it gives counts, statuses and bytes.

Source: https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading

from ._access_columns import Columns, Line
from ._access_format import LineTemplate, fields
from ._access_infer import infer
from ._access_json import infer_json, load

BATCH = 1024  # lines read at once
SAMPLE = 400  # lines that a format is guessed from
ALIKE = 3  # lines that a format met on the way must fit, so that torn lines make none
ADD_THIS = (
    'log_format timed \'$remote_addr - $remote_user [$time_local] "$request" $status '
    '$body_bytes_sent "$http_referer" "$http_user_agent" rt=$request_time '
    'uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time" '
    'us="$upstream_status" ua="$upstream_addr" creq=$connection_requests msec=$msec\';'
)
_PREFIX = re.compile(
    r"(?:.{0,200}? )?\S+ \S+ .{1,100}? "
    r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "
    r'"(?:[^"\\]|\\.)*" \d{3} (?:\d+|-)(?: |$)'
)
_DOCKER = re.compile(r'\{\s*"log":\s*"')
_LEVEL = re.compile(r"\b(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR)\b")
_REQUEST_LINE = re.compile(
    r"\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (?:/|http)\S* HTTP/[\d.]+"
)
_ERROR_LOG = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[[a-z]+\] \d+#\d+: ")


class Template(Protocol):
    """One format of lines."""

    @property
    def started(self) -> bool: ...
    @property
    def notes(self) -> Sequence[str]: ...
    def fits(self, text: str) -> bool: ...
    def take(self, lines: Sequence[Line], into: Columns, bad: BadLines) -> Sequence[Line]: ...


def recognizes(head: Head) -> float:
    """Combined and JSON of a proxy are unmistakable; any other format is likely at most."""
    texts = [text for _, text in _unwrapped(list(enumerate(head.lines[:200])))]
    texts = [text for text in texts if text.strip() and not _ERROR_LOG.match(text)]
    if not texts:
        return 0.0
    if sum(_PREFIX.match(text) is not None for text in texts) >= 0.5 * len(texts):
        return 0.9
    if texts[0].startswith("{"):
        return _json_certainty(texts)
    template = infer(texts)
    if template is None or sum(map(template.fits, texts)) < 0.5 * len(texts):
        return 0.0
    if texts[0].count("\t") >= 3 and {"request_time", "remote_addr"} & set(template.names):
        return 0.8
    if sum(_REQUEST_LINE.search(text) is not None for text in texts) >= 0.5 * len(texts):
        return 0.6 + 0.1 * ("request_time" in template.names)
    if any(map(_LEVEL.search, texts)):
        return 0.0
    upstream = {"upstream_response_time", "upstream_status", "upstream_addr"} & set(template.names)
    return 0.7 if upstream else 0.3 * ("request_time" in template.names)


def _json_certainty(texts: Sequence[str]) -> float:
    """The names that nginx gives its variables tell it from an application's log."""
    template = infer_json(texts)
    if template is None or sum(map(template.fits, texts)) < 0.5 * len(texts):
        return 0.0
    keys = set(template.keys.values())
    if keys & {"upstream_response_time", "upstream_addr", "upstream_status"}:
        return 0.95
    if keys & {"request_time", "body_bytes_sent", "remote_addr", "http_user_agent"}:
        return 0.8
    return 0.3 if {"request_time", "status"} <= template.keys.keys() else 0.0


@collector(
    kind="nginx_access", generic=True, title="nginx access log", recognizes=recognizes, role="lb"
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """All requests of the log; what cannot be read of them is said in the notes."""
    columns, formats, errors = Columns(), _Formats(raw.context.get("log_formats", {})), 0
    lines = raw.lines()
    while batch := list(islice(lines, BATCH)):
        for number, text in formats.read(_unwrapped(batch), columns, bad):
            if _ERROR_LOG.match(text):
                errors += 1
            elif text.strip():
                bad.note(number, text)
    reading = Reading(naive=columns.naive)
    if len(columns):
        started = any(template.started for template in formats.met)
        reading.requests.append(columns.requests(started=started))
        reading.notes += _notes(raw.path, columns, formats)
    if errors:
        reading.notes.append(f"{raw.path}: {errors} lines of an error log stand in it, not read")
    return reading


def _notes(path: str, columns: Columns, formats: _Formats) -> Iterator[str]:
    yield from (f"{path}: {note}" for template in formats.met for note in template.notes)
    if len(formats.met) > 1:
        yield f"{path}: has lines of {len(formats.met)} formats; each was read"
    missing = [n for n in ("duration_s", "upstream_s") if not columns.has(n)]
    if missing:
        what = {"duration_s": "$request_time", "upstream_s": "$upstream_response_time"}[missing[0]]
        yield (
            f"{path}: the log_format lacks {what}, so it does not tell where the time went; "
            f"add to nginx.conf: {ADD_THIS} access_log ... timed;"
        )


class _Formats:
    """The formats met so far in one log, and those that nginx.conf names."""

    def __init__(self, named: dict[str, str]) -> None:
        self.met: list[Template] = []
        templates = [LineTemplate(fields(one)) for one in named.values() if one[:1] != "{"]
        self._named = [one for one in templates if one.tells_enough()]

    def read(self, lines: Sequence[Line], into: Columns, bad: BadLines) -> Sequence[Line]:
        """Read what fits a format, known or met here; give back the rest."""
        for template in self.met:
            if not lines:
                break
            lines = template.take(lines, into, bad)
        while lines and (new := self._meet([text for _, text in lines])):
            self.met.append(new)
            lines = new.take(lines, into, bad)
        return lines

    def _meet(self, texts: Sequence[str]) -> Template | None:
        """The format of most of these lines, if they have one."""
        sample = texts[:: len(texts) // SAMPLE + 1]
        fits = {i: sum(map(one.fits, sample)) for i, one in enumerate(self._named)}
        best = max(fits, key=fits.__getitem__, default=-1)
        if fits.get(best):
            return self._named.pop(best)
        guess: Template | None = infer_json(sample) or infer(sample)
        enough = ALIKE if self.met else 1
        return guess if guess and sum(map(guess.fits, texts)) >= enough else None


def _unwrapped(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines of a container's log, as they were before Docker put each into JSON."""
    if not any(_DOCKER.match(text) for _, text in lines[:3]):
        return lines
    rows = [(number, text, load(text)) for number, text in lines]
    return [
        (n, str(row["log"]).rstrip() if row and "log" in row else text) for n, text, row in rows
    ]
