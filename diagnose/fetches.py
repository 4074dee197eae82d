"""What a collector wants of a host: one read-only command, and when to run it.

A collector names its fetches beside its parser; `diagnose collect`, `diagnose check` and
`diagnose recipe` all work from them, so that nothing is fetched that nobody reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_READ = re.compile(r"/(?:proc|sys)/[\w./,@:+*-]+|\$\w+")


class When(StrEnum):
    """When a command is run, seen from the load."""

    ONCE = "once"  # configuration, identity, history: when the run is collected
    AROUND = "around"  # counters: once before the load and once after it
    SAMPLED = "sampled"  # each second while the load runs


@dataclass(frozen=True, slots=True)
class Fetch:
    """One read-only command whose output a collector reads.

    file: name of the raw file ("proc_stat.txt"). command: POSIX sh that BusyBox's ash and
    applets run as well, or bare paths of files in /proc or /sys, which the recorder reads
    with one process for all of them; several files are kept as `grep .` prints them, each
    line with its path in front. "$NAME" among the paths is a list that `prepare` made.
    roles: components that are asked, empty for all.
    privileged: it shows more to root; run through `sudo -n` where the user asks for that.
    enable: what the user can do on a host that cannot answer, as an imperative.
    where: a command that must succeed for the fetch to make sense ("command -v nginx");
    a host on which it fails lacks nothing.
    prepare: sh that sets variables for the command, before the first sample and now and then.
    apart: it asks a server and may hang; a loop of its own samples it, within a time limit.
    streams: it runs as long as the load does, and stamps its output itself.
    names_logs: what it prints says where the logs of its service lie (facts "log.file").
    devices: network gear whose command it is (`device` in diagnose.toml); empty for hosts.
    """

    file: str
    command: str
    when: When = When.SAMPLED
    roles: tuple[str, ...] = ()
    privileged: bool = False
    enable: str = ""
    where: str = ""
    prepare: str = ""
    apart: bool = False
    streams: bool = False
    devices: tuple[str, ...] = ()
    names_logs: bool = False

    @property
    def reads(self) -> tuple[str, ...]:
        """The paths, where the command is nothing but paths.

        >>> Fetch("stat.txt", "/proc/stat").reads, Fetch("a.txt", "cat /proc/stat").reads
        (('/proc/stat',), ())
        """
        words = tuple(self.command.split())
        return words if all(_READ.fullmatch(word) for word in words) else ()

    @property
    def several(self) -> bool:
        """Whether it reads several files, or as many as there are."""
        return len(self.reads) > 1 or any(set("*$") & set(path) for path in self.reads)

    @property
    def run(self) -> str:
        """What a shell runs to get one output of it, once it has run `prepare`.

        >>> Fetch("stat.txt", "/proc/stat").run
        'cat /proc/stat'
        """
        if self.several:  # a file that cannot be read hides none of the others
            return f"grep . {self.command} /dev/null | grep ."
        return f"cat {self.command}" if self.reads else self.command

    @property
    def alone(self) -> str:
        """The same by itself.

        >>> Fetch("two.txt", "/proc/pressure/io $groups", prepare="groups=$(ls)").alone
        'groups=$(ls)\\ngrep . /proc/pressure/io $groups /dev/null | grep .'
        """
        return f"{self.prepare}\n{self.run}" if self.prepare else self.run

    def asks(self, role: str) -> bool:
        """Whether a component of that role is asked; one of unknown role ("") for the rest."""
        return not self.roles or role in self.roles

    def fits(self, device: str) -> bool:
        """Whether its command is one of that network gear, or ("") of a host with a shell."""
        return device in self.devices if device or self.devices else True


@dataclass(frozen=True, slots=True)
class Series:
    """What a collector wants of a Prometheus server: series by name, kept in one raw file."""

    file: str
    names: tuple[str, ...]
