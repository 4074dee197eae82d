"""The ladder of time: what each stretch of the way took, before and after.

Means subtract, percentiles do not: the mean time that users felt, minus the mean time of
the first tier, is the mean time in front of it; a tier's request time minus its upstream
time is its own; and so on down.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from diagnose.levels import (
    Builder,
    Level,
    Owners,
    UserView,
    behind_of,
    fan_out,
    names,
    per_request,
    receivers,
    way_in,
)
from diagnose.model import CARRIERS, Component, Place

WAIT_ROLES = {"db": ("db",), "cache": ("cache",), "redis": ("cache",), "queue": ("queue",)}


def rungs_of(build: Builder, levels: list[Level], user: UserView | None) -> None:
    levels = timed(build, levels)
    if not levels:
        return
    if user is not None and not math.isnan(user.before_s):
        first = levels[0]
        front = minus((user.before_s, user.after_s), per_request(first, "duration_s", build))
        owners = ((user.component, Place.FRONT), *way_in(first))
        says = f"{user.component}'s response time - {names(first)}'s request time"
        source = f"{user.source} + {first.source}" if user.source else first.source
        build.add(f"in front of {names(first)}", owners, front, says, source)
    scale = 1.0
    for i, level in enumerate(levels):
        behind = levels[i + 1] if i + 1 < len(levels) else None
        _inside(build, level, behind, scale)
        if behind is not None:
            scale *= fan_out(level, behind, build)
            _link(build, level, behind, scale)


def timed(build: Builder, levels: list[Level]) -> list[Level]:
    """Levels whose logs bear durations; what has a log without them lies between the others."""
    out: list[Level] = []
    mute: list[Component] = []
    for level in levels:
        mute += level.between
        if all(np.isfinite(log.duration_s).any() for log in level.logs):
            out.append(replace(level, between=tuple(mute)))
            mute = []
        else:
            mute += [build.topology[name] for name in level.names]
    return out


def _inside(build: Builder, level: Level, behind: Level | None, scale: float) -> None:
    name = names(level)
    request = per_request(level, "duration_s", build, scale=scale)
    upstream = per_request(level, "upstream_s", build, scale=scale)
    inner: Owners = tuple((n, Place.INSIDE) for n in level.names)
    waits = {w: per_request(level, "", build, w, scale) for w in level.waits()}
    if waits:
        own = minus(request, *waits.values())
        build.add(f"inside {name}", inner, own, "request - named waits", level.source)
        for wait, pair in waits.items():
            _wait(build, level, wait, pair)
    elif not math.isnan(upstream[0] + upstream[1]):
        own = minus(request, upstream)
        build.add(f"inside {name}", inner, own, "request time - upstream time", level.source)
        if behind is None:
            owners = behind_of(build, level)
            build.add(f"behind {name}", owners, upstream, "upstream time", level.source)
    elif behind is None:
        owners = (*inner, *behind_of(build, level))
        deeper = any(receivers(build.topology, n) for n in level.names)
        where = f"inside {name} and behind" if deeper else f"inside {name}"
        build.add(where, owners, request, "request time", level.source)


def _wait(build: Builder, level: Level, wait: str, pair: tuple[float, float]) -> None:
    """A wait that the application names: in the database, for a slot of its pool, elsewhere."""
    name = names(level)
    deeper = [c for n in level.names for c in receivers(build.topology, n)]
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


def _link(build: Builder, level: Level, behind: Level, scale: float) -> None:
    """What the caller waited, minus what the callee says it took."""
    caller = per_request(level, "upstream_s", build)
    named = names(level)
    owners: Owners = (*way_in(behind), *((n, Place.BEHIND) for n in level.names))
    if math.isnan(caller[0] + caller[1]):
        if level.waits():
            return
        caller = per_request(level, "duration_s", build)
        owners = (*((n, Place.INSIDE) for n in level.names), *owners)
    callee = per_request(behind, "duration_s", build, scale=scale)
    name = f"between {named} and {names(behind)}"
    says = f"{named}'s upstream time - {names(behind)}'s request time"
    build.add(name, owners, minus(caller, callee), says, f"{level.source} + {behind.source}")


def minus(whole: tuple[float, float], *parts: tuple[float, float]) -> tuple[float, float]:
    return (
        whole[0] - math.fsum(p[0] for p in parts),
        whole[1] - math.fsum(p[1] for p in parts),
    )
