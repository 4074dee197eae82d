"""What a component gained of the rise, and counts for each request: shared by rules. No rule."""

from __future__ import annotations

import math

from diagnose.case import Case, held, mean
from diagnose.model import Evidence, Place
from diagnose.readings import Array, Flags
from diagnose.units import show

NAN = math.nan
TELLING = 0.25  # of the rise: less than this does not explain it (a choice)
NEGLIGIBLE = 0.1  # of the rise (a choice)


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


def each_request(case: Case, metric: str) -> float:
    """What a counter counts for each request after the inflection.

    An undated pair of readings: for each request of the run. NaN where neither is known.
    """
    dated = per_request(case, case.values(metric), case.run.windows.after)
    load = case.run.load
    if not math.isnan(dated) or load is None or not load.requests:
        return dated
    return case.total(metric) / load.requests


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
