"""A load test in steps: several runs of a tool, each at a load of its own.

The knee is the first level from which more load brings hardly any more good responses. Where
throughput of the lowest levels, carried on in a straight line, meets the plateau, is the load
at which the limit is reached (the asymptotes of Denning & Buzen, doi:10.1145/356733.356735).

Load is a number of users (closed model) or the rate that was sent (open model).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from diagnose.readings import Array

NAN = math.nan
FEWEST = 3  # levels that a knee can be told from (a choice)
FOLLOWS = 0.34  # as where a run turns in time: a third of what each user brought before
SLOWER_AT_ALL = 1.15  # as where a run turns in time
SLOWER, STILL_FAST = 3.0, 1.5  # times the response time at the lowest level (choices)
LEAST_FAILED, FAILED_GROWN = 0.01, 3.0  # share of requests, and times the share before (choices)
BEYOND = 0.9  # of the load of the knee: what lies below it is "before" (a choice)


class Axis(StrEnum):
    """What was raised from level to level."""

    USERS = "users"
    RATE = "offered_per_s"


@dataclass(frozen=True, slots=True)
class LoadLevel:
    """One run at one load. NaN: the tool does not say."""

    users: float
    offered_per_s: float
    throughput_per_s: float
    mean_s: float
    p50_s: float
    p95_s: float
    p99_s: float
    requests: float
    failures: float
    duration_s: float
    began_s: float = NAN  # epoch
    source: str = ""
    told: bool = True  # False: the rate that was asked for is not known, only the one reached

    @property
    def good_per_s(self) -> float:
        """Responses that did not fail."""
        failed = self.failed_ratio
        return self.throughput_per_s * (1 - (0.0 if math.isnan(failed) else failed))

    @property
    def failed_ratio(self) -> float:
        """Share of requests that failed; NaN where the tool does not tell."""
        return self.failures / self.requests if self.requests > 0 else NAN


@dataclass(frozen=True, slots=True)
class Knee:
    """Where more load stopped bringing more good responses, or brought slow or failed ones."""

    level: int  # index of the last level before anything turned
    flat: int | None  # index of the level from which on good responses stand; None: they grow
    reached: float  # load at which the straight line meets the plateau; NaN: no line
    plateau_per_s: float  # the most good responses
    before_s: float  # response time at the levels below it, and at the highest
    after_s: float
    failed_before: float  # share of requests
    failed_after: float

    def symptom(self) -> tuple[str, float, float, str]:
        """What users felt of it: its name, before, after, and the unit."""
        if self.after_s >= SLOWER_AT_ALL * self.before_s:
            return "latency", self.before_s, self.after_s, "s"
        if self.failed_after >= FAILED_GROWN * self.failed_before + LEAST_FAILED:
            return "failures", self.failed_before, self.failed_after, "ratio"
        return "throughput", self.plateau_per_s, self.plateau_per_s, "1/s"


@dataclass(frozen=True, slots=True)
class Staircase:
    """All levels, by their load."""

    tool: str
    axis: Axis
    levels: tuple[LoadLevel, ...]
    knee: Knee | None = None

    def load_of(self, level: LoadLevel) -> float:
        return level.users if self.axis is Axis.USERS else level.offered_per_s

    @property
    def loads(self) -> Array:
        return np.array([self.load_of(level) for level in self.levels])


def staircase(tool: str, levels: list[LoadLevel]) -> Staircase | None:
    """Levels put in order, with their knee; None below two loads."""
    axis = axis_of(levels)
    if axis is None:
        return None
    bare = Staircase(tool, axis, ())
    ordered = tuple(sorted(levels, key=bare.load_of))
    made = Staircase(tool, axis, ordered)
    return Staircase(tool, axis, ordered, knee_of(made))


def axis_of(levels: list[LoadLevel]) -> Axis | None:
    """What differs between most levels; the rate where both do. None where nothing does."""
    found = None
    for axis, name in ((Axis.USERS, "users"), (Axis.RATE, "offered_per_s")):
        known = [round(getattr(level, name), 1) for level in levels if getattr(level, name) > 0]
        if len(set(known)) > 1 and 2 * len(known) > len(levels):
            found = axis
    return found


def knee_of(steps: Staircase) -> Knee | None:
    """The knee; None where good responses follow the load and nothing else turned."""
    if len(steps.levels) < FEWEST:
        return None
    load, good = steps.loads, np.array([level.good_per_s for level in steps.levels])
    flat = _stops(load, good)
    turned = (flat, _fails(steps.levels), _slows(steps.levels))
    found = [at for at in turned if at is not None]
    if not found:
        return None
    at = min(found)
    low, high = _below(steps, at), steps.levels[at + 1 :] or steps.levels[at:]
    slope = float(good[0] / load[0])
    plateau = float(good.max())
    return Knee(
        at,
        flat,
        plateau / slope if flat is not None else NAN,
        plateau,
        _mean_s(low),
        _mean_s(high[-1:]),
        _failed(low),
        _failed(high[-1:]),
    )


def _stops(load: Array, good: Array) -> int | None:
    """The first level beyond which no other brings much more, for what it asks."""
    if not (np.isfinite(load).all() and np.isfinite(good).all()) or load[0] <= 0 or good[0] <= 0:
        return None
    first = good[0] / load[0]
    for i in range(load.size - 1):
        gained = (good[i + 1 :] - good[i]) / (load[i + 1 :] - load[i])
        if gained.max() < FOLLOWS * first:
            return i
    return None


def _fails(levels: tuple[LoadLevel, ...]) -> int | None:
    """The last level before failures come with the load; None where they come at any load."""
    share = np.array([level.failed_ratio for level in levels])
    for i in range(1, share.size):
        before = float(share[:i].max())
        if share[i:].min() >= max(LEAST_FAILED, FAILED_GROWN * before):
            return i - 1
    return None


def _slows(levels: tuple[LoadLevel, ...]) -> int | None:
    """The last level that is about as fast as the lowest, where the highest is far slower."""
    mean_s = np.array([_mean_s((level,)) for level in levels])
    if not mean_s[-1] >= SLOWER * mean_s[0]:
        return None
    return int(np.flatnonzero(mean_s <= STILL_FAST * mean_s[0])[-1])


def _below(steps: Staircase, at: int) -> tuple[LoadLevel, ...]:
    """Levels below the knee; the knee's own where there are none."""
    mark = steps.load_of(steps.levels[at])
    low = tuple(level for level in steps.levels if steps.load_of(level) < BEYOND * mark)
    return low or steps.levels[at : at + 1]


def _mean_s(levels: tuple[LoadLevel, ...]) -> float:
    """Mean response time of several levels, or its median where no mean is told."""
    for name in ("mean_s", "p50_s"):
        times = np.array([getattr(level, name) for level in levels])
        sizes = np.array([level.requests for level in levels])
        known = np.isfinite(times) & (sizes > 0)
        if known.any():
            return float((times * sizes)[known].sum() / sizes[known].sum())
    return NAN


def _failed(levels: tuple[LoadLevel, ...]) -> float:
    requests = math.fsum(level.requests for level in levels)
    return math.fsum(level.failures for level in levels) / requests if requests else NAN
