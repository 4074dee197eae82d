r"""Error log of nginx, OpenResty or Tengine.

    2026/11/23 04:28:21 [alert] 4865#4865: 40 worker_connections are not enough
    2026/11/23 04:28:34 [error] 4865#4865: *52 limiting requests, excess: 10.8 by zone "a", ...

Level, process#thread, *connection, message. The time is the host's local time without a zone.
A message is told by its words, whatever its level (limit_req_log_level may lower it).
"upstream timed out" is split by what nginx was doing: while connecting, the host behind did
not answer at all; while reading the response header, its application was slow. Traces of
scripts and quoted output run over several lines. What is below error_log's level is absent.

Source: https://nginx.org/en/docs/ngx_core_module.html#error_log
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np

from diagnose.badlines import BadLines
from diagnose.metrics import METRICS, message
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Occurrences, Reading

_HEADER = re.compile(
    r"(?:.{0,150}?\s)?"  # what syslog or a container puts in front
    r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(debug|info|notice|warn|error|crit|alert|emerg)\] "
    r"\d+#\d+: (?:\*\d+ )?(.*)"
)
_ERRORS = {"error", "crit", "alert", "emerg"}
_SHOWN = 300  # characters of an example
_QUERY = re.compile(r"\?[^\s\"]*")
# In these words, the first that fits; "&" joins words that must all stand in it.
_WORDS = """
reusing_connections           | worker_connections are not enough & reusing connections
worker_connections_not_enough | worker_connections are not enough
too_many_open_files           | Too many open files
no_local_address              | assign requested address
no_space                      | No space left on device
limiting_requests             | limiting requests, excess
delaying_requests             | delaying request, excess
limiting_connections          | limiting connections by zone
no_live_upstreams             | no live upstreams
upstream_disabled             | upstream server temporarily disabled
connect_timed_out             | upstream timed out & while connecting to upstream
connect_timed_out             | connect() & timed out
read_timed_out                | upstream timed out
connect_refused               | connect() & failed & Connection refused
connect_failed                | connect() & failed
prematurely_closed            | upstream prematurely closed
prematurely_closed            | prematurely closed FastCGI
header_too_big                | upstream sent too big header
upstream_reset                | failed & Connection reset by peer & upstream
upstream_reset                | failed & Broken pipe & upstream
buffered_to_file              | is buffered to a temporary file
worker_died                   | exited on signal
worker_died                   | exited with fatal code
zone_full                     | could not allocate node
zone_full                     | could not allocate new session
zone_full                     | ngx_slab_alloc() failed
no_memory                     | Cannot allocate memory
could_not_resolve             | could not be resolved
could_not_resolve             | host not found in upstream
"""
_KNOWN = [
    (slug.strip(), [word.strip() for word in words.split("&")])
    for slug, words in (row.split("|") for row in _WORDS.strip().splitlines())
]
_SLUGS = [name.split(".")[2].removesuffix("_per_s") for name in METRICS if ".nginx." in name]
# nginx tells here what it was doing to whom; before it stands what went wrong
_CLIENT = ", client: "


def slug_of(text: str, level: str) -> str:
    """The message that a line is; "" where it is none that we count.

    >>> slug_of("upstream timed out (110: ...) while reading response header", "error")
    'read_timed_out'
    >>> slug_of("limiting requests, dry run, excess: 1", "error"), slug_of("signal 1", "notice")
    ('', '')
    """
    what = text.partition(_CLIENT)[0]
    for slug, words in _KNOWN:
        if all(word in what for word in words):
            return slug
    return "other_error" if level in _ERRORS and "dry run" not in what else ""


def recognizes(head: Head) -> float:
    """Date, level and process#thread are unmistakable; traces may stand between."""
    lines = [line for line in head.lines[:400] if line.strip()]
    good = sum(_HEADER.match(line) is not None for line in lines)
    return 0.95 if good > 0.2 * len(lines) else 0.0


@dataclass(slots=True)
class _Found:
    """Where one message stood."""

    at_s: array[float] = field(default_factory=lambda: array("d"))
    lines: array[int] = field(default_factory=lambda: array("q"))
    example: str = ""


@collector(kind="nginx_error", title="nginx error log", recognizes=recognizes, role="lb")
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Every message of the vocabulary, with empty columns where it did not occur."""
    found = {slug: _Found() for slug in _SLUGS}
    goes_on = False
    for number, line in raw.lines():
        header = _HEADER.match(line)
        if header is None:
            if not goes_on and line.strip():
                bad.note(number, line)
            continue
        stamp, level, text = header.groups()
        goes_on = _goes_on(text)
        at_s, slug = _epoch_s(stamp), slug_of(text, level)
        if at_s is None:
            bad.note(number, line)
        elif slug:
            _add(found[slug], at_s, number, line)
    return Reading(occurrences=[_occurrences(*item) for item in found.items()], naive=True)


def _goes_on(text: str) -> bool:
    """Whether more lines belong to a message: an open quote, or a script's trace."""
    return text.count('"') % 2 == 1 or "lua" in text or "traceback" in text


def _add(found: _Found, at_s: float, number: int, line: str) -> None:
    found.at_s.append(at_s)
    found.lines.append(number)
    if not found.example:
        found.example = _QUERY.sub("?...", line)[:_SHOWN]


def _occurrences(slug: str, found: _Found) -> Occurrences:
    return Occurrences(
        message("nginx", slug),
        np.array(found.at_s, float),
        np.array(found.lines, np.int64),
        example=found.example,
    )


@lru_cache(maxsize=4096)  # a busy log bears the same second thousands of times
def _epoch_s(stamp: str) -> float | None:
    """Epoch seconds as if the stamp were UTC; None for a day that does not exist."""
    try:
        return datetime.strptime(stamp, "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
