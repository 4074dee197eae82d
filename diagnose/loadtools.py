"""Load tools: what of each is read, what can be known from it, and its best command line."""

from __future__ import annotations

from dataclasses import dataclass

from diagnose.plugins import COLLECTORS, GIVES, Collector, best_command, load

RISING = "C, R: connections and rates; run it once for each of several that rise, into one folder."


@dataclass(frozen=True, slots=True)
class LoadTool:
    """One tool, with the collectors of its formats, the most telling first."""

    name: str
    best: str
    formats: tuple[Collector, ...]


def load_tools() -> tuple[LoadTool, ...]:
    """All of them, by name."""
    load("collectors")
    names = {c.tool for c in COLLECTORS.values() if c.tool}
    return tuple(_of(name) for name in sorted(names, key=str.lower))


def _of(name: str) -> LoadTool:
    mine = (c for c in COLLECTORS.values() if c.tool == name)
    return LoadTool(name, best_command(name), tuple(sorted(mine, key=_order)))


def _order(c: Collector) -> tuple[bool, int, str]:
    return ("series" not in c.gives, -len(c.gives), c.title.lower())


def known_from(c: Collector) -> tuple[bool, ...]:
    """For each of GIVES, whether a format tells it."""
    return tuple(what in c.gives for what in GIVES)
