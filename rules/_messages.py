"""What rules on failures that a log or a load generator names share. No rule."""

from __future__ import annotations

from diagnose.case import REQUESTS, Case, mean
from diagnose.model import NAN

from ._judging import OVER_BEFORE, Counted, share

FROM_THE_START = 0.5  # of the failures a second after the inflection (a choice)


def as_many_per_request(case: Case, seen: Counted) -> bool:
    """Whether each request brought as many of these messages before: then it is not the load."""
    before, after = share(case, seen.metric, REQUESTS, seen.part)
    return before > 0 and after <= OVER_BEFORE * before


def failed_from_the_start(case: Case) -> bool:
    """Whether users saw failures before the inflection nearly as often as after it."""
    windows, failures = case.run.windows, case.run.failures_per_s
    if failures.shape != case.run.grid_s.shape:
        return False
    before, after = mean(failures, windows.before), mean(failures, windows.after)
    return after > 0 and before >= FROM_THE_START * after


def failures_began_s(case: Case) -> float:
    """When users first saw failures while the load ran; NaN where that is not known."""
    failures, when = case.run.failures_per_s, case.run.windows.load
    if failures.shape != case.run.grid_s.shape:
        return NAN
    seen = case.run.grid_s[when & (failures > 0)]
    return float(seen[0]) if seen.size else NAN
