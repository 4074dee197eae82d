"""What belongs together in a report: by component, by the command that would tell, by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from diagnose.model import Cleared, Diagnosis, Place, Unknown

from .phrases import spoken


class Placed(Protocol):
    """Anything that is said of a component."""

    @property
    def component(self) -> str: ...


Thing = TypeVar("Thing", bound=Placed)


def by_component(things: Iterable[Thing], d: Diagnosis) -> list[tuple[str, list[Thing]]]:
    """Grouped, in the order in which a request passes the components, others after."""
    groups: dict[str, list[Thing]] = {}
    for thing in things:
        groups.setdefault(thing.component, []).append(thing)
    way = {name: i for i, name in enumerate(d.topology.path())}
    return sorted(groups.items(), key=lambda g: (way.get(g[0], len(way)), g[0]))


@dataclass(frozen=True, slots=True)
class Gap:
    """What one command would tell, and where: unknown resources that it would measure."""

    how: str
    resources: tuple[str, ...]
    components: tuple[str, ...]
    missing: tuple[str, ...]


def gaps(d: Diagnosis) -> list[Gap]:
    """What is unknown, by the command that would collect it; the widest gaps first.

    A resource that other rules cleared at all of these components is unknown in part.
    """
    seen = {(c.component, c.resource) for c in d.cleared}
    ways: dict[str, list[Unknown]] = {}
    for _, things in by_component(d.unknown, d):
        for u in things:
            ways.setdefault(u.how_to_collect, []).append(u)
    found = [
        Gap(
            how,
            tuple(_named(resource, us, seen) for resource in dict.fromkeys(u.resource for u in us)),
            tuple(dict.fromkeys(u.component for u in us)),
            tuple(dict.fromkeys(m for u in us for m in u.missing)),
        )
        for how, us in ways.items()
    ]
    whole = [u.how_to_collect for u in d.unknown if u.resource == "*"]
    return sorted(found, key=lambda g: (g.how not in whole, -len(g.components), g.how))


def first_gaps(d: Diagnosis) -> list[Gap]:
    """The gaps at suspects and at whoever may hold a large part of the added time."""
    holders = {s.component for s in d.suspects}
    for rung in d.ladder.rungs:
        if d.ladder.rise_s > 0 and rung.gained_s >= 0.25 * d.ladder.rise_s:
            holders |= {name for name, place in rung.owners if place is not Place.BEHIND}
    mine = tuple(u for u in d.unknown if u.component in holders)
    return gaps(replace(d, unknown=mine))


def unknown_resources(things: Iterable[Unknown], d: Diagnosis) -> list[str]:
    """Resources of one component that nobody measured; "(in part)" where other rules cleared."""
    seen = {(c.component, c.resource) for c in d.cleared}
    rows = list(things)
    return [_named(u.resource, [u], seen) for u in rows]


def _named(resource: str, rows: list[Unknown], seen: set[tuple[str, str]]) -> str:
    known = all((u.component, resource) in seen for u in rows if u.resource == resource)
    return f"{spoken(resource)} (in part)" if known else spoken(resource)


def cleared_resources(things: Iterable[Cleared], d: Diagnosis) -> list[str]:
    """Each resource once, but none that another rule suspects at the same component.

    "(in part)" where something of it was not measured.
    """
    suspected = {(s.component, s.resource) for s in d.suspects}
    open_ = {(u.component, u.resource) for u in d.unknown}
    free = [c for c in things if (c.component, c.resource) not in suspected]
    named = {c.resource: " (in part)" * ((c.component, c.resource) in open_) for c in free}
    return sorted((spoken(resource) + part for resource, part in named.items()), key=str.lower)


def alike(paths: Iterable[str]) -> list[str]:
    """Files of the same name told once, with the number of them.

    >>> alike(["raw/db/ss.txt", "raw/api/ss.txt", "raw/db/lab.cnf"])
    ['raw/db/lab.cnf', 'ss.txt × 2']
    """
    named: dict[str, list[str]] = {}
    for path in paths:
        named.setdefault(path.rpartition("/")[2], []).append(path)
    told = [f"{n} × {len(p)}" if len(p) > 1 else p[0] for n, p in named.items()]
    return sorted(told)


def careful(d: Diagnosis) -> list[tuple[str, str]]:
    """What to bear in mind of the run, as (mark, sentence): "!" failed, "?" cannot be told."""
    failed = [("!", f.says) for f in d.fitness if f.ok is False]
    return failed + [("?", f.says) for f in d.fitness if f.ok is None]


def passed(d: Diagnosis) -> str:
    """How many checks of the run's fitness were passed; "" for none."""
    number = sum(f.ok is True for f in d.fitness)
    if not number:
        return ""
    return f"{number} {'other ' if careful(d) else ''}check{'s' if number > 1 else ''} passed"
