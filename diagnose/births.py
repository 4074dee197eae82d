"""The ladder of failures: where failed requests were born.

A failed request was born at the tier whose log first shows it failed and whose upstream had
not; what failed for users and stands in no tier's log was lost in front of the first.
"""

from __future__ import annotations

import math

import numpy as np

from diagnose.levels import (
    Builder,
    Level,
    Stretch,
    UserView,
    behind_of,
    names,
    seen,
    way_in,
    whole_ms,
)
from diagnose.model import CARRIERS, NAN, Birthplace, Place, Tier
from diagnose.readings import Array
from diagnose.tiers import TierLog


def count_of(level: Level, flag: str, when: Stretch) -> float:
    """How many requests of a level bear a flag of TierLog within a window."""
    return float(
        sum((getattr(log, flag) & log.during(when.begin_s, when.end_s)).sum() for log in level.logs)
    )


def births_of(
    build: Builder, levels: list[Level], user: UserView | None, load: Stretch
) -> list[Birthplace]:
    """Failures by where they began; each is counted at one place."""
    if not levels or not all(np.isfinite(log.status).any() for log in levels[0].logs):
        return []
    out = _seen_by_users(build, levels[0], user, load) if user is not None else []
    for i, level in enumerate(levels):
        behind = levels[i + 1] if i + 1 < len(levels) else None
        out += born_at(build, level, behind, load)
    return out


def _seen_by_users(build: Builder, first: Level, user: UserView, load: Stretch) -> list[Birthplace]:
    """What failed for users and not at the first tier, and what they did not wait for."""
    name = names(first)
    refused, gave_up = count_of(first, "refused", load), count_of(first, "gave_up", load)
    left = max(0.0, user.failures - refused - gave_up)
    denied = min(left, count_of(first, "denied", load))
    unseen = left - denied
    owners = (*way_in(first), (user.component, Place.FRONT))
    seen = user.failures - unseen
    says = f"{user.failures:,.0f} failed at {user.component}, {seen:,.0f} of them at {name}"
    out = [Birthplace(f"in front of {name}", owners, unseen, says, user.source)]
    if denied:
        says = "4xx: the request was at fault, not the load"
        out.append(Birthplace(f"denied by {name}", (), denied, says, first.source))
    if gave_up:
        rise = max((r.gained_s for r in build.rungs), default=0.0)
        slow = [o for r in build.rungs if r.gained_s >= 0.25 * rise > 0 for o in r.owners]
        says = "499: users did not wait; it belongs to whoever made them wait"
        out.append(
            Birthplace(
                f"given up on {name}", tuple(dict.fromkeys(slow)), gave_up, says, first.source
            )
        )
    return out


def born_at(build: Builder, level: Level, behind: Level | None, load: Stretch) -> list[Birthplace]:
    failed, from_behind = count_of(level, "refused", load), count_of(level, "refused_behind", load)
    reported = count_of(behind, "refused", load) if behind is not None else from_behind
    passed = min(failed, reported)
    between = max(0.0, min(failed, from_behind) - passed) if behind is not None else 0.0
    name, mine = names(level), tuple((n, Place.INSIDE) for n in level.names)
    inside = max(0.0, failed - passed - between)
    if level.waits() or behind is None:  # an application fails for what it asks as well
        mine = (*mine, *(o for o in behind_of(build, level) if o not in mine))
    out = [Birthplace(f"inside {name}", mine, inside, "5xx that no upstream sent", level.source)]
    if behind is not None:
        link = (*way_in(behind), *((n, Place.BEHIND) for n in level.names))
        says = f"5xx that {name} saw from behind and {names(behind)} never logged"
        where = f"between {name} and {names(behind)}"
        out.append(Birthplace(where, link, between, says, level.source))
    elif from_behind:
        says = f"5xx that {name} got from behind"
        owners = behind_of(build, level)
        out.append(Birthplace(f"behind {name}", owners, passed, says, level.source))
    return out


def tiers_of(
    build: Builder, levels: list[Level], user: UserView | None, load: Stretch
) -> list[Tier]:
    rows = []
    if user is not None:
        rows.append(Tier(user.component, user.requests, NAN, NAN, NAN, NAN, NAN, user.source))
    sent = user.requests if user is not None else NAN
    for i, level in enumerate(levels):
        behind = levels[i + 1] if i + 1 < len(levels) else None
        arrived = level.count(load)
        born = {b.name: b.failures for b in born_at(build, level, behind, load)}
        mine = born.get(f"inside {names(level)}", 0.0)
        for log in level.logs:
            share = seen(log, load) / max(arrived, 1.0)
            rows.append(
                Tier(
                    log.component,
                    arrived * share,
                    mine * share,
                    (count_of(level, "refused", load) - mine) * share,
                    _lost(sent, arrived) if _comparable(level) else NAN,
                    _own(log, build.before),
                    _own(log, build.after),
                    log.cited,
                )
            )
        sent = _sent_on(level, load, arrived)
    return rows


def _lost(sent: float, arrived: float) -> float:
    """Requests sent and never seen; NaN where nobody said how many were sent.

    >>> _lost(10.0, 8.0), _lost(8.0, 10.0), _lost(NAN, 8.0)
    (2.0, 0.0, nan)
    """
    return NAN if math.isnan(sent) else max(0.0, sent - arrived)


def _comparable(level: Level) -> bool:
    """Whether what was sent can be held against what arrived: nobody between answers by itself."""
    return len(level.logs) == 1 and all(c.role in CARRIERS for c in level.between)


def _own(log: TierLog, when: Stretch) -> float:
    inside: Array = log.own_s[log.during(when.begin_s, when.end_s)]
    if not (np.isfinite(log.upstream_s).any() or log.waits_s):
        return NAN
    inside = inside[np.isfinite(inside)]
    return whole_ms(float(inside.mean())) if inside.size else NAN


def _sent_on(level: Level, load: Stretch, arrived: float) -> float:
    """Requests that a level passed on; NaN where its log does not say."""
    tries = 0.0
    for log in level.logs:
        inside = log.tries[log.during(load.begin_s, load.end_s) & ~log.hung_up]
        if not np.isfinite(inside).any():
            return NAN
        tries += float(np.nansum(inside))
    return tries
