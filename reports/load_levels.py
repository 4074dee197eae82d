"""Levels of load, as a table and as strips: what each brought, and where more brought no more."""

from __future__ import annotations

import math

from diagnose.model import Diagnosis
from diagnose.staircase import Axis, LoadLevel, Staircase
from diagnose.units import show

from .phrases import amount, count, share, utc
from .tables import NOTHING, Table, table_of

TITLE = "Levels of load"
HEADS = {Axis.USERS: "users", Axis.RATE: "asked for"}


def levels(d: Diagnosis) -> Table:
    """One row a level, the lowest first; no rows where there was one test."""
    steps = d.steps
    rows = [_row(steps, level, at) for at, level in enumerate(steps.levels)] if steps else []
    load = HEADS[steps.axis] if steps else "load"
    heads = f"#{load}, #throughput, #failed, #mean, #p50, #p95, #p99, #requests, #lasted"
    return table_of(TITLE, f"{heads}, began (UTC), remark, `source", rows)


def _row(steps: Staircase, level: LoadLevel, at: int) -> tuple[str, ...]:
    times = (level.mean_s, level.p50_s, level.p95_s, level.p99_s)
    return (
        load_of(steps, level),
        _or(level.throughput_per_s, "1/s"),
        share(level.failed_ratio),
        *(_or(seconds, "s") for seconds in times),
        count(level.requests),
        _or(level.duration_s, "s"),
        utc(level.began_s),
        remark(steps, at),
        level.source,
    )


def load_of(steps: Staircase, level: LoadLevel) -> str:
    """The load of a level, without its name."""
    load = steps.load_of(level)
    if steps.axis is Axis.RATE:
        return _or(load, "1/s")
    return count(round(load) if load >= 1 else load)


def remark(steps: Staircase, at: int) -> str:
    """What turned at a level; "" where nothing did."""
    knee = steps.knee
    if knee is None:
        return ""
    if knee.flat == at:
        return "no more beyond"
    return "the last before it turned" if knee.level == at else ""


def _or(value: float, unit: str) -> str:
    return NOTHING if math.isnan(value) else amount(value, unit)


def reached(steps: Staircase) -> str:
    """Where the straight line of the lowest levels meets the plateau; "" where it does not.

    The asymptotes of Denning & Buzen, doi:10.1145/356733.356735.
    """
    knee = steps.knee
    if knee is None or not math.isfinite(knee.reached):
        return ""
    if steps.axis is Axis.RATE:
        return f"the plateau of {show(knee.plateau_per_s, '1/s')} is the most that is served"
    return (
        f"the straight line through the lowest level meets the plateau of "
        f"{show(knee.plateau_per_s, '1/s')} at {show(knee.reached)} users"
    )
