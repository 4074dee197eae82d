"""What `diagnose check` asks of a host beyond what is collected: one script that only looks."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from diagnose.collect.recorder import RUN
from diagnose.hosts.printable import printable
from diagnose.hosts.session import Session

LIMIT = 1 << 18
_SCRIPT = """\
printf 'user %s\\n' "$(id -un 2>/dev/null || id -u)"
if [ "$(id -u)" = 0 ]; then echo root y
elif [ "$ask" ] && sudo -n sh -c : </dev/null 2>/dev/null; then echo root y; fi
sed -n 's/^ID\\(_LIKE\\)\\{0,1\\}=/os /p' /etc/os-release 2>/dev/null | tr -d '"'
command -v sadf >/dev/null && echo sadf y
[ "$(find /var/log/sysstat /var/log/sa -name 'sa[0-9]*' -mtime -1 2>/dev/null)" ] && echo history y
# Of a host that hides processes (hidepid) it is not known what runs.
[ -r /proc/1/comm ] && cat /proc/[0-9]*/comm 2>/dev/null | sort -u | sed 's/^/runs /'
look() {
  mode=- owner=- group=-
  set -- "$1" $(ls -ldL "$1" 2>/dev/null)
  if [ -r "$1" ]; then state=r; elif [ -e "$1" ]; then state=e; else state=n; fi
  printf 'file %s %s %s %s\\n' "$state" "${2:--}" "${4:--}" "${5:--}"
}
"""


@dataclass(frozen=True, slots=True)
class File:
    """A file on a host. state: r readable, e there, n not there (or not shown to us)."""

    path: str
    state: str
    mode: str = ""
    owner: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Probed:
    """How a host answered. os: names of its distribution and of those that it is like.

    runs: names of its processes, empty where it does not tell.
    """

    user: str = ""
    root: bool = False
    os: tuple[str, ...] = ()
    sadf: bool = False
    history: bool = False  # of sysstat, written within a day
    files: tuple[File, ...] = ()
    runs: frozenset[str] = frozenset()


def probe(session: Session, paths: Sequence[str]) -> Probed:
    """Look at a host, and at these files of it."""
    ask = "ask=1\n" if session.target.sudo else "ask=\n"
    lines = [ask, _SCRIPT, "set -f\n", *(f"look {shlex.quote(path)}\n" for path in paths)]
    parts: list[bytes] = []
    session.run(RUN, parts.append, limit=LIMIT, stdin="".join(lines).encode())
    return parse(b"".join(parts).decode("utf-8", "replace"), paths)


def parse(text: str, paths: Sequence[str]) -> Probed:
    """What the script printed.

    >>> found = parse("user me\\nos debian\\nfile e -rw-r----- root adm\\n", ["/var/log/x"])
    >>> found.user, found.os, found.root, found.files[0].group
    ('me', ('debian',), False, 'adm')
    """
    said: dict[str, list[str]] = {}
    for line in printable(text).splitlines():
        key, _, rest = line.partition(" ")
        said.setdefault(key, []).append(rest.strip())
    rows = (row.split() for row in said.get("file", []))
    files = [File(path, *row) for path, row in zip(paths, rows, strict=False) if len(row) == 4]
    return Probed(
        user=next(iter(said.get("user", [])), ""),
        root="root" in said,
        os=tuple(word for row in said.get("os", []) for word in row.split()),
        sadf="sadf" in said,
        history="history" in said,
        files=tuple(files),
        runs=frozenset(said.get("runs", [])),
    )
