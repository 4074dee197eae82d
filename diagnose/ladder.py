"""The ladder of time and the ladder of failures.

Means subtract, percentiles do not: the mean time that users felt, minus the mean time of
the first tier, is the mean time in front of it; a tier's request time minus its upstream
time is its own; and so on down. What no rung holds is said to be unexplained. A failed
request was born at the tier whose log first shows it failed and whose upstream had not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from diagnose.model import (
    CARRIERS,
    NAN,
    Birthplace,
    Component,
    Ladder,
    Place,
    Rung,
    Tier,
    Topology,
)
from diagnose.readings import Array
from diagnose.tiers import TierLog

# Tiers whose numbers of requests differ by less see the same requests (a choice); beyond
# it, one fans out or answers from a cache, and seconds are counted per request in front.
SAME_REQUESTS = 0.2
WAIT_ROLES = {"db": ("db",), "cache": ("cache",), "redis": ("cache",), "queue": ("queue",)}

Owners = tuple[tuple[str, Place], ...]


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
        return float(sum(log.during(when.begin_s, when.end_s).sum() for log in self.logs))

    def seconds(self, column: str, when: Stretch, wait: str = "") -> float:
        """Summed seconds of a column over a window; NaN where no log has it."""
        totals = []
        for log in self.logs:
            values = log.waits_s.get(wait) if wait else getattr(log, column)
            if values is not None and np.isfinite(values).any():
                inside = values[log.during(when.begin_s, when.end_s)]
                totals.append(float(np.nansum(inside)))
        return math.fsum(totals) if totals else NAN

    def waits(self) -> tuple[str, ...]:
        return tuple(sorted({name for log in self.logs for name in log.waits_s}))

    @property
    def source(self) -> str:
        return " + ".join(log.path for log in self.logs)


@dataclass(slots=True)
class _Builder:
    topology: Topology
    before: Stretch
    after: Stretch
    rungs: list[Rung] = field(default_factory=list)

    def add(
        self, name: str, owners: Owners, pair: tuple[float, float], says: str, source: str
    ) -> None:
        if not any(math.isnan(v) for v in pair):
            self.rungs.append(Rung(name, owners, pair[0], pair[1], says, source))


def climb(
    topology: Topology,
    logs: dict[str, TierLog],
    user: UserView | None,
    before: Stretch,
    after: Stretch,
    load: Stretch,
) -> Ladder:
    """Both ladders of a run. Windows are seconds on the grid."""
    levels = levels_of(topology, logs)
    builder = _Builder(topology, before, after)
    _time(builder, levels, user)
    rise_s = _rise(levels, user, before, after)
    explained = math.fsum(r.gained_s for r in builder.rungs)
    failures = user.failures if user else _failed(levels[0], load) if levels else NAN
    return Ladder(
        tuple(builder.rungs),
        tuple(_tiers(levels, user, before, after, load)),
        tuple(_births(levels, user, load)),
        rise_s,
        rise_s - explained if builder.rungs else rise_s,
        failures,
    )


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


# -- time ---------------------------------------------------------------------------------------
def _time(build: _Builder, levels: list[Level], user: UserView | None) -> None:
    if not levels:
        return
    if user is not None and not math.isnan(user.before_s):
        first = levels[0]
        front = _minus((user.before_s, user.after_s), _per_request(first, "duration_s", build))
        owners = ((user.component, Place.FRONT), *_way_in(first))
        says = f"{user.component}'s response time - {_names(first)}'s request time"
        build.add(f"in front of {_names(first)}", owners, front, says, first.source)
    scale = 1.0
    for i, level in enumerate(levels):
        behind = levels[i + 1] if i + 1 < len(levels) else None
        _inside(build, level, behind, scale)
        if behind is not None:
            scale *= _fan_out(level, behind, build)
            _link(build, level, behind, scale)


def _per_request(
    level: Level, column: str, build: _Builder, wait: str = "", scale: float = 1.0
) -> tuple[float, float]:
    """Mean seconds per request before and after; NaN where it was not logged."""

    def mean(when: Stretch) -> float:
        n = level.count(when)
        return scale * level.seconds(column, when, wait) / n if n else NAN

    return mean(build.before), mean(build.after)


def _inside(build: _Builder, level: Level, behind: Level | None, scale: float) -> None:
    name = _names(level)
    request = _per_request(level, "duration_s", build, scale=scale)
    upstream = _per_request(level, "upstream_s", build, scale=scale)
    inner: Owners = tuple((n, Place.INSIDE) for n in level.names)
    waits = {w: _per_request(level, "", build, w, scale) for w in level.waits()}
    if waits:
        own = _minus(request, *waits.values())
        build.add(f"inside {name}", inner, own, "request - named waits", level.source)
        for wait, pair in waits.items():
            _wait(build, level, wait, pair)
    elif not math.isnan(upstream[0] + upstream[1]):
        own = _minus(request, upstream)
        build.add(f"inside {name}", inner, own, "request time - upstream time", level.source)
        if behind is None:
            owners = _behind(build, level)
            build.add(f"behind {name}", owners, upstream, "upstream time", level.source)
    elif behind is None:
        owners = (*inner, *_behind(build, level))
        build.add(f"{name} and behind", owners, request, "request time", level.source)


def _wait(build: _Builder, level: Level, wait: str, pair: tuple[float, float]) -> None:
    """A wait that the application names: in the database, for a slot of its pool, elsewhere."""
    name = _names(level)
    deeper = [c for n in level.names for c in _receivers(build.topology, n)]
    if wait == "pool":
        # A slow database makes the pool queue; a small pool does so by itself.
        dbs = tuple((c.name, Place.INSIDE) for c in deeper if c.role == "db")
        mine = tuple((n, Place.INSIDE) for n in level.names)
        build.add(
            f"{name} waiting for a free slot", (*mine, *dbs), pair, "named wait", level.source
        )
        return
    roles = WAIT_ROLES.get(wait, ())
    meant = [c for c in deeper if c.role in roles or c.name == wait]
    owners: list[tuple[str, Place]] = [
        (c.name, place) for c in meant for place in (Place.INSIDE, Place.FRONT)
    ]
    owners += [(c.name, Place.PATH) for c in deeper if c.role in CARRIERS]
    owners += [(n, Place.BEHIND) for n in level.names]
    whom = ", ".join(c.name for c in meant) or wait
    build.add(f"{whom}, as {name} sees it", tuple(owners), pair, "named wait", level.source)


def _link(build: _Builder, level: Level, behind: Level, scale: float) -> None:
    """What the caller waited, minus what the callee says it took."""
    caller = _per_request(level, "upstream_s", build)
    named = _names(level)
    owners: Owners = (*_way_in(behind), *((n, Place.BEHIND) for n in level.names))
    if math.isnan(caller[0] + caller[1]):
        if level.waits():
            return
        caller = _per_request(level, "duration_s", build)
        owners = (*((n, Place.INSIDE) for n in level.names), *owners)
    callee = _per_request(behind, "duration_s", build, scale=scale)
    name = f"between {named} and {_names(behind)}"
    says = f"{named}'s upstream time - {_names(behind)}'s request time"
    build.add(name, owners, _minus(caller, callee), says, f"{level.source} + {behind.source}")


def _fan_out(level: Level, behind: Level, build: _Builder) -> float:
    """Requests behind per request in front, where they are not the same requests."""
    whole = Stretch(build.before.begin_s, build.after.end_s)
    front, back = level.count(whole), behind.count(whole)
    ratio = back / front if front else 1.0
    return 1.0 if abs(ratio - 1) <= SAME_REQUESTS else ratio


def _way_in(level: Level) -> Owners:
    """Who may hold time on the way into a level."""
    carriers = [(c.name, Place.PATH if c.role in CARRIERS else Place.INSIDE) for c in level.between]
    return (*carriers, *((n, Place.FRONT) for n in level.names))


def _behind(build: _Builder, level: Level) -> Owners:
    deeper = [c for n in level.names for c in _receivers(build.topology, n)]
    out: list[tuple[str, Place]] = [
        (c.name, place)
        for c in deeper
        for place in ((Place.PATH,) if c.role in CARRIERS else (Place.INSIDE, Place.FRONT))
    ]
    return (*out, *((n, Place.BEHIND) for n in level.names))


def _receivers(topology: Topology, name: str) -> list[Component]:
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


def _minus(whole: tuple[float, float], *parts: tuple[float, float]) -> tuple[float, float]:
    return (
        whole[0] - math.fsum(p[0] for p in parts),
        whole[1] - math.fsum(p[1] for p in parts),
    )


def _names(level: Level) -> str:
    return ", ".join(level.names)


def _rise(levels: list[Level], user: UserView | None, before: Stretch, after: Stretch) -> float:
    if user is not None and not math.isnan(user.before_s):
        return user.after_s - user.before_s
    if not levels:
        return NAN
    pair = [
        levels[0].seconds("duration_s", w) / max(levels[0].count(w), 1) for w in (before, after)
    ]
    return pair[1] - pair[0]


# -- failures -----------------------------------------------------------------------------------
def _failed(level: Level, when: Stretch) -> float:
    return float(
        sum((log.failed & log.during(when.begin_s, when.end_s)).sum() for log in level.logs)
    )


def _server_failed(level: Level, when: Stretch) -> float:
    """5xx: what a tier reports as failed to the tier in front."""
    return float(
        sum(
            ((log.status >= 500) & log.during(when.begin_s, when.end_s)).sum() for log in level.logs
        )
    )


def _gave_up(level: Level, when: Stretch) -> float:
    return _failed(level, when) - _server_failed(level, when)


def _births(levels: list[Level], user: UserView | None, load: Stretch) -> list[Birthplace]:
    """Failures by where they began; each is counted at one place."""
    if not levels or not all(np.isfinite(log.status).any() for log in levels[0].logs):
        return []
    out = []
    if user is not None:
        first = levels[0]
        seen = _failed(first, load)
        unseen = max(0.0, user.failures - seen)
        owners = (*_way_in(first), (user.component, Place.FRONT))
        says = (
            f"{user.failures:.0f} failed at {user.component}, {seen:.0f} of them at {_names(first)}"
        )
        out.append(Birthplace(f"in front of {_names(first)}", owners, unseen, says, user.source))
    for i, level in enumerate(levels):
        behind = levels[i + 1] if i + 1 < len(levels) else None
        out += _born_at(level, behind, load)
    return out


def _born_at(level: Level, behind: Level | None, load: Stretch) -> list[Birthplace]:
    failed = _server_failed(level, load)
    from_behind = float(
        sum(
            ((log.upstream_status >= 500) & log.during(load.begin_s, load.end_s)).sum()
            for log in level.logs
        )
    )
    reported = _server_failed(behind, load) if behind is not None else from_behind
    passed = min(failed, reported)
    between = max(0.0, min(failed, from_behind) - passed) if behind is not None else 0.0
    name = _names(level)
    inside = max(0.0, failed - passed - between)
    owners = tuple((n, Place.INSIDE) for n in level.names)
    out = [Birthplace(f"inside {name}", owners, inside, "5xx that no upstream sent", level.source)]
    if behind is not None:
        link = (*_way_in(behind), *((n, Place.BEHIND) for n in level.names))
        says = f"5xx that {name} saw from behind and {_names(behind)} never logged"
        out.append(
            Birthplace(f"between {name} and {_names(behind)}", link, between, says, level.source)
        )
    elif from_behind:
        says = f"5xx from behind {name}"
        out.append(Birthplace(f"behind {name}", (), passed, says, level.source))
    return out


def _tiers(
    levels: list[Level], user: UserView | None, before: Stretch, after: Stretch, load: Stretch
) -> list[Tier]:
    rows = []
    if user is not None:
        rows.append(Tier(user.component, user.requests, NAN, NAN, NAN, NAN, NAN, user.source))
    sent = user.requests if user is not None else NAN
    for i, level in enumerate(levels):
        behind = levels[i + 1] if i + 1 < len(levels) else None
        arrived = level.count(load)
        born = {b.name: b.failures for b in _born_at(level, behind, load)}
        mine = born.get(f"inside {_names(level)}", 0.0)
        for log in level.logs:
            share = float(log.during(load.begin_s, load.end_s).sum()) / max(arrived, 1.0)
            rows.append(
                Tier(
                    log.component,
                    arrived * share,
                    mine * share,
                    (_server_failed(level, load) - mine) * share,
                    max(0.0, sent - arrived) * share,
                    _own(log, before),
                    _own(log, after),
                    log.path,
                )
            )
        sent = _sent_on(level, load, arrived)
    return rows


def _own(log: TierLog, when: Stretch) -> float:
    inside: Array = log.own_s[log.during(when.begin_s, when.end_s)]
    if not (np.isfinite(log.upstream_s).any() or log.waits_s):
        return NAN
    inside = inside[np.isfinite(inside)]
    return float(inside.mean()) if inside.size else NAN


def _sent_on(level: Level, load: Stretch, arrived: float) -> float:
    """Requests that a level passed on; NaN where its log does not say."""
    tries = 0.0
    for log in level.logs:
        inside = log.tries[log.during(load.begin_s, load.end_s)]
        if not np.isfinite(inside).any():
            return NAN
        tries += float(np.nansum(inside))
    return tries
