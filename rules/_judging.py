"""What many rules ask of a counter: did it stand still, tick along, or grow under load?

Counters are cumulative, so the engine hands rules their rates. A rate that is the same
idle and loaded is background, whatever its size. A pair of readings without a time
between them has a total and no course: it may support a finding, never prove one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from diagnose.case import Case
from diagnose.metrics import METRICS
from diagnose.model import CARRIERS, NAN, CannotTell, Cleared, Place
from diagnose.units import show

A_COURSE = "a course in time: read the counter each second, not only before and after"
FEWEST = 4  # events in the window after the inflection that are more than chance (a choice)
OVER_IDLE = 2.0  # times the rate when idle (a choice)
OVER_BEFORE = 1.5  # times the rate before the inflection (a choice)
DEPARTS = 3.0  # robust deviations from what the load before predicts (a choice: three sigma)
# What one lost packet may cost: a first retransmission after 1 s, a second 2 s later
# (RFC 6298, section 2 and 5.5; established connections are quicker).
SECONDS_PER_DROP = 3.0


class Course(StrEnum):
    """How a counter went while the load ran."""

    UNMEASURED = "unmeasured"
    NOTHING = "nothing"  # measured, and not a single event
    STEADY = "steady"  # background: no more after the inflection than idle or before
    GREW = "grew"
    UNDATED = "undated"  # a total above zero without a course


@dataclass(frozen=True, slots=True)
class Counted:
    """One part of a counter: its course and its rates; NaN is not measured."""

    metric: str
    part: str
    course: Course
    total: float
    idle: float
    before: float
    after: float

    @property
    def background(self) -> float:
        """The rate that the load did not cause."""
        calm = self.before if math.isnan(self.idle) else self.idle
        return 0.0 if math.isnan(calm) else calm

    @property
    def weight(self) -> float:
        """What puts the worst first: the added rate, or the total of an undated pair."""
        return self.total if math.isnan(self.after) else self.after - self.background

    @property
    def rates(self) -> str:
        """`15/s idle, 15/s before, 15/s after`, without what was not measured."""
        named = {"idle": self.idle, "before": self.before, "after": self.after}
        known = [f"{show(v, '1/s')} {k}" for k, v in named.items() if not math.isnan(v)]
        return ", ".join(known) or f"{show(self.total)} in all"


def counted(case: Case, metric: str, part: str = "", fewest: int = FEWEST) -> Counted:
    """One part of a counter, judged. fewest=1 where a single event says all (a log message)."""
    idle, before = case.idle(metric, part), case.before(metric, part)
    after, total = case.after(metric, part), case.total(metric, part)
    bare = Counted(metric, part, Course.UNMEASURED, total, idle, before, after)
    course = _undated(bare) if math.isnan(after) else _dated(case, bare, fewest)
    return Counted(metric, part, course, total, idle, before, after)


def counts(case: Case, *metrics: str, fewest: int = FEWEST) -> list[Counted]:
    """Every part of these counters that was measured here."""
    return [counted(case, m, part, fewest) for m in metrics for part in case.signals(m)]


def worst(found: Iterable[Counted]) -> Counted | None:
    """What grew most; where nothing grew, the largest undated pair; else None."""
    ranked = sorted(found, key=lambda c: c.weight, reverse=True)
    grew = [c for c in ranked if c.course is Course.GREW]
    return next(iter(grew or [c for c in ranked if c.course is Course.UNDATED]), None)


def cleared(case: Case, resource: str, found: Iterable[Counted], says: str) -> Cleared | CannotTell:
    """Nothing grew: `says` where nothing was counted, the two rates where it is background."""
    measured = [c for c in found if c.course is not Course.UNMEASURED]
    if not measured:
        missing = tuple(dict.fromkeys(c.metric for c in found)) or (A_COURSE,)
        return CannotTell(case.component.name, resource, missing)
    most = max(measured, key=lambda c: 0.0 if math.isnan(c.after) else c.after)
    source = case.cite(most.metric, most.part)
    steady = [c for c in measured if c.course is Course.STEADY]
    if steady:
        top = max(steady, key=lambda c: c.after)
        where = f" ({top.part})" if top.part else ""
        text = f"{METRICS[top.metric].says}{where}: {top.rates}; {_why_not(top)}"
        return Cleared(case.component.name, resource, text, source)
    return Cleared(case.component.name, resource, says, source)


def timing(case: Case, seen: Counted, mechanism: bool = True) -> dict[str, object]:
    """What a finding says of time: mechanism, onset_s, grows_with_load, missing."""
    dated = seen.course is Course.GREW
    return {
        "mechanism": mechanism and dated,
        "onset_s": began_s(case, seen),
        "grows_with_load": case.grows_with_load(seen.metric, seen.part),
        "missing": () if dated else (A_COURSE,),
    }


def began_s(case: Case, seen: Counted) -> float:
    """When a rate left its background for good, or first held a quarter of its rise.

    Drops come in bursts: between them a rate is back at its background, and has begun.
    """
    if math.isnan(seen.after):
        return NAN
    level = seen.background + 0.25 * (seen.after - seen.background)
    left = case.onset_s(seen.metric, seen.part)
    held = case.onset_s(seen.metric, seen.part, above=max(level, 1e-9))
    return min((s for s in (left, held) if not math.isnan(s)), default=NAN)


def departs(case: Case, metric: str, part: str = "") -> bool | None:
    """Whether a signal left what the load before predicts; None where it cannot be told."""
    by = case.departure(metric, part)
    return None if math.isnan(by) else by >= DEPARTS


def share(case: Case, metric: str, of: str, part: str = "") -> tuple[float, float]:
    """One rate divided by another, before and after; an undated pair has only the latter."""
    after = _ratio(case.after(metric, part), case.after(of, part))
    if math.isnan(after):
        after = _ratio(case.total(metric, part), case.total(of, part))
    return _ratio(case.before(metric, part), case.before(of, part)), after


def per_request(case: Case, rate_per_s: float) -> float:
    """A rate after the inflection, divided by the throughput that users got there."""
    return _ratio(rate_per_s, _throughput(case))


def most_seconds(case: Case, drops_per_s: float) -> float:
    """The most that so many lost packets can add to a request in the mean; NaN: unknown."""
    return SECONDS_PER_DROP * per_request(case, drops_per_s)


def in_front(case: Case) -> Place:
    """Where a packet lost on arrival hurts: a carrier's link, or the way to a host."""
    return Place.PATH if case.component.role in CARRIERS else Place.FRONT


