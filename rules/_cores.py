"""How full one processor is while others are not: what two rules share. No rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnose.case import Case, held
from diagnose.model import NAN
from diagnose.onset import first_above
from diagnose.units import show

from ._cpu import BUSY, FULL
from ._levels import highest, share_above

CORE = "cpu.core_busy_ratio"
PROCESS = "process.cpu_ratio"
CORE_FULL = 0.95  # Performance Co-Pilot, pmieconf percpu.some_util
APART = 0.25  # a hot core stands out by this much from the mean of all (a choice)
ONE_CORE = (0.90, 1.10)  # a process that stays there has one thread to work with (a choice)
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
    """A process that takes one processor, and never more, though there are others."""
    count = case.limit("cpu.count")
    if count is None or count.value < 2:
        return None
    low, high = ONE_CORE
    for part in case.signals(PROCESS):
        values = case.values(PROCESS, part)[case.run.windows.after]
        values = values[np.isfinite(values)]
        if values.size and low <= np.median(values) and np.quantile(values, 0.9) <= high:
            level = float(np.median(values))
            says = f"{part} takes {show(level)} of {show(count.value)} processors, and never more"
            began, always = case.onset_s(PROCESS, part, above=low), case.idle(PROCESS, part) >= low
            return HotCore(says, level, PROCESS, part, began, always)
    return None


def _mean_of_cores(case: Case) -> float:
    if case.has(BUSY):
        return case.held(BUSY)
    columns = np.vstack([s.values for s in case.signals(CORE).values()])
    good = np.isfinite(columns).all(axis=0)
    values = np.full(columns.shape[1], NAN)
    values[good] = columns[:, good].mean(axis=0)
    return held(values, case.run.windows.after)
