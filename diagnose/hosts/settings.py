"""One hop on the way to a host: where it is, who we are there, and how it is trusted.

Source: man 5 ssh_config
"""

from __future__ import annotations

import getpass
import os
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from .session import HostError

CONNECT_S = 10.0  # for one hop, where ConnectTimeout says nothing (a choice)
ALIVE_S, ALIVE_COUNT = 5.0, 6  # a host is lost after half a minute of silence (a choice)
AGENT = "SSH_AUTH_SOCK"  # the variable that names the agent's socket
NO, YES = ("", "none", "no", "false"), ("yes", "true")
TOKEN = re.compile(r"%(.)")
VARIABLE = re.compile(r"\$\{(\w+)\}")
TIME = re.compile(r"(\d+)([smhdw]?)")
TIMES = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
BETWEEN_PATHS = re.compile(r"\s+(?=[/~])")
KEYS = ("~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ed25519")
KNOWN_HOSTS = "~/.ssh/known_hosts ~/.ssh/known_hosts2"
GLOBAL_KNOWN_HOSTS = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"

Said: TypeAlias = dict[str, list[str]]  # by option, in lower case, each as often as it was said


@dataclass(frozen=True, slots=True)
class Settings:
    """What ssh's configuration says of one hop.

    name: as the user calls it. jumps: what comes before it, each as ProxyJump says it.
    known_hosts: the files, of which the first is the one that `trust` adds to.
    """

    name: str
    host: str
    port: int
    user: str
    identities: tuple[Path, ...] = ()
    certificates: tuple[Path, ...] = ()
    identities_only: bool = False
    agent: str = AGENT  # "" for none, or the path of its socket
    jumps: tuple[str, ...] = ()
    proxy_command: str = ""
    known_hosts: tuple[Path, ...] = ()
    revoked: Path | None = None
    host_key_alias: str = ""
    hash_names: bool = False
    connect_s: float = CONNECT_S
    alive_s: float = ALIVE_S
    alive_count: int = ALIVE_COUNT
    family: str = "any"  # any, inet, inet6
    bind_address: str = ""

    @property
    def at(self) -> str:
        """The name, with the address where that is another."""
        place = self.host if self.port == 22 else f"{self.host} port {self.port}"
        return self.name if place == self.name else f"{self.name} ({place})"


def settings(name: str, said: Said, user: str = "", port: int = 0) -> Settings:
    """Settings from what was said of `name`; user and port win over it."""
    host = one(said, "hostname") or name
    port = port or int(one(said, "port") or 22)
    user = user or one(said, "user") or getpass.getuser()
    alias = one(said, "hostkeyalias")
    tokens = _tokens(name, host, port, user, alias)
    known = _paths(said.get("userknownhostsfile", [KNOWN_HOSTS]), tokens)
    known += _paths(said.get("globalknownhostsfile", [GLOBAL_KNOWN_HOSTS]), tokens)
    revoked = one(said, "revokedhostkeys")
    interval = seconds(one(said, "serveraliveinterval"))  # 0: ssh's default, off
    count = max(1, int(one(said, "serveralivecountmax") or 3))
    if one(said, "proxyusefdpass") in YES:
        what = f"{name} is reached with ProxyUseFdpass, which is not supported"
        raise HostError(what, hint="Use ProxyJump, or a ProxyCommand that passes bytes")
    return Settings(
        name=name,
        host=host,
        port=port,
        user=user,
        identities=tuple(_each(said.get("identityfile", KEYS), tokens)),
        certificates=tuple(_each(said.get("certificatefile", []), tokens)),
        identities_only=one(said, "identitiesonly") in YES,
        agent=_agent(said, tokens),
        jumps=tuple(part for part in re.split(r"[,\s]+", one(said, "proxyjump")) if part),
        proxy_command=_expand(one(said, "proxycommand"), tokens),
        known_hosts=tuple(known),
        revoked=_path(revoked, tokens) if revoked else None,
        host_key_alias=alias,
        hash_names=one(said, "hashknownhosts") in YES,
        connect_s=seconds(one(said, "connecttimeout")) or CONNECT_S,
        alive_s=interval or ALIVE_S,
        alive_count=count if interval else ALIVE_COUNT,
        family=one(said, "addressfamily") or "any",
        bind_address=one(said, "bindaddress"),
    )


def one(said: Said, option: str) -> str:
    """The first value, "" where it is unset or said to be none."""
    value = said.get(option, [""])[0].strip()
    return "" if value.lower() in NO and option not in ("hostname", "user") else value


def seconds(text: str) -> float:
    """Seconds of a time as ssh writes it.

    >>> seconds("90"), seconds("1h30m")
    (90.0, 5400.0)
    """
    return float(sum(int(number) * TIMES[unit] for number, unit in TIME.findall(text.lower())))


def _agent(said: Said, tokens: Mapping[str, str]) -> str:
    value = said.get("identityagent", [AGENT])[0].strip().strip('"')
    if value.lower() == "none":
        return ""
    if value.startswith("$") and not value.startswith("${"):
        return os.environ.get(value[1:], "")
    return value if value == AGENT else str(_path(value, tokens))


def _tokens(name: str, host: str, port: int, user: str, alias: str) -> dict[str, str]:
    """What %h and its like stand for."""
    here = socket.gethostname()
    return {
        "%": "%",
        "d": str(Path.home()),
        "h": host,
        "n": name,
        "p": str(port),
        "r": user,
        "u": getpass.getuser(),
        "i": str(os.getuid()),
        "k": alias or name,
        "l": here,
        "L": here.partition(".")[0],
    }


def _expand(text: str, tokens: Mapping[str, str]) -> str:
    """The text with its %tokens and ${VARIABLES} replaced; an unknown one stays as it is."""
    text = VARIABLE.sub(lambda match: os.environ.get(match[1], match[0]), text)
    return TOKEN.sub(lambda match: tokens.get(match[1], match[0]), text)


def _path(text: str, tokens: Mapping[str, str]) -> Path:
    return Path(_expand(text.strip().strip('"'), tokens)).expanduser()


def _each(values: Sequence[str], tokens: Mapping[str, str]) -> list[Path]:
    return [_path(value, tokens) for value in values if value.strip().lower() not in NO]


def _paths(values: Sequence[str], tokens: Mapping[str, str]) -> list[Path]:
    """Several paths in one value, as `ssh -G` prints them: quotes are lost there."""
    parts = [part for value in values for part in BETWEEN_PATHS.split(value)]
    return _each(parts, tokens)
