"""Settings of database servers, whichever file or command they stand in, as limits and facts."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from diagnose.readings import Fact, Limit, Reading

_SIZE = re.compile(r"([+-]?\d+(?:\.\d+)?) *([kKMGTPE]?)(i?[bB])?$")
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5, "e": 6}
_TIME = re.compile(r"(-?\d+(?:\.\d+)?) *(us|ms|s|min|h|d)?$")
_MS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "min": 6e4, "h": 3.6e6, "d": 8.64e7}
_ON = {"1": "ON", "on": "ON", "true": "ON", "yes": "ON", "": "ON"}

MYSQL = {
    "max_connections": "db.max_connections",
    "innodb_buffer_pool_size": "db.buffer_pool_bytes",
    "innodb_redo_log_capacity": "db.redo_capacity_bytes",
    "long_query_time": "db.long_query_time_s",
    "log_slow_query_time": "db.long_query_time_s",  # its name from MariaDB 10.11 on
    "open_files_limit": "process.open_files_max",
}
POSTGRES = {
    "max_connections": ("db.max_connections", 1.0),
    "shared_buffers": ("db.buffer_pool_bytes", 8192.0),  # without a unit: blocks
    "max_wal_size": ("db.redo_capacity_bytes", 2.0**20),
}


def size(text: str) -> float:
    """Bytes, or a plain number.

    Raises:
        ValueError: it is none.

    >>> size("64M"), size("151"), size("'128MB'"), size("8kB")
    (67108864.0, 151.0, 134217728.0, 8192.0)
    """
    match = _SIZE.match(text.strip().strip("'\""))
    if match is None:
        raise ValueError(text)
    return float(match[1]) * 1024.0 ** _POWERS[match[2].lower()]


def milliseconds(text: str) -> float:
    """A duration of PostgreSQL's settings.

    Raises:
        ValueError: it is none.

    >>> milliseconds("250"), milliseconds("'2s'"), milliseconds("-1")
    (250.0, 2000.0, -1.0)
    """
    match = _TIME.match(text.strip().strip("'\""))
    if match is None:
        raise ValueError(text)
    return float(match[1]) * _MS[match[2] or "ms"]


# Where PostgreSQL's logs lie, with the server's own defaults.
_PLACES = {
    "data_directory": "",
    "logging_collector": "off",
    "log_directory": "log",
    "log_filename": "postgresql-%Y-%m-%d_%H%M%S.log",
    "log_destination": "stderr",
}
_LOGS = {"slow_query_log_file": "mysql_slow_log", "log_error": "mysql_error_log"}


class MysqlSettings:
    """Takes settings one by one; the last of a name counts, as in the server."""

    def __init__(self) -> None:
        self._limits: dict[str, Limit] = {}
        self._facts: dict[str, Fact] = {}
        self._log_file: tuple[float, int] | None = None
        self._log_files = 0.0
        self._datadir = ""

    def take(self, name: str, value: str, line: int) -> None:
        """One setting.

        Raises:
            ValueError: its value cannot be read.
        """
        if name in MYSQL:
            limit = size(value)
            if limit > 0 or name.endswith("query_time"):
                self._limits[MYSQL[name]] = Limit(MYSQL[name], limit, line=line)
        elif name == "innodb_log_file_size":
            self._log_file = size(value), line
        elif name == "innodb_log_files_in_group":
            self._log_files = size(value)
        else:
            self._take_fact(name, value, line)

    def _take_fact(self, name: str, value: str, line: int) -> None:
        if name in ("slow_query_log", "log_slow_query"):
            self._fact("db.slow_query_log", _ON.get(value.strip().lower(), "OFF"), line)
        elif name == "version":
            self._fact("db.version", value, line)
            self._fact("db.product", "MariaDB" if "MariaDB" in value else "MySQL", line)
        elif name == "version_comment" and "Percona" in value:
            self._fact("db.product", "Percona Server", line)
        elif name == "datadir":
            self._datadir = value.rstrip("/")
        elif name == "hostname" and value:
            self._fact("host.name", value, line)
        elif name in _LOGS and value not in ("", "stderr"):
            kind = _LOGS[name]
            self._facts[f"log.file {kind}"] = Fact("log.file", value, kind, line)

    def _fact(self, name: str, value: str, line: int) -> None:
        self._facts[name] = Fact(name, value, line=line)

    def reading(self, files_unless_said: float) -> Reading:
        """Limits and facts. files_unless_said: redo log files where no setting says."""
        name = "db.redo_capacity_bytes"
        if self._log_file is not None and name not in self._limits:
            each, line = self._log_file
            total = each * (self._log_files or files_unless_said)
            self._limits[name] = Limit(name, total, line=line)
        facts = [self._placed(fact) for fact in self._facts.values()]
        return Reading(limits=list(self._limits.values()), facts=facts)

    def _placed(self, fact: Fact) -> Fact:
        """A log's path is relative to the folder of the data."""
        if fact.name != "log.file" or fact.value.startswith("/") or not self._datadir:
            return fact
        path = f"{self._datadir}/{fact.value.removeprefix('./')}"
        return Fact(fact.name, path, fact.part, fact.line)


class PostgresSettings:
    """Takes settings one by one; the last of a name counts."""

    def __init__(self) -> None:
        self._limits: dict[str, Limit] = {}
        self._facts = {"db.product": Fact("db.product", "PostgreSQL")}
        self._logging: dict[str, str] = {}

    def take(self, name: str, value: str, line: int, unit: str = "") -> None:
        """One setting; unit as pg_settings gives it ("8kB", "ms").

        Raises:
            ValueError: its value cannot be read.
        """
        if name in POSTGRES:
            limit, without_unit = POSTGRES[name]
            plain = value.strip().strip("'").isdigit()
            scale = (size(unit) if unit[:1].isdigit() else size("1" + unit)) if unit else 0.0
            factor = (scale or without_unit) if plain else 1.0
            self._limits[limit] = Limit(limit, size(value) * factor, line=line)
        elif name == "log_min_duration_statement":
            ms = milliseconds(value)
            self._facts[name] = Fact("db.log_min_duration_ms", f"{ms:g}", line=line)
            if ms >= 0:
                slow = "db.long_query_time_s"
                self._limits[slow] = Limit(slow, ms / 1000.0, line=line)
        elif name == "server_version":
            self._facts[name] = Fact("db.version", value, line=line)
        elif name in _PLACES:
            self._logging[name] = value.strip().strip("'")

    def reading(self) -> Reading:
        """Limits and facts."""
        facts = [*self._facts.values(), *self._log_files()]
        return Reading(limits=list(self._limits.values()), facts=facts)

    def _log_files(self) -> Iterator[Fact]:
        """What its own collector of logs writes to; where the name bears a time, `*` stands."""
        said = _PLACES | self._logging
        folder = posixpath.join(said["data_directory"], said["log_directory"])
        if _ON.get(said["logging_collector"].lower()) != "ON" or not folder.startswith("/"):
            return
        name = re.sub(r"(?:%[A-Za-z])+", "*", said["log_filename"])
        for kind, ending in (("stderr", ""), ("csvlog", ".csv"), ("jsonlog", ".json")):
            if kind in said["log_destination"]:
                file = name.removesuffix(".log") + ending if ending else name
                yield Fact("log.file", f"{folder}/{file}", "postgres_log")
