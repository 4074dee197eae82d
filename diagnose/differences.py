"""What differs between two runs in limits, settings and topology, with where each was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from diagnose.case import Case, Run
from diagnose.metrics import LIMITS
from diagnose.model import Component

SUFFIXES = {"1": "", "": "", "1/s": "/s", "ratio": ""}

Key: TypeAlias = tuple[str, str, str]  # component, name, part
Told: TypeAlias = dict[Key, dict[str, str]]  # value as people read it -> where it was read first


@dataclass(frozen=True, slots=True)
class Difference:
    """One limit, setting or property of a component that is another in the second run."""

    component: str
    name: str
    part: str
    before: str
    after: str
    source_before: str = ""
    source_after: str = ""


@dataclass(frozen=True, slots=True)
class Differences:
    """rows: what both runs tell, and is another. before_only, after_only: how many limits and
    settings of each component one run alone tells; not collected is no difference."""

    rows: tuple[Difference, ...] = ()
    before_only: dict[str, int] = field(default_factory=dict)
    after_only: dict[str, int] = field(default_factory=dict)


def differences(before: Run, after: Run) -> Differences:
    """All that both runs tell and that is not the same, by component."""
    a, b = _told(before), _told(after)
    rows = [*_of_topology(before, after), *_of_values(a, b)]
    rows.sort(key=lambda row: (row.component, row.name, row.part))
    return Differences(tuple(rows), _count(a.keys() - b.keys()), _count(b.keys() - a.keys()))


def _count(keys: set[Key]) -> dict[str, int]:
    return dict(sorted(Counter(component for component, _, _ in keys).items()))


def _told(run: Run) -> Told:
    told: Told = {}
    for name, case in sorted(run.cases.items()):
        for what, part, value, source in _values(case):
            told.setdefault((name, what, part), {}).setdefault(value, source)
    return told


def _values(case: Case) -> Iterator[tuple[str, str, str, str]]:
    for name, cited in sorted(case.limits.items()):
        for c in cited:
            yield name, _lasting(name, c.part), _shown(c.value, name), c.source
    for name, facts in sorted(case.facts.items()):
        yield from ((name, fact.part, fact.value, source) for fact, source in facts)


def _lasting(name: str, part: str) -> str:
    """A part without what is new in every run: the number of a process.

    >>> _lasting("process.open_files_max", "nginx 13389"), _lasting("listen.backlog", "[::]:80")
    ('nginx', '[::]:80')
    """
    return part.rpartition(" ")[0] or part if name.startswith("process.") else part


def _of_values(a: Told, b: Told) -> Iterator[Difference]:
    for key in sorted(a.keys() & b.keys()):
        gone = {v: s for v, s in a[key].items() if v not in b[key]}
        come = {v: s for v, s in b[key].items() if v not in a[key]}
        if gone or come:
            yield Difference(
                *key,
                ", ".join(gone) or "-",
                ", ".join(come) or "-",
                next(iter(gone.values()), next(iter(a[key].values()))),
                next(iter(come.values()), next(iter(b[key].values()))),
            )


def _of_topology(before: Run, after: Run) -> Iterator[Difference]:
    a, b = ({c.name: c for c in run.topology.components} for run in (before, after))
    for name in sorted(a.keys() | b.keys()):
        one, other = a.get(name), b.get(name)
        if one is None or other is None:
            yield Difference(name, "component", "", _role(one), _role(other))
            continue
        if one.role != other.role:
            yield Difference(name, "role", "", one.role, other.role)
        if set(one.sends_to) != set(other.sends_to):
            yield Difference(name, "sends to", "", _targets(one), _targets(other))


def _role(component: Component | None) -> str:
    return component.role if component else "not in this run"


def _targets(component: Component) -> str:
    return ", ".join(sorted(component.sends_to)) or "nobody"


def _shown(value: float, name: str) -> str:
    """A limit exactly as it is: rounded, two that differ might look the same.

    >>> _shown(768.0, "nginx.worker_connections"), _shown(2.0**31, "db.buffer_pool_bytes")
    ('768', '2 GiB')
    >>> _shown(2.0**31 + 1, "db.buffer_pool_bytes"), _shown(0.5, "nginx.keepalive_timeout_s")
    ('2,147,483,649 B', '0.5 s')
    """
    unit = LIMITS[name][0] if name in LIMITS else ""
    if unit == "bytes":
        scales = ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "B"))
        scale, unit = next(s for s in scales if value % s[0] == 0 or s[0] == 1)
        value /= scale
    return f"{value:,.15g}{SUFFIXES.get(unit, f' {unit}')}"