def wider(case: Case, *places: Place) -> Place:
    """The place that gained most seconds; the first where none was measured."""
    gains = {place: case.gained_s(place) for place in places}
    return max(places, key=lambda p: -math.inf if math.isnan(gains[p]) else gains[p])


def _why_not(seen: Counted) -> str:
    if seen.after == 0:
        return f"{show(seen.total)} in all, none of them after the inflection"
    calm = max(v for v in (seen.idle, seen.before, 0.0) if not math.isnan(v))
    if seen.after <= OVER_IDLE * calm:
        return "background, not the load"
    return "too few to tell from chance"


def _undated(seen: Counted) -> Course:
    if math.isnan(seen.total) or not math.isnan(seen.before):
        return Course.UNMEASURED  # never read, or no longer read after the inflection
    return Course.UNDATED if seen.total > 0 else Course.NOTHING


def _dated(case: Case, seen: Counted, fewest: int) -> Course:
    if not max(seen.after, seen.total) > 0:
        return Course.NOTHING
    window = case.run.grid_s[case.run.windows.after]
    seconds = float(np.ptp(window)) + 1.0
    expected = seen.background * seconds
    if seen.after * seconds < expected + max(fewest - 0.5, 3 * math.sqrt(expected)):
        return Course.STEADY
    if seen.after <= OVER_IDLE * seen.background:
        return Course.STEADY
    if seen.before > 0 and seen.after <= OVER_BEFORE * seen.before:
        grows = case.grows_with_load(seen.metric, seen.part)
        return Course.GREW if grows else Course.STEADY
    return Course.GREW


def _ratio(top: float, bottom: float) -> float:
    return top / bottom if bottom > 0 else NAN


def _throughput(case: Case) -> float:
    values = case.run.throughput_per_s
    if values.shape != case.run.grid_s.shape:
        return NAN
    after = values[case.run.windows.after]
    after = after[np.isfinite(after)]
    return float(after.mean()) if after.size else NAN
