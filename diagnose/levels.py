"""Levels: components that stand side by side at one depth of the way and log requests."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from diagnose.model import CARRIERS, NAN, Component, Place, Rung, Topology
from diagnose.tiers import TierLog

# Tiers whose numbers of requests differ by less see the same requests (a choice); beyond
# it, one fans out or answers from a cache, and seconds are counted per request in front.
SAME_REQUESTS = 0.2

RESOLUTION_S = 0.001  # of the times in nginx's logs

Owners = tuple[tuple[str, Place], ...]
ANYWHERE = (Place.INSIDE, Place.FRONT, Place.BEHIND)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A window in seconds on the grid."""

    begin_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class UserView:
    """What the load generator saw in both windows and in whole."""

    component: str
    before_s: float
    after_s: float
    requests: float
    failures: float
    source: str


@dataclass(slots=True)
class Level:
    """Components that stand side by side at one depth and log requests."""

    names: tuple[str, ...]
    logs: tuple[TierLog, ...]
    between: tuple[Component, ...] = ()  # on the way from the level in front, logging nothing

    def count(self, when: Stretch) -> float:
        return float(sum(seen(log, when) for log in self.logs))

    def seconds(self, column: str, when: Stretch, wait: str = "") -> float:
        """Summed seconds of a column over a window; NaN where no log has it."""
        totals = []
        for log in self.logs:
            values = log.waits_s.get(wait) if wait else getattr(log, column)
            if values is not None and np.isfinite(values).any():
                inside = values[log.during(when.begin_s, when.end_s) & ~log.hung_up]
                totals.append(float(np.nansum(inside)))
        return math.fsum(totals) if totals else NAN

    def waits(self) -> tuple[str, ...]:
        return tuple(sorted({name for log in self.logs for name in log.waits_s}))

    @property
    def source(self) -> str:
        return " + ".join(log.cited for log in self.logs)


def seen(log: TierLog, when: Stretch) -> int:
    """Requests within a window, but for those that were cut off as the load stopped."""
    return int((log.during(when.begin_s, when.end_s) & ~log.hung_up).sum())


@dataclass(slots=True)
class Builder:
    topology: Topology
    before: Stretch
    after: Stretch
    rungs: list[Rung] = field(default_factory=list)

    def add(
        self, name: str, owners: Owners, pair: tuple[float, float], says: str, source: str
    ) -> None:
        pair = (whole_ms(pair[0]), whole_ms(pair[1]))
        if not any(math.isnan(v) for v in pair):
            self.rungs.append(Rung(name, owners, pair[0], pair[1], says, source))


def whole_ms(seconds: float) -> float:
    """Logs tell milliseconds: a difference of two of them that is a little below none is none.

    >>> whole_ms(-0.0004), whole_ms(-0.2), whole_ms(0.0002)
    (0.0, -0.2, 0.0002)
    """
    return 0.0 if -RESOLUTION_S < seconds < 0 else seconds


def levels_of(topology: Topology, logs: dict[str, TierLog]) -> list[Level]:
    """Levels with request logs from the outermost inwards, carriers and mutes in between."""
    depth = _depths(topology)
    levels: list[Level] = []
    mute: list[Component] = []
    for d in sorted(set(depth.values())):
        here = [topology[name] for name in depth if depth[name] == d]
        logged = tuple(c.name for c in here if c.name in logs)
        mute += [c for c in here if c.name not in logs and c.role != "load_generator"]
        if logged:
            beside = tuple(logs[name] for name in logged)
            levels.append(Level(logged, beside, tuple(mute)))
            mute = []
    return levels


def _depths(topology: Topology) -> dict[str, int]:
    """Hops from where requests enter, over the longest way."""
    path = topology.path()
    depth = dict.fromkeys(path, 0)
    for _ in path:  # as many rounds as there are components settle any graph without circles
        for name in path:
            for target in topology[name].sends_to:
                if target in depth and depth[target] < min(depth[name] + 1, len(path)):
                    depth[target] = depth[name] + 1
    return depth


def per_request(
    level: Level, column: str, build: Builder, wait: str = "", scale: float = 1.0
) -> tuple[float, float]:
    """Mean seconds per request before and after; NaN where it was not logged."""

    def mean(when: Stretch) -> float:
        n = level.count(when)
        return scale * level.seconds(column, when, wait) / n if n else NAN

    return mean(build.before), mean(build.after)


def fan_out(level: Level, behind: Level, build: Builder) -> float:
    """Requests behind per request in front, where they are not the same requests."""
    whole = Stretch(build.before.begin_s, build.after.end_s)
    front, back = level.count(whole), behind.count(whole)
    ratio = back / front if front else 1.0
    return 1.0 if abs(ratio - 1) <= SAME_REQUESTS else ratio


def way_in(level: Level) -> Owners:
    """Who may hold time on the way into a level; what logs nothing may do so anywhere."""
    between = [
        (c.name, place)
        for c in level.between
        for place in ((Place.PATH,) if c.role in CARRIERS else ANYWHERE)
    ]
    return (*between, *((n, Place.FRONT) for n in level.names))


def behind_of(build: Builder, level: Level) -> Owners:
    deeper = [c for n in level.names for c in receivers(build.topology, n)]
    out: list[tuple[str, Place]] = [
        (c.name, place)
        for c in deeper
        for place in ((Place.PATH,) if c.role in CARRIERS else (Place.INSIDE, Place.FRONT))
    ]
    return (*out, *((n, Place.BEHIND) for n in level.names))


def receivers(topology: Topology, name: str) -> list[Component]:
    """Everything behind a component, near to far."""
    known = {c.name: c for c in topology.components}
    seen: dict[str, None] = {}
    todo = list(known[name].sends_to) if name in known else []
    while todo:
        target = todo.pop(0)
        if target not in seen and target != name:
            seen[target] = None
            todo += known[target].sends_to
    return [known[n] for n in seen]


def names(level: Level) -> str:
    return ", ".join(level.names)
