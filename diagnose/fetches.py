"""What a collector wants of a host: one read-only command, and when to run it.

A collector names its fetches beside its parser; `diagnose collect`, `diagnose check` and
`diagnose recipe` all work from them, so that nothing is fetched that nobody reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class When(StrEnum):
    """When a command is run, seen from the load."""

    ONCE = "once"  # configuration, identity, history: when the run is collected
    AROUND = "around"  # counters: once before the load and once after it
    SAMPLED = "sampled"  # each second while the load runs


@dataclass(frozen=True, slots=True)
class Fetch:
    """One read-only command whose output a collector reads.

    file: name of the raw file ("proc_stat.txt"). command: POSIX sh that BusyBox's ash and
    applets run as well, or the bare path of a file in /proc or /sys, which the recorder
    reads without a process of its own. roles: components that are asked, empty for all.
    privileged: it shows more to root; run through `sudo -n` where the user asks for that.
    enable: what the user can do on a host that cannot answer, as an imperative.
    where: a command that must succeed for the fetch to make sense ("command -v nginx");
    a host on which it fails lacks nothing.
    """

    file: str
    command: str
    when: When = When.SAMPLED
    roles: tuple[str, ...] = ()
    privileged: bool = False
    enable: str = ""
    where: str = ""
