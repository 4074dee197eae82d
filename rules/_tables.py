"""What rules on tables that fill up share: how full, since when, and in which words."""

from __future__ import annotations

import math

from diagnose.case import Case, CitedLimit
from diagnose.model import Evidence
from diagnose.units import show

from ._judging import Counted, timing


def table_timing(
    case: Case,
    metric: str,
    said: Counted | None,
    nearly: float,
    is_full: bool,
) -> dict[str, object]:
    """What a finding says of time: by the kernel's own word, else by the level of `metric`.

    nearly: the level, in the metric's unit, from which the table counts as nearly full;
    NaN where its limit is unknown.
    """
    if said or math.isnan(nearly):
        return timing(case, said) if said else {}
    return {
        "mechanism": is_full,
        "onset_s": case.onset_s(metric, above=nearly),
        "grows_with_load": case.grows_with_load(metric),
    }


def table_level(case: Case, metric: str, limit: CitedLimit | None, what: str) -> list[Evidence]:
    """How much of the table was in use at the worst of it; empty where nobody measured it."""
    if not case.has(metric):
        return []
    of = f" of {show(limit.value)}" if limit else ""
    held = case.held(metric)
    if math.isnan(held):  # measured outside the load only
        return []
    return [case.note(f"{show(round(held))}{of} {what}", metric, value=round(held))]
