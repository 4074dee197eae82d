"""What single directives of nginx say: limits and facts. Everything else is left unread."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from diagnose.readings import Fact, Limit

from ._nginx_syntax import Directive

Found: TypeAlias = Iterator[Limit | Fact]
Around: TypeAlias = Sequence[Directive]

DEFAULT_WORKER_CONNECTIONS = 512.0
_TIME = re.compile(r"(\d+)(ms|[smhdwMy]?)")
_UNIT_S = {
    "ms": 1e-3,
    "s": 1.0,
    "": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86_400.0,
    "w": 604_800.0,
    "M": 2_592_000.0,
    "y": 31_536_000.0,
}
_RATE = re.compile(r"rate=(\d+)r/([sm])")
_PORT = re.compile(r":\d+$")
_TARGET = re.compile(r"(?:(?P<scheme>https?|grpcs?)://)?(?:[^@/]*@)?(?P<host>unix:[^:]+|[^/]+)")


def seconds(text: str) -> float:
    """A time; NaN if it is none.

    >>> seconds("65"), seconds("300ms"), seconds("1h30m"), seconds("$later")
    (65.0, 0.3, 5400.0, nan)
    """
    found = _TIME.findall(text.replace(" ", ""))
    if not found or "".join(n + unit for n, unit in found) != text.replace(" ", ""):
        return math.nan
    return math.fsum(int(n) * _UNIT_S[unit] for n, unit in found)


def address(text: str, port: str = "80") -> str:
    """Host and port as sockets are listed.

    >>> address("8080"), address("[::]:80"), address("*:443"), address("db", "81")
    ('0.0.0.0:8080', '[::]:80', '0.0.0.0:443', 'db:81')
    """
    if text.startswith("unix:"):
        return text
    if text.isdigit():
        return f"0.0.0.0:{text}"
    text = "0.0.0.0" + text[1:] if text.startswith("*") else text
    return text if _PORT.search(text) and not text.endswith("]") else f"{text}:{port}"


def place(around: Around) -> str:
    """Where a directive stands: "" for the whole of http, else the server's name and location."""
    names = []
    for block in around:
        if block.name == "server":
            given = next((one.args[0] for one in block.find("server_name") if one.args), "")
            names.append(f"server {given}".strip())
        elif block.name == "location":
            names.append("location " + " ".join(block.args))
    return " ".join(names)


def _number(name: str, one: Directive, text: str, part: str = "") -> Found:
    if text.isascii() and text.isdigit() and len(text) < 16:
        yield Limit(name, float(text), part, one.line)


def _first(name: str) -> Callable[[Directive, Around], Found]:
    def read(one: Directive, around: Around) -> Found:
        yield from _number(name, one, one.args[0])

    return read


def _events(one: Directive, around: Around) -> Found:
    if not any(one.find("worker_connections")):
        yield Limit("nginx.worker_connections", DEFAULT_WORKER_CONNECTIONS, line=one.line)


def _worker_processes(one: Directive, around: Around) -> Found:
    yield from _number("nginx.worker_processes", one, one.args[0])
    if one.args[0] == "auto":
        yield Fact("nginx.worker_processes", "auto", line=one.line)


def _timeout(name: str) -> Callable[[Directive, Around], Found]:
    def read(one: Directive, around: Around) -> Found:
        value = seconds(one.args[0])
        in_upstream = any(block.name == "upstream" for block in around)
        if not math.isnan(value) and not in_upstream:
            yield Limit(name, value, place(around), one.line)

    return read


def _upstream(one: Directive, around: Around) -> Found:
    name = one.args[0]
    for kept in one.find("keepalive"):
        yield from _number("nginx.upstream_keepalive", kept, "".join(kept.args[:1]), name)
    for server in one.find("server"):
        if server.args and "down" not in server.args:
            yield Fact("nginx.upstream", address(server.args[0]), name, server.line)


def _limit_req_zone(one: Directive, around: Around) -> Found:
    zone = next((arg[5:].partition(":")[0] for arg in one.args if arg.startswith("zone=")), "")
    rate = next(filter(None, map(_RATE.fullmatch, one.args)), None)
    if rate is not None:
        per_s = int(rate[1]) / {"s": 1.0, "m": 60.0}[rate[2]]
        yield Limit("nginx.limit_req_per_s", per_s, zone, one.line)


def _limit_conn(one: Directive, around: Around) -> Found:
    if len(one.args) == 2:
        yield from _number("nginx.limit_conn", one, one.args[1], one.args[0])


def _listen(one: Directive, around: Around) -> Found:
    where = address(one.args[0])
    yield Fact("nginx.listen", where, line=one.line)
    for arg in one.args[1:]:
        if arg.startswith("backlog="):
            yield from _number("nginx.listen_backlog", one, arg[8:], where)


def _log_format(one: Directive, around: Around) -> Found:
    name, *texts = one.args
    joined = "".join(text for text in texts if not text.startswith("escape="))
    if joined:
        yield Fact("nginx.log_format", joined, name, one.line)


def _error_log(one: Directive, around: Around) -> Found:
    """Where the error log lies, so that an empty one is known for what it is."""
    if one.args[0].startswith("/"):
        yield Fact("log.file", one.args[0], "nginx_error", one.line)


def _access_log(one: Directive, around: Around) -> Found:
    """Where an access log lies; a path may hold variables."""
    if one.args[0].startswith("/"):
        yield Fact("log.file", one.args[0], "nginx_access", one.line)


def _passed(one: Directive, around: Around) -> Found:
    """A host that is proxied to by its own address, not through an upstream's name."""
    target = _TARGET.match(one.args[0])
    if target is not None and "$" not in target["host"]:
        port = "443" if target["scheme"] in ("https", "grpcs") else "80"
        yield Fact("nginx.upstream", address(target["host"], port), line=one.line)


READ: dict[str, Callable[[Directive, Around], Found]] = {
    "access_log": _access_log,
    "error_log": _error_log,
    "events": _events,
    "worker_connections": _first("nginx.worker_connections"),
    "worker_processes": _worker_processes,
    "worker_rlimit_nofile": _first("nginx.worker_rlimit_nofile"),
    "upstream": _upstream,
    "limit_req_zone": _limit_req_zone,
    "limit_conn": _limit_conn,
    "listen": _listen,
    "proxy_connect_timeout": _timeout("nginx.proxy_connect_timeout_s"),
    "proxy_read_timeout": _timeout("nginx.proxy_read_timeout_s"),
    "keepalive_timeout": _timeout("nginx.keepalive_timeout_s"),
    "log_format": _log_format,
    "proxy_pass": _passed,
    "fastcgi_pass": _passed,
    "uwsgi_pass": _passed,
    "grpc_pass": _passed,
}


def found_in(one: Directive, around: Around) -> Found:
    """All that one directive says; nothing where it lacks its arguments."""
    read = READ.get(one.name)
    if read is not None and (one.args or one.name == "events"):
        yield from read(one, around)
