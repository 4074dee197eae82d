"""What rules about levels share: how long a level was held, and whether it was there before.

No rule. Thresholds stand in the rules; the few shares here are choices.
"""

from __future__ import annotations

import math

import numpy as np

from diagnose.case import Case
from diagnose.model import CARRIERS, Evidence, Place
from diagnose.readings import Array, Flags

NAN = math.nan
LONG_ENOUGH = 1 / 3  # of the time after the inflection: a shorter visit is a blip (a choice)
STEADY = 0.8  # of the level held: what was there before the load is no effect of it (a choice)


def off_path(case: Case) -> bool:
    """Whether the way of requests is known and does not pass here: a bystander."""
    return bool(case.run.topology.path()) and not case.on_path


def home(case: Case) -> Place:
    """Where a host's own trouble shows: a generator's in front, a router's on the way."""
    if case.component.role in CARRIERS:
        return Place.PATH
    return Place.FRONT if case.component.role == "load_generator" else Place.INSIDE


def share_above(values: Array, level: float, when: Flags) -> float:
    """Share of what was measured in a window that reaches `level`; NaN where nothing was.

    >>> share_above(np.array([0.2, 0.95, np.nan, 0.97]), 0.9, np.ones(4, bool)) > 0.6
    True
    """
    inside = values[when]
    inside = inside[np.isfinite(inside)]
    return float((inside >= level).mean()) if inside.size else NAN


def stays_above(case: Case, metric: str, level: float, part: str = "") -> bool:
    """At or beyond `level` for a third of the time after the inflection, or longer."""
    share = share_above(case.values(metric, part), level, case.run.windows.after)
    return share >= LONG_ENOUGH


def steady(case: Case, metric: str, part: str = "") -> bool:
    """Whether the level held under load was there before the load began, and stood there.

    The lower quartile when idle: a burst before the load is no steady level.
    """
    idle = case.values(metric, part)[case.run.windows.idle]
    idle = idle[np.isfinite(idle)]
    level = float(np.quantile(idle, 0.25)) if idle.size else NAN
    return level > 0 and level >= STEADY * case.held(metric, part)


def highest(case: Case, metric: str) -> Array:
    """The highest part at each moment; NaN where none was measured."""
    columns = [s.values for s in case.signals(metric).values()]
    if not columns:
        return np.full(case.run.grid_s.shape, NAN)
    stack = np.vstack(columns)
    top: Array = np.where(np.isfinite(stack), stack, -math.inf).max(axis=0)
    top[~np.isfinite(top)] = NAN
    return top


def earliest(*moments_s: float) -> float:
    """The first of the moments that are known.

    >>> earliest(NAN, 12.0, 9.0)
    9.0
    """
    return min((m for m in moments_s if not math.isnan(m)), default=NAN)


def messages(case: Case, *metrics: str) -> list[Evidence]:
    """A count for each of them that was seen."""
    return [
        case.count(metric, part)
        for metric in metrics
        for part in case.signals(metric)
        if case.total(metric, part) > 0
    ]


def first_message_s(case: Case, *metrics: str) -> float:
    """When the first of several messages stood in the log while the load ran."""
    seen = np.zeros(case.run.grid_s.shape, bool)
    for metric in metrics:
        seen |= case.total_values(metric) > 0
    seen &= case.run.windows.load
    return float(case.run.grid_s[seen][0]) if seen.any() else NAN


def comes_with_load(case: Case, metric: str, part: str = "") -> bool | None:
    """Whether a message grows with the load, or, where it is rare, began in its upper half."""
    grows = case.grows_with_load(metric, part)
    users = case.run.users
    first = first_message_s(case, metric)
    if grows or math.isnan(first) or not np.isfinite(users).any():
        return grows
    late = users[case.run.grid_s >= first]
    return bool(late.size and late[0] >= 0.5 * np.nanmax(users)) or grows


def undated(case: Case, metric: str) -> bool:
    """Whether all that is known is that it counted up between two readings."""
    signal = case.signal(metric)
    return signal is not None and not signal.dated and signal.total > 0
