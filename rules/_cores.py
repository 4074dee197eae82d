"""How full one processor is while others are not: what two rules share. No rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnose.case import Case, held, mean
from diagnose.model import NAN
from diagnose.onset import first_above
from diagnose.readings import Array
from diagnose.units import show

from ._cpu import BUSY, FULL
from ._levels import highest, share_above

CORE = "cpu.core_busy_ratio"
PROCESS, WAIT = "process.cpu_ratio", "process.cpu_wait_ratio"
CORE_FULL = 0.95  # Performance Co-Pilot, pmieconf percpu.some_util
APART = 0.25  # a hot core stands out by this much from the mean of all (a choice)
ONE_CORE = (0.90, 1.10)  # a process that stays there has one thread to work with (a choice)
LEAST_HAD = 0.25  # of a processor (a choice)
WAITS = 0.1  # of the time: worth saying (a choice)
MOSTLY = 0.5  # of the time after the inflection: one core in turn may look full (a choice)


@dataclass(frozen=True, slots=True)
class HotCore:
    """A processor, or a process, that is full while the host is not."""

    says: str
    level: float
    metric: str
    part: str
    onset_s: float
    always: bool = False  # as full before the load began


def hot_core(case: Case) -> HotCore | None:
    """One processor full at every moment (not always the same: tasks move), the host not."""
    if len(case.signals(CORE)) >= 2:
        top, after = highest(case, CORE), case.run.windows.after
        level, mean = held(top, after), _mean_of_cores(case)
        if share_above(top, CORE_FULL, after) >= MOSTLY and mean <= min(FULL, level - APART):
            onset = first_above(case.run.grid_s, top, CORE_FULL, case.run.windows.load)
            busy = f"one processor is {show(level, 'ratio')} busy"
            says = f"{busy}, the mean of all {show(mean, 'ratio')}"
            always = share_above(top, CORE_FULL, case.run.windows.idle) >= MOSTLY
            return HotCore(says, level, CORE, case.worst(CORE), onset, always)
    return _full_process(case)


def _full_process(case: Case) -> HotCore | None:
    """A process that takes one processor, and never more, though there are others.

    What it waits for a processor that others have counts as taken: it was never idle.
    """
    count = case.limit("cpu.count")
    if count is None or count.value < 2:
        return None
    low, high = ONE_CORE
    for part in case.signals(PROCESS):
        wanted = _wanted(case, part)
        values = wanted[case.run.windows.after]
        values = values[np.isfinite(values)]
        if values.size and low <= np.median(values) and np.quantile(values, 0.9) <= high:
            load = case.run.windows.load
            began = first_above(case.run.grid_s, wanted, low, load)
            idle = mean(wanted, case.run.windows.idle)
            says, level = _says(case, part, float(np.median(values)), count.value)
            return HotCore(says, level, PROCESS, part, began, idle >= low)
    return None


def _wanted(case: Case, part: str) -> Array:
    """Processor time that a process had, and that it was ready to use and did not get."""
    had, wait = case.values(PROCESS, part), case.values(WAIT, part)
    got = had >= LEAST_HAD  # below it the waits of one thread tell little of the process
    return np.where(np.isfinite(wait) & got, had + wait, had)


def _says(case: Case, part: str, wanted: float, count: float) -> tuple[str, float]:
    had, wait = case.after(PROCESS, part), case.after(WAIT, part)
    if wait >= WAITS:
        busy = f"{part} is never idle: {show(had, 'ratio')} of the time on a processor, "
        return f"{busy}{show(wait, 'ratio')} waiting for one", had
    return f"{part} takes {show(wanted)} of {show(count)} processors, and never more", wanted


def _mean_of_cores(case: Case) -> float:
    if case.has(BUSY):
        return case.held(BUSY)
    columns = np.vstack([s.values for s in case.signals(CORE).values()])
    good = np.isfinite(columns).all(axis=0)
    values = np.full(columns.shape[1], NAN)
    values[good] = columns[:, good].mean(axis=0)
    return held(values, case.run.windows.after)
