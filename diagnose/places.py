"""Where a component's data are got: its host and what lies there, as diagnose.toml declares it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

from diagnose.declared import Declared, bad
from diagnose.hosts.session import Target

PLACE_KEYS = (
    *("host", "user", "port", "identity", "container", "device", "sudo"),
    *("logs", "results", "unit", "status_url", "database", "defaults_file"),
    *("prometheus", "prometheus_instance"),
)
COLLECT_KEYS = ("interval_s", "limit_mb", "seconds", "host_seconds", "redact")
DATABASES = ("mysql", "postgresql")  # mysql stands for MariaDB as well
# What others call a key, and what never stands in this file.
INSTEAD = {
    "ssh": 'write the name that ~/.ssh/config has for it as host = "NAME"',
    "hostname": "write it as host",
    "address": "write it as host",
    "identity_file": "write it as identity",
    "key": "write it as identity",
    "jump": "write ProxyJump into ~/.ssh/config, and the name that it has there as host",
    "password": "take it out: keys and the ssh agent are used, and for databases the host's own "
    "~/.my.cnf or ~/.pgpass",
}
# A name that ssh could take for an option, or a shell for a word of its own, is none.
HOST = r"[^\s\-@'\"\\$`;&|<>()*?!#{}][^\s@'\"\\$`;&|<>()*?!#{}]*"
WITH_PORT = re.compile(r"[^:]+:\d+")
WORD = r"[A-Za-z0-9_][\w.@:+-]*"
URL = r"https?://[^\s'\"\\@$`<>]+"


@dataclass(frozen=True, slots=True)
class Place:
    """A component's host, and what to fetch there beyond what its role calls for.

    host: "" where there is none to connect to (somebody else's CDN, or all comes from
    Prometheus); "local" for this machine. logs, results: files or globs on the host.
    """

    host: str
    user: str = ""
    port: int = 0
    identity: str = ""  # "~" stands for the home directory here
    container: str = ""
    device: str = ""
    sudo: bool = False
    logs: tuple[str, ...] = ()
    results: tuple[str, ...] = ()  # of the load generator
    unit: str = ""  # whose journal is read
    status_url: str = ""  # nginx's stub_status, as the host itself reaches it
    database: str = ""  # one of DATABASES
    defaults_file: str = ""  # for the database's client, on the host
    prometheus: str = ""
    prometheus_instance: tuple[str, ...] = ()  # labels `instance`, or hosts: any port of theirs

    def target(self) -> Target | None:
        """Where its commands are run; None where there is no host."""
        if not self.host:
            return None
        return Target(
            self.host,
            self.user,
            self.port,
            os.path.expanduser(self.identity),
            self.container,
            self.device,
            self.sudo,
        )


@dataclass(frozen=True, slots=True)
class CollectSettings:
    """The table [collect]."""

    interval_s: float = 1.0  # between two samples
    limit_mb: float = 256.0  # of one file
    seconds: float = 30.0  # for one command
    host_seconds: float = 600.0  # for all of a host, once the load is over
    redact: bool = False

    @property
    def limit_bytes(self) -> int:
        """The most that is kept of one file."""
        return int(self.limit_mb * 2**20)


def place(name: str, table: dict[str, Any]) -> Place:
    """The place of the component of that name.

    Raises:
        BadTopology: a value is not what its key takes.
    """
    told = Declared(name, table)
    told.refuse_strange((), INSTEAD)
    found = Place(
        host=_host(name, told),
        user=told.text("user", write='"deploy"', shape=WORD),
        port=_port(told),
        identity=told.text("identity", write='"~/.ssh/id_ed25519"', shape=r"[^-].*"),
        container=told.text("container", write='"api"', shape=WORD),
        device=told.text("device", write='"cisco_ios"', shape=r"[a-z0-9_]+"),
        sudo=told.flag("sudo"),
        logs=told.texts("logs", write='["/var/log/app/*.log"]'),
        results=told.texts("results", write='["/home/me/run_*.csv"]'),
        unit=told.text("unit", write='"api.service"', shape=WORD),
        status_url=told.text("status_url", write='"http://127.0.0.1/nginx_status"', shape=URL),
        database=_database(told),
        defaults_file=told.text("defaults_file", write='"~/.my.cnf"', shape=r"[^-].*"),
        prometheus=_prometheus(told),
        prometheus_instance=told.texts("prometheus_instance", write='["lb1:9100", "lb1:9113"]'),
    )
    _refuse_contradiction(name, found)
    return found


def _host(name: str, told: Declared) -> str:
    """What `host` says; without it the component's own name, unless Prometheus tells of it."""
    if "host" not in told.values:
        plain = re.fullmatch(HOST, name) and not WITH_PORT.fullmatch(name)
        return name if plain and not told.values.get("prometheus") else ""
    host = told.text("host", write='"lb1", "10.0.0.1" or "local"')
    if "@" in host or WITH_PORT.fullmatch(host):
        raise bad(f"host of {name} is {host!r}", 'write host = "lb1", user = "deploy", port = 2222')
    return told.text("host", write='"lb1", "10.0.0.1" or "local"', shape=HOST)


def _port(told: Declared) -> int:
    port = told.number("port", 0, write="port = 22", least=1, most=65535)
    if port != int(port):
        raise bad(f"port of {told.where} cannot be {port:g}", "write port = 22")
    return int(port)


def _database(told: Declared) -> str:
    name = told.text("database", write='"mysql"')
    if name and name not in DATABASES:
        known = ", ".join(f'"{one}"' for one in DATABASES)
        raise bad(f"{told.where} has the database {name!r}", f"use one of: {known}")
    return name


def _prometheus(told: Declared) -> str:
    address = told.text("prometheus", write='"http://prometheus:9090"')
    if "@" in address:
        hint = "set DIAGNOSE_PROMETHEUS_USER and DIAGNOSE_PROMETHEUS_PASSWORD and take them out"
        raise bad(f"prometheus of {told.where} has a user or a password in it", hint)
    return told.text("prometheus", write='"http://prometheus:9090"', shape=URL).rstrip("/")


def _refuse_contradiction(name: str, found: Place) -> None:
    if found.container and found.device:
        raise bad(
            f"{name} has a container and a device", "network gear has no containers: drop one"
        )
    if found.prometheus_instance and not found.prometheus:
        raise bad(
            f"{name} has a prometheus_instance and no prometheus",
            'write prometheus = "http://prometheus:9090" beside it',
        )


def collect_settings(table: dict[str, Any]) -> CollectSettings:
    """The table [collect].

    Raises:
        BadTopology: a value is not what its key takes.
    """
    told, usual = Declared("collect", table), CollectSettings()
    told.refuse_strange(COLLECT_KEYS)
    return CollectSettings(
        interval_s=told.number(
            "interval_s", usual.interval_s, write="interval_s = 1.0", least=0.1, most=3600
        ),
        limit_mb=told.number("limit_mb", usual.limit_mb, write="limit_mb = 256", least=1),
        seconds=told.number("seconds", usual.seconds, write="seconds = 30", least=1, most=86400),
        host_seconds=told.number(
            "host_seconds", usual.host_seconds, write="host_seconds = 600", least=1, most=86400
        ),
        redact=told.flag("redact"),
    )
