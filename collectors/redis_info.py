r"""`INFO` of Redis, Valkey or KeyDB, once or sampled.

    # 1795406687.510
    connected_clients:37
    used_memory:1048576
    total_commands_processed:81213

A line a field, comments begin with `#`. Counters run since the server started or CONFIG
RESETSTAT. Traps: commands run on one thread, so that used_cpu_*_main_thread of one second in a
second is a full server however many processors idle; rejected_connections counts those
beyond maxclients; maxmemory 0 is no limit.

Source: https://redis.io/docs/latest/commands/info/
"""

from __future__ import annotations

import math

import numpy as np

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Form, Limit, Reading, Samples
from diagnose.stamps import blocks

_GAUGES = {
    "connected_clients": "cache.connections",
    "blocked_clients": "cache.blocked_clients",
    "used_memory": "cache.memory_bytes",
}
_COUNTERS = {
    "total_connections_received": "cache.connects_per_s",
    "total_commands_processed": "cache.commands_per_s",
    "rejected_connections": "cache.rejected_connections_per_s",
    "evicted_keys": "cache.evictions_per_s",
    "keyspace_misses": "cache.misses_per_s",
    "keyspace_hits": "cache.hits_per_s",
}
_MAIN_THREAD = ("used_cpu_sys_main_thread", "used_cpu_user_main_thread")  # since version 6.2
_ALL_THREADS = ("used_cpu_sys", "used_cpu_user")
_LIMITS = {"maxclients": "cache.max_connections", "maxmemory": "cache.max_memory_bytes"}
_VERSIONS = ("redis_version", "valkey_version")
_WANTED = (*_GAUGES, *_COUNTERS, *_MAIN_THREAD, *_ALL_THREADS, *_LIMITS, *_VERSIONS)
_SIGNS = {"connected_clients", "used_memory", "total_commands_processed", "redis_version"}
# Passwords: redis-cli takes REDISCLI_AUTH of the user's environment, and nothing is said of it.
_ASK = (
    "info() {\nif command -v redis-cli >/dev/null; then redis-cli INFO\n"
    "else valkey-cli INFO; fi\n}\n"
    f"info | tr -d '\\r' | grep -E '^({'|'.join(_WANTED)}):' || {{ info | head -n 1 >&2; false; }}"
)


def recognizes(head: Head) -> float:
    """Fields that no other source has in this shape."""
    names = {line.partition(":")[0] for line in head.body[:400] if ":" in line}
    return 0.97 if len(names & _SIGNS) >= 2 else 0.0


@collector(
    kind="redis_info",
    title="INFO of Redis",
    recognizes=recognizes,
    role="cache",
    fetch=(
        Fetch(
            "redis_info.txt",
            _ASK,
            roles=("cache", "queue", "db", "app"),
            where="grep -sqxE '(redis|valkey)-server' /proc/[0-9]*/comm",
            apart=True,
            enable="let `redis-cli INFO` answer there: where a password is asked for, set "
            "REDISCLI_AUTH in the environment of the user that collects",
        ),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Gauges and counters of every sample; limits and version, the last that was said."""
    rows: dict[str, list[tuple[float, float, int]]] = {}
    said: dict[str, tuple[str, int]] = {}
    for block in blocks(raw.lines()):
        for number, line in block.lines:
            name, colon, text = line.strip().partition(":")
            if name in _VERSIONS:
                said[name] = text, number
            elif name in _WANTED:
                value = _number(text)
                if math.isnan(value):
                    bad.note(number, line)
                    continue
                rows.setdefault(name, []).append((block.at_s, value, number))
            elif not colon and name and not name.startswith("#"):
                bad.note(number, line)
    reading = Reading(samples=_samples(rows))
    reading.limits = [
        Limit(limit, rows[name][-1][1], line=rows[name][-1][2])
        for name, limit in _LIMITS.items()
        if name in rows and rows[name][-1][1] > 0
    ]
    reading.facts = [Fact("cache.version", text, line=line) for text, line in said.values()]
    return reading


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _samples(rows: dict[str, list[tuple[float, float, int]]]) -> list[Samples]:
    found = [
        _series(metric, rows[name], Form.GAUGE) for name, metric in _GAUGES.items() if name in rows
    ]
    found += [
        _series(metric, rows[name], Form.COUNTER)
        for name, metric in _COUNTERS.items()
        if name in rows
    ]
    system, user = _MAIN_THREAD if all(name in rows for name in _MAIN_THREAD) else _ALL_THREADS
    if system in rows and len(rows[system]) == len(rows.get(user, ())):
        both = [
            (at_s, one + other, line)
            for (at_s, one, line), (_, other, _) in zip(rows[system], rows[user], strict=True)
        ]
        found.append(_series("cache.thread_busy_ratio", both, Form.COUNTER))
    return found


def _series(metric: str, rows: list[tuple[float, float, int]], form: Form) -> Samples:
    at_s, values, lines = np.array(rows, float).reshape(-1, 3).T
    return Samples(metric, at_s, values, form=form, lines=lines.astype(np.int64))
