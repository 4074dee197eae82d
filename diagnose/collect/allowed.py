"""What may run on a host, as lists that a person can check: programs, and what runs as root.

They are made of the collectors' own fetches, so that nothing can be missing here.
Source: https://www.sudo.ws/docs/man/sudoers.man/
"""

from __future__ import annotations

import re

from diagnose.fetches import Fetch
from diagnose.plugins import COLLECTORS, load

# All that is ever run there. Those that could write as well (sed, sort, find, curl) are asked
# for no writing, and kill ends what the recorder itself began: tests/test_collect_allowed.py.
PROGRAMS = (
    *("awk", "cat", "conntrack", "curl", "date", "find", "getconf", "grep", "head", "id"),
    *("ionice", "ip", "kill", "ls", "lscpu", "mysql", "nc", "netstat", "nginx", "psql", "readlink"),
    *("redis-cli", "renice", "sed", "sh", "sleep", "socat", "sort", "ss", "sudo", "tail", "tc"),
    *("tr", "uname", "valkey-cli", "wget"),
)
# And for logs, what is kept of them, and containers.
FOR_LOGS = (
    *("bzip2", "dd", "dmesg", "docker", "gzip", "journalctl", "nice", "podman", "sadf", "xz"),
    "zstd",
)
FOLDERS = ("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/sbin", "/bin")
_AS_ROOT = re.compile(r"\$AS_ROOT ([a-z][^\n|;&<>(){}]*)")
# What a variable among the arguments can hold, as sudoers writes it (sudo 1.9.10 and later).
_ARGUMENTS = {"$fds": r"( /proc/[0-9]+/fd)+"}
SUDOERS = """\
# /etc/sudoers.d/diagnose: what `sudo = true` in diagnose.toml needs, and no more.
# Check it with `visudo -cf`. All of it only reads.
Cmnd_Alias DIAGNOSE = \\
{commands}
{user} ALL = (root) NOPASSWD: DIAGNOSE
Defaults!DIAGNOSE !lecture
"""


def fetches() -> list[tuple[str, Fetch]]:
    """(kind of the collector, fetch) of all that is ever asked of a host with a shell."""
    load("collectors")
    every = ((kind, f) for kind, one in sorted(COLLECTORS.items()) for f in one.fetch)
    return [(kind, fetch) for kind, fetch in every if not fetch.devices]


def texts(fetch: Fetch) -> tuple[str, ...]:
    """All that a shell runs for it."""
    return tuple(text for text in (fetch.where, fetch.prepare, fetch.run) if text)


def as_root() -> list[str]:
    """Commands that are run through `sudo -n` where the user asks for that, without doubles."""
    found = (
        command.strip()
        for _, fetch in fetches()
        for text in texts(fetch)
        for command in _AS_ROOT.findall(text)
    )
    return sorted(set(found))


def sudoers(user: str = "diagnose") -> str:
    """A fragment of sudoers that allows exactly these."""
    lines = [f"    {folder}/{_spelled(command)}" for command in as_root() for folder in FOLDERS]
    return SUDOERS.format(user=user, commands=", \\\n".join(lines))


def _spelled(command: str) -> str:
    """A command as sudoers has it: its arguments exactly, or as a regular expression.

    >>> _spelled("nginx -T"), _spelled("ls -R $fds")
    ('nginx -T', 'ls ^-R( /proc/[0-9]+/fd)+$')
    """
    program, *words = command.split()
    if not any(word in _ARGUMENTS for word in words):
        return " ".join((program, *(re.sub(r"([,:=\\])", r"\\\1", word) for word in words)))
    spelled = "".join(_ARGUMENTS.get(word, f" {re.escape(word)}") for word in words)
    return f"{program} ^{spelled.strip()}$".replace(r"\-", "-")
