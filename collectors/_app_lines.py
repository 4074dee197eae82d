r"""One line of an application log: when, how long, what was asked, what was waited for.

    2026-11-23T04:04:46.204Z INFO GET /items/5 200 dur_ms=223.9 wait_ms=0.0 db_ms=1.3
    I, [2026-11-23T04:04:46.204 #12]  INFO -- : [a1] Completed 200 OK in 15ms (ActiveRecord: 4.1ms)
    [GIN] 2026/11/23 - 04:05:06 | 200 |     1.2ms | 10.0.0.1 | GET  "/items"
    {"time":"2026-11-23T04:04:46Z","level":"INFO","method":"GET","path":"/a","duration":"1.2s"}

JSON may stand behind a prefix (docker, CRI, docker compose) or inside docker's own `log`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from ._log_durations import NUMBER, UNIT, UNSAID, Meaning, meaning, seconds
from ._log_times import LogTimes

_METHODS = "GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS"
_REQUEST = re.compile(
    rf"(?:(?<![\w.=])([1-5]\d\d)[\s|]+)?(?<![\w/-])({_METHODS})[\"|:]?\s+[\"|]?\s*"
    r"((?:https?://|/)[^\s\"|,\]]*)\"?(?:\s+HTTP/\d(?:\.\d)?\"?)?"
    r"(?:[\s|:>→-]+([1-5]\d\d)(?![\w.]))?"
)
_COMPLETED = re.compile(
    r"\bCompleted ([1-5]\d\d)\b|\| *([1-5]\d\d) *\||\bstatus[= :]+([1-5]\d\d)\b"
)
_PAIR = re.compile(
    r"(?<![\w.\-])([A-Za-z_@][\w.\-]*)\"?[=:] ?(\"[^\"]*\"|[^\s,;|)\]}\"'=]+(?: (?:ms|s|us|µs)\b)?)"
)
_PHRASE = re.compile(
    r"(?i)\b(?:took|in|elapsed|duration|cost|spent|latency|time|completed)\b[ :=]*\(?"
    rf"((?-i:{NUMBER})) ?((?-i:{UNIT}))\b"
)
_BARE = re.compile(rf"(?<![\w.=:/-])({NUMBER}) ?(ns|µs|μs|us|ms|s)(?![\w/])")
_WORDS = (
    "trace debug info notice warn warning error err fatal critical crit panic severe emerg alert"
)
_LEVEL = re.compile(
    rf"(?<![\w/.-])({'|'.join(_WORDS.upper().split())})(?![\w/-])"
    rf"|(?:\b(?:level|lvl|severity)=\"?|\[)({'|'.join(_WORDS.split())})\b"
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
ERROR, WARN, INFO, UNKNOWN = 2, 1, 0, -1
_RANKS = {word: INFO for word in _WORDS.split()}
_RANKS |= {"warn": WARN, "warning": WARN}
_RANKS |= dict.fromkeys(_WORDS.split("warning ")[1].split(), ERROR)

_TIME_KEYS = ("time", "ts", "@timestamp", "timestamp", "t", "@t", "datetime", "asctime", "date")
_LEVEL_KEYS = ("level", "severity", "lvl", "levelname", "log_level", "loglevel", "@l", "l")
_TEXT_KEYS = ("msg", "message", "@m", "event", "log")
_OUTER = frozenset(
    [
        "request",
        "req",
        "response",
        "res",
        "http",
        "data",
        "fields",
        "attributes",
        "context",
        "extra",
        "log",
        "url",
        "labels",
    ]
)
LONGEST = 8192  # characters of a line that are looked at
LONGEST_S = 1e7  # more is no duration
FlatPair = tuple[str, Any]


@dataclass(slots=True)
class Line:
    """What one line says; NaN and "" where it says nothing."""

    at_s: float
    level: int = UNKNOWN
    duration_s: float = math.nan
    status: float = math.nan
    request: str = ""  # "GET /items/5"
    method: str = ""
    path: str = ""
    waits_s: dict[str, float] = field(default_factory=dict)
    unsaid: str = ""  # name of a duration whose unit is nowhere said
    torn: bool = False  # JSON that is none

    @property
    def is_request(self) -> bool:
        return bool(self.request) or not math.isnan(self.status)


class LineReader:
    """Reads lines one by one."""

    def __init__(self) -> None:
        self.times = LogTimes()

    def read(self, text: str) -> Line:
        """What a line says; at_s is NaN where it bears no time."""
        if "\x1b" in text:
            text = _COLOUR.sub("", text)
        start = text.find('{"')
        if start >= 0 and text.rstrip().endswith("}"):
            try:
                found = orjson.loads(text[start:])
            except orjson.JSONDecodeError:
                found = None
            if isinstance(found, dict):
                return self._structured(text[:start], found)
        if start == 0:
            return Line(math.nan, torn=True)
        text = text[:LONGEST]
        at_s, end = self.times.find(text)
        line = Line(at_s, _level(text))
        _plain(line, text, end)
        return line

    def _structured(self, prefix: str, found: dict[str, Any]) -> Line:
        if isinstance(found.get("log"), str) and "stream" in found:  # docker's json-file
            inner = self.read(found["log"].rstrip("\n"))
            if math.isnan(inner.at_s):
                inner.at_s = self.times.at(found.get("time"))
            return inner
        flat = dict(_flat(found))
        stamp = next((flat[key] for key in _TIME_KEYS if key in flat), None)
        line = Line(self.times.at(stamp), _json_level(flat))
        if math.isnan(line.at_s) and prefix:
            line.at_s, _ = self.times.find(prefix)
        if line.level == UNKNOWN and prefix:
            line.level = _level(prefix)
        in_seconds = _is_zap(flat, stamp)
        _take(line, flat.items(), 1.0 if in_seconds else UNSAID)
        text = next((flat[k] for k in _TEXT_KEYS if isinstance(flat.get(k), str)), "")
        if math.isnan(line.duration_s) and text:
            _plain(line, text, 0)
        return line


def _is_zap(flat: dict[str, Any], stamp: object) -> bool:
    """zap (and Caddy, by it) writes ts and durations as floating seconds."""
    floating = isinstance(stamp, float) and stamp < 1e10
    return floating and ("caller" in flat or "logger" in flat)


def _plain(line: Line, text: str, start: int) -> None:
    """Fill a line from free text behind its stamp."""
    if match := _REQUEST.search(text):
        before, method, path, after = match.groups()
        line.request = f"{method} {path}"
        line.status = float(after or before or "nan")
    if math.isnan(line.status) and (match := _COMPLETED.search(text)):
        line.status = float(match[1] or match[2] or match[3])
    _take(line, ((k, v.strip('"')) for k, v in _PAIR.findall(text, start)), UNSAID)
    if math.isnan(line.duration_s):
        match = _PHRASE.search(text, start)
        if match is None and line.is_request:
            match = _BARE.search(text, start)
        if match:
            line.duration_s, _ = seconds(match[1] + match[2], UNSAID)


def _take(line: Line, pairs: Iterable[FlatPair], default: float) -> None:
    """Take over named values: the duration whose unit is said before one whose is not."""
    plain: list[tuple[object, Meaning]] = []
    for name, value in pairs:
        what = meaning(name)
        if what.plain:
            plain.append((value, what))
        elif what.kind:
            _TAKERS[what.kind](line, value, what, default)
    if line.path and not line.request:
        line.request = f"{line.method or 'ANY'} {line.path}"
    if line.unsaid or default == 1.0:
        for value, what in plain:
            _take_wait(line, value, what, default)
    _drop_longer_waits(line)


def _take_duration(line: Line, value: object, what: Meaning, default: float) -> None:
    if not math.isnan(line.duration_s) and not line.unsaid:
        return
    duration_s, said = seconds(value, default if math.isnan(what.scale) else what.scale)
    if 0 <= duration_s < LONGEST_S and (said or math.isnan(line.duration_s)):
        line.duration_s = duration_s
        line.unsaid = "" if said else what.name


def _take_status(line: Line, value: object, what: Meaning, default: float) -> None:
    try:
        status = float(value) if isinstance(value, (int, str)) else math.nan
    except ValueError:
        return
    if 100 <= status < 600 and math.isnan(line.status):
        line.status = status


def _take_wait(line: Line, value: object, what: Meaning, default: float) -> None:
    waited_s, _ = seconds(value, default if math.isnan(what.scale) else what.scale)
    if 0 <= waited_s < LONGEST_S:
        line.waits_s[what.wait] = line.waits_s.get(what.wait, 0.0) + waited_s


def _take_if_timed(line: Line, value: object, what: Meaning, default: float) -> None:
    """Any other name is a wait only where its value bears a unit: "4.1ms"."""
    if isinstance(value, str) and value[:1].isdigit() and value[-1:] == "s":
        _take_wait(line, value, what, UNSAID)


def _take_method(line: Line, value: object, what: Meaning, default: float) -> None:
    line.method = str(value).upper()


def _take_path(line: Line, value: object, what: Meaning, default: float) -> None:
    if isinstance(value, str):
        line.path = line.path or value


_TAKERS: dict[str, Callable[[Line, object, Meaning, float], None]] = {
    "duration": _take_duration,
    "status": _take_status,
    "wait": _take_wait,
    "unit": _take_if_timed,
    "method": _take_method,
    "path": _take_path,
}


def _drop_longer_waits(line: Line) -> None:
    """What is longer than the request is no part of it (a timeout, an age)."""
    if line.waits_s and not math.isnan(line.duration_s):
        most = 1.05 * line.duration_s + 0.001
        if max(line.waits_s.values()) > most:
            line.waits_s = {k: v for k, v in line.waits_s.items() if v <= most}


def _flat(found: dict[str, Any], above: str = "", depth: int = 0) -> Iterator[FlatPair]:
    """Leaves under the name of the leaf, `db.duration` and the like under both."""
    for name, value in found.items():
        before, _, key = name.rpartition(".")  # "http.request.method" is the same, written flat
        outer = before.rpartition(".")[2] or above
        if isinstance(value, dict):
            if depth < 3:
                yield from _flat(value, key, depth + 1)
        elif outer and outer.lower() not in _OUTER and meaning(key).kind == "duration":
            yield f"{outer}_{key}", value
        else:
            yield key, value


def _level(text: str) -> int:
    match = _LEVEL.search(text, 0, 240)
    return _RANKS[(match[1] or match[2]).lower()] if match else UNKNOWN


def _json_level(flat: dict[str, Any]) -> int:
    level = next((flat[key] for key in _LEVEL_KEYS if key in flat), None)
    if isinstance(level, str):
        return _RANKS.get(level.lower(), UNKNOWN)
    if isinstance(level, int):  # bunyan and pino: 30 info, 40 warn, 50 error
        return ERROR if level >= 50 else WARN if level >= 40 else INFO
    return UNKNOWN
