"""Which logs a component has on its host, and who says so.

Declared ones (`logs` in diagnose.toml), those that the configuration of its service names
(nginx, MySQL, MariaDB, PostgreSQL), and those that lie where packages of distributions put them.
"""

from __future__ import annotations

import fnmatch
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from diagnose.badlines import BadLines
from diagnose.collect.databases import preface
from diagnose.collect.log_files import LogFile, globs_of, list_files, rotated
from diagnose.collect.loops import AS_ROOT
from diagnose.collect.plan import Asked, Part, plan
from diagnose.collect.recorder import BY_SUDO, RUN
from diagnose.errors import UnreadableSource
from diagnose.fetches import When
from diagnose.hosts.session import Session
from diagnose.plugins import COLLECTORS
from diagnose.rawfile import RawFile

MOST = 64  # logs of one component (a choice); what is left out is said
DECLARED, CONFIGURED, USUAL = "diagnose.toml", "its configuration", "where packages put it"
_MYSQL = ("/var/log/mysql/*", "/var/log/mariadb/*", "/var/log/mysqld.log")
_POSTGRES = ("/var/log/postgresql/*", "/var/lib/pgsql/data/log/*", "/var/lib/pgsql/*/data/log/*")
_NGINX = ("/var/log/nginx/*access*", "/var/log/nginx/*error*")
USUALLY = {"lb": _NGINX, "cdn": _NGINX}
LONGEST = 100  # characters of a name
_ODD = re.compile(r"[^A-Za-z0-9._+=@,-]")
_VARIABLE = re.compile(r"\$(?:\w+|\{\w+\})")


@dataclass(frozen=True, slots=True)
class Log:
    """A log of a component. `globs`: all names that its files may have."""

    file: str  # our name for it, in raw/<component>/
    path: str  # as the host names it, for showing and marking
    globs: tuple[str, ...]
    by: str  # who says that it is one: DECLARED, CONFIGURED or USUAL
    collector: str = ""  # kind of the collector that its configuration makes likely


@dataclass(frozen=True, slots=True)
class Logs:
    """All that were found. missing: what was declared or configured, and why it is not there."""

    found: tuple[Log, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    """Where a log may lie: a path or a glob."""

    glob: str
    by: str
    collector: str = ""


def find(
    session: Session, part: Part, *, beside: Sequence[Part] = (), seconds: float = 30.0
) -> Logs:
    """The logs of a component, in two round trips and one for each configuration.

    beside: all components of the host: what nginx logs there is the load balancer's, where one
    of them is that, and not the application's. What may not be read is found as well, and fails
    when it is fetched. Never raises for what the host does.
    """
    said = list(dict.fromkeys(_said(session, part, beside, seconds)))
    if not said:
        return Logs()
    listed = list_files(session, [one.glob for one in said], seconds=seconds)
    if not listed.done.ok:
        return Logs(missing=(("logs", "they could not be looked for"),))
    logs, taken = list[Log](), set[str]()
    files = _newest_names(listed.files)
    for file in sorted(files, key=lambda f: f.path):
        owner = next((one for one in said if _matches(file.path, one.glob)), said[0])
        logs.append(
            Log(_unused(file, taken), file.path, rotated(file.glob), owner.by, owner.collector)
        )
    missing = [
        (one.glob, "there is no such file")
        for one in said
        if one.by != USUAL and not any(_matches(file.path, one.glob) for file in listed.files)
    ]
    if len(logs) > MOST:
        missing.append(("logs", f"{len(logs)} logs were found, and the first {MOST} are taken"))
    return Logs(tuple(logs[:MOST]), tuple(missing))


def naming_files(part: Part) -> list[str]:
    """Of which fetches the commands are run again for it, for `--dry-run`."""
    return [asked.fetch.file for asked in _naming(part)]


def _said(session: Session, part: Part, beside: Sequence[Part], seconds: float) -> Iterator[_Said]:
    for glob in part.place.logs:
        yield _Said(glob, DECLARED)
    for asked in _naming(part, beside):
        for path, kind in _named(session, asked, seconds):
            yield _Said(path, CONFIGURED, kind)
    for glob in _usual(part):
        yield _Said(glob, USUAL)


def _usual(part: Part) -> Sequence[str]:
    if part.role != "db":
        return USUALLY.get(part.role, ())
    mysql = _MYSQL if part.place.database != "postgresql" else ()
    return (*mysql, *(_POSTGRES if part.place.database != "mysql" else ()))


def _naming(part: Part, beside: Sequence[Part] = ()) -> list[Asked]:
    """Fetches whose output says where logs lie, but for those of a component beside it."""
    found = [a for a in plan((part,), preface).when(When.ONCE) if a.fetch.names_logs]
    others = {one.role for one in beside} - {part.role}
    return [a for a in found if COLLECTORS[a.collector].role not in others]


def _named(session: Session, asked: Asked, seconds: float) -> Iterator[tuple[str, str]]:
    """(glob, kind of its collector) of each log that a configuration names."""
    where = asked.prefaced.where
    test = f"{{ {where}\n}} >/dev/null 2>&1 || exit 0\n" if where else ""
    as_root = session.target.sudo and asked.fetch.privileged
    parts: list[bytes] = []
    session.run(
        AS_ROOT if as_root else RUN,
        parts.append,
        seconds=seconds,
        stdin=f"{BY_SUDO if as_root else ''}{test}{asked.command}\n".encode(),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / asked.fetch.file
        path.write_bytes(b"".join(parts))
        raw = RawFile(asked.fetch.file, path)
        try:
            reading = COLLECTORS[asked.collector].parse(raw, BadLines(asked.fetch.file))
        except UnreadableSource:
            return
    for fact in reading.facts:
        if fact.name == "log.file" and fact.value.startswith("/"):
            yield _VARIABLE.sub("*", fact.value), fact.part


def _matches(path: str, glob: str) -> bool:
    """Whether a path is one of a glob; a ~ in front of that is somebody's home."""
    return fnmatch.fnmatchcase(path, f"*{glob[1:]}" if glob[:2] == "~/" else glob)


def _newest_names(files: Sequence[LogFile]) -> list[LogFile]:
    """Without those to which another one was rotated."""
    return [
        file
        for file in files
        if not any(
            other.path != file.path
            and any(fnmatch.fnmatchcase(file.path, glob) for glob in globs_of(other.path))
            for other in files
        )
        and not file.packing
    ]


def _unused(file: LogFile, taken: set[str]) -> str:
    """A name of ours after the host's; different logs of one name are numbered."""
    name = _ODD.sub("_", file.path.rpartition("/")[2]).lstrip(".")[:LONGEST] or "log"
    stem, dot, ending = name.partition(".")
    found, i = name, 1
    while found in taken:
        i += 1
        found = f"{stem}-{i}{dot}{ending}"
    taken.add(found)
    return found
