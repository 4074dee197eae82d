"""What rules about levels share: how long a level was held, and whether it was there before.

No rule. Thresholds stand in the rules; the few shares here are choices.
"""

from __future__ import annotations

import math

import numpy as np

from diagnose.case import Case, held, mean
from diagnose.model import Evidence, Place
from diagnose.readings import Array, Flags
from diagnose.units import show

NAN = math.nan
LONG_ENOUGH = 1 / 3  # of the time after the inflection: a shorter visit is a blip (a choice)
STEADY = 0.8  # of the level held: what was there before the load is no effect of it (a choice)
TELLING = 0.25  # of the rise: less than this does not explain it (a choice)
NEGLIGIBLE = 0.1  # of the rise (a choice)


def off_path(case: Case) -> bool:
    """Whether the way of requests is known and does not pass here: a bystander."""
    return bool(case.run.topology.path()) and not case.on_path


def home(case: Case) -> Place:
    """Where a host's own trouble shows: a generator's in front of the first tier."""
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
    """Whether the level held under load was there before the load began."""
    idle = held(case.values(metric, part), case.run.windows.idle)
    return idle > 0 and idle >= STEADY * case.held(metric, part)


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


def total_of(case: Case, *metrics: str) -> float:
    """What several counters or messages add up to; NaN where nobody measured any."""
    totals = [case.total_of_parts(m) for m in metrics]
    known = [t for t in totals if not math.isnan(t)]
    return math.fsum(known) if known else NAN


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
    if grows or math.isnan(first) or users.shape != case.run.grid_s.shape:
        return grows
    late = users[case.run.grid_s >= first]
    return bool(late.size and late[0] >= 0.5 * np.nanmax(users)) or grows


def rise_s(case: Case) -> float:
    """Added mean response time as users felt it; NaN where it did not rise."""
    rise = case.run.ladder.rise_s
    return float(rise) if rise > 0 else NAN


def gained_share(case: Case, *places: Place) -> float:
    """Share of the rise that the rungs of this component gained; NaN where not measured."""
    return case.gained_s(*places) / rise_s(case)


def time_grew(case: Case) -> bool:
    """Whether the component's own time may hold the rise (true where nobody measured it)."""
    share = gained_share(case, Place.INSIDE, Place.FRONT)
    return bool(math.isnan(share) or share >= NEGLIGIBLE)


def wait_gain_s(case: Case, part: str) -> float:
    """Seconds per request that a wait named by the application gained."""
    return case.after("http.wait_s", part) - case.before("http.wait_s", part)


def per_request(case: Case, values: Array, when: Flags) -> float:
    """A rate divided by the throughput of the run; NaN without throughput."""
    throughput = mean(case.run.throughput_per_s, when) if case.run.throughput_per_s.size else NAN
    return mean(values, when) / throughput if throughput > 0 else NAN


def plateau_per_s(case: Case) -> float:
    """Throughput that the run held after the inflection."""
    if not case.run.throughput_per_s.size:
        return NAN
    return held(case.run.throughput_per_s, case.run.windows.after)


def barely_gained(case: Case, *places: Place) -> tuple[Evidence, ...]:
    """Evidence against: the component's own time hardly grew. Empty where it did, or unknown."""
    share = gained_share(case, *places)
    if math.isnan(share) or share >= NEGLIGIBLE:
        return ()
    gained, rise = case.gained_s(*places), rise_s(case)
    rungs = case.rungs(*places)
    says = f"requests spend {show(gained, 's')} more here, of {show(rise, 's')} that users felt"
    source = next((r.source for r in rungs if r.source), "")
    return (Evidence(says, source, gained, "s", component=case.component.name),)
