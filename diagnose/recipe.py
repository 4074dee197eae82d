"""A POSIX shell script that samples one host while the load runs: read-only, nothing installed.

It is for hosts that `diagnose collect` cannot reach, and asks for the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diagnose.errors import UsageError
from diagnose.fetches import Fetch, When
from diagnose.model import ROLES
from diagnose.plugins import COLLECTORS, load

AFTERWARDS = {
    "lb": "the access log (log_format with $msec, $request_time, $upstream_connect_time,\n"
    "#   $upstream_header_time, $upstream_response_time, $upstream_status) and the error log",
    "cdn": "the access log, with times, and the error log",
    "app": "the application's log, with a duration in each line (and db_ms, wait_ms)",
    "db": "the slow log (slow_query_log=1, long_query_time=0.1) and the error log; of PostgreSQL\n"
    "#   its log (log_min_duration_statement=100, log_lock_waits=on, log_checkpoints=on)",
    "load_generator": "the load tool's results and its own log",
}
# A command that a shell takes as it stands behind `sample FILE`; others become functions.
_SIMPLE = re.compile(r"[\w./,@:+= -]+")
_BEGIN = """\
out=${1:-raw/$(uname -n)}; mkdir -p "$out" || exit 1
PATH=$PATH:/usr/sbin:/sbin LC_ALL=C; export PATH LC_ALL
stamp() { now=$(date +%s.%N); case $now in *[!0-9.]*) now=${now%%.*} ;; esac; }
sample() { f=$1; shift; { echo "# $now"; "$@"; } >> "$out/$f" 2>/dev/null; }
here() { "$@" >/dev/null 2>&1; }"""
_LOOP = """\
n=0
while :; do
  [ "$n" = 60 ] && { find_out; n=0; }
  n=$((n + 1)); stamp"""


def fetches(role: str) -> list[Fetch]:
    """What a component of that role is asked for, by file ("": a host of which nothing is known).

    Raises:
        UsageError: there is no such role.
    """
    if role and role not in ROLES:
        raise UsageError(f"there is no role {role!r}", hint=f"use one of: {', '.join(ROLES)}")
    load("collectors")
    found = [f for c in COLLECTORS.values() for f in c.fetch if f.asks(role) and f.fits("")]
    return sorted(found, key=lambda fetch: fetch.file)


def recipe(role: str) -> str:
    """The script for a host of that role.

    Raises:
        UsageError: there is no such role.
    """
    asked = [_Asked(fetch) for fetch in fetches(role)]
    once, around, sampled = ([a for a in asked if a.fetch.when is when] for when in When)
    # What asks a server may hang, and must not hold the others up.
    beside = [a for a in sampled if a.fetch.streams or a.fetch.apart]
    head = (
        "#!/bin/sh",
        f"# diagnose recipe {role}".rstrip()
        + ": sample this host each second. Start it before the",
        "# load, stop it (Ctrl-C) after. It only reads; what a host does not have is skipped.",
        f"# Then put beside its files: {AFTERWARDS.get(role, 'the logs of what runs here')}.",
        _BEGIN,
    )
    lines = [
        *head,
        *(line for one in asked for line in one.functions()),
        *("find_out() {", ":", *_found_out(asked), "}", "find_out"),
        *(one.line(f'{one.run} > "$out/{one.fetch.file}" 2>/dev/null') for one in once),
        *("around() {", ":", *(one.sample() for one in around), "}"),
        "streams=",
        "trap 'kill $streams 2>/dev/null; stamp; around; exit 0' HUP INT TERM",
        "stamp; around",
        *(one.line(f"{{ {one.stream()} }}") for one in beside),
        _LOOP,
        *("  " + one.sample() for one in sampled if one not in beside),
        *("  sleep 1", "done"),
    ]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A fetch as lines of the script."""

    fetch: Fetch

    @property
    def name(self) -> str:
        return re.sub(r"\W", "_", self.fetch.file.partition(".")[0])

    @property
    def run(self) -> str:
        """What gives one output."""
        plain = _SIMPLE.fullmatch(self.fetch.run) and "=" not in self.fetch.run
        return self.fetch.run if plain else f"read_{self.name}"

    def functions(self) -> Iterator[str]:
        """What does not fit into a line."""
        if self.fetch.where:
            yield f"where_{self.name}() {{\n{self.fetch.where}\n}}"
        if self.run != self.fetch.run:
            yield f"read_{self.name}() {{\n{self.fetch.run}\n}}"

    def sample(self) -> str:
        """One more sample of it."""
        return self.line(f"sample {self.fetch.file} {self.run}")

    def stream(self) -> str:
        """It runs beside the loop, and ends when nobody takes its output any more."""
        file = f'"$out/{self.fetch.file}"'
        if self.fetch.apart:
            looped = f"stamp; sample {self.fetch.file} {self.run}; sleep 1"
            return f'while :; do {looped}; done & streams="$streams $!";'
        return f'{self.run} 2>/dev/null | cat >> {file} & streams="$streams $!";'

    def line(self, command: str) -> str:
        """A command that is run only where it makes sense."""
        return f'[ "$has_{self.name}" ] && {command}' if self.fetch.where else command


def _found_out(asked: Sequence[_Asked]) -> list[str]:
    """What is found out at the start and each minute: containers and processes come and go."""
    lines = list(dict.fromkeys(one.fetch.prepare for one in asked if one.fetch.prepare))
    for one in asked:
        if one.fetch.where:
            lines.append(
                f"if here where_{one.name}; then has_{one.name}=1; else has_{one.name}=; fi"
            )
    return lines
