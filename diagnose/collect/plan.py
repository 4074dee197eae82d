"""Which fetches are made on one host, and for which of its components.

A host that several components share is asked once: what is of the host (processors, network)
goes to all of them, what is of a role or a setting to those that have it.

    wanted = plan([Part("lb1", "lb", place)])         all that its collectors want
    wanted.when(When.ONCE)                            the part of it for one time
    for loop in loops(wanted, When.SAMPLED, sudo=target.sudo):    (or When.ONCE, When.AROUND)
        recording = Recording.of(loop, folder, limit_bytes)
        recording.run(session, interval_s=1.0, seconds=600.0)     until .stop(); 0 s: one output
        recording.close()        list of Recorded: files that stand now, and what is wrong there
        recording.answers        list of Answer: what the host lacks, and why
        recording.cost           what the recorder took of the host

AROUND is one recording that is run twice, before the load and after it, and closed then.
A recording that was killed has left hidden files: `stamped.salvage(folder)` puts them in
their places. See diagnose.collect.recorder for what goes over the wire.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from diagnose.collect.recorder import exported
from diagnose.fetches import Fetch, When
from diagnose.places import Place
from diagnose.plugins import COLLECTORS, load

# How commands call what diagnose.toml says of a component.
VARIABLES = {
    "STATUS_URL": "status_url",
    "DATABASE": "database",
    "DEFAULTS_FILE": "defaults_file",
}
UNITS = "UNITS"  # of all components of the host, between blanks


@dataclass(frozen=True, slots=True)
class Part:
    """A component as far as a plan goes."""

    name: str
    role: str
    place: Place


@dataclass(frozen=True, slots=True)
class Asked:
    """A fetch, the collector that will read it, and the components that it is made for."""

    fetch: Fetch
    collector: str
    components: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    preface: str = ""  # sh in front of the command: functions that it calls

    @property
    def prefaced(self) -> Fetch:
        """The fetch with what must stand in front of its command."""
        if not self.preface:
            return self.fetch
        where = f"{self.preface}\n{self.fetch.where}" if self.fetch.where else ""
        command = f"{self.preface}\n{self.fetch.command}"
        return replace(self.fetch, command=command, where=where)

    @property
    def command(self) -> str:
        """What a shell of the host runs to get one output."""
        return exported(self.variables) + self.prefaced.alone


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is asked of a host."""

    asked: tuple[Asked, ...]
    units: tuple[str, ...] = ()

    def when(self, *times: When) -> tuple[Asked, ...]:
        """What is asked at these times, in the order of its files."""
        return tuple(asked for asked in self.asked if asked.fetch.when in times)


def plan(parts: Sequence[Part], preface: Callable[[Fetch, Place], str] = lambda *_: "") -> Plan:
    """What the collectors want of a host with these components.

    preface: what goes in front of a command (a function `mysql` that names the account).
    """
    load("collectors")
    found: dict[tuple[Fetch, str, tuple[tuple[str, str], ...], str], list[str]] = {}
    for part in parts:
        for kind, collector in sorted(COLLECTORS.items()):
            for fetch in collector.fetch:
                if fetch.asks(part.role) and fetch.fits(part.place.device):
                    told = tuple(_variables(fetch, part.place).items())
                    key = (fetch, kind, told, preface(fetch, part.place))
                    found.setdefault(key, []).append(part.name)
    asked = (
        Asked(fetch, kind, tuple(names), dict(told), front)
        for (fetch, kind, told, front), names in found.items()
    )
    units = tuple(dict.fromkeys(part.place.unit for part in parts if part.place.unit))
    return Plan(tuple(sorted(asked, key=lambda a: (a.fetch.file, a.components))), units)


def _variables(fetch: Fetch, place: Place) -> dict[str, str]:
    """What diagnose.toml says that the fetch has a use for."""
    text = "\n".join((fetch.command, fetch.prepare, fetch.where))
    used = set(re.findall(r"\$\{?([A-Z_]+)\b", text))
    values = {name: getattr(place, key) for name, key in VARIABLES.items() if name in used}
    return {name: value for name, value in values.items() if value}
