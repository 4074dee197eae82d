"""The ladder of time and the ladder of failures, of one run.

What no rung holds of the added time is said to be unexplained.
"""

from __future__ import annotations

import math
from dataclasses import replace

from diagnose.births import births_of, count_of, tiers_of
from diagnose.levels import Builder, Level, Stretch, UserView, levels_of
from diagnose.model import NAN, Ladder, Topology
from diagnose.rungs import rungs_of, timed
from diagnose.tiers import TierLog


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
    builder = Builder(topology, before, after)
    rungs_of(builder, levels, user)
    rise_s = _rise(timed(builder, levels), user, before, after)
    explained = math.fsum(r.gained_s for r in builder.rungs)
    failures = user.failures if user else count_of(levels[0], "failed", load) if levels else NAN
    # What was in flight at the end failed in a log and not for a user any more.
    births = [
        replace(born, failures=min(born.failures, failures))
        for born in births_of(builder, levels, user, load)
    ]
    return Ladder(
        tuple(builder.rungs),
        tuple(tiers_of(builder, levels, user, load)),
        tuple(births),
        rise_s,
        rise_s - explained if builder.rungs else rise_s,
        failures,
    )


def _rise(levels: list[Level], user: UserView | None, before: Stretch, after: Stretch) -> float:
    if user is not None and not math.isnan(user.before_s):
        return user.after_s - user.before_s
    if not levels:
        return NAN
    pair = [
        levels[0].seconds("duration_s", w) / max(levels[0].count(w), 1) for w in (before, after)
    ]
    return pair[1] - pair[0]
