"""Open files of a process against its limit: what two rules share. No rule."""

from __future__ import annotations

import math
from dataclasses import dataclass

from diagnose.case import Case, CitedLimit
from diagnose.model import Evidence
from diagnose.units import show

from ._levels import steady

OPEN = "process.open_files"
AT_LIMIT = 0.95  # netdata, health.d/file_descriptors.conf: 95 % alarms, 85 % warns


@dataclass(frozen=True, slots=True)
class Fullest:
    """The process that stands nearest to its limit of open files."""

    part: str
    open_files: float
    limit: CitedLimit
    onset_s: float

    def evidence(self, case: Case) -> Evidence:
        says = f"{show(self.open_files)} of {show(self.limit.value)} files open"
        where = f" ({self.part})" if self.part else ""
        return case.note(says + where, OPEN, self.part, self.open_files)


def fullest(case: Case) -> Fullest | None:
    """A process at 95 % of its limit, which it was not before the load; else None."""
    near = _nearest(case)
    if near is None or near.open_files < AT_LIMIT * near.limit.value:
        return None
    return None if steady(case, OPEN, near.part) else near


def fullest_note(case: Case) -> str:
    """`310 of 1,024 files open`, or "" where it was not measured."""
    near = _nearest(case)
    return near.evidence(case).says if near else ""


def _nearest(case: Case) -> Fullest | None:
    known = []
    for part in case.signals(OPEN):
        limit = case.limit("process.open_files_max", part) or case.limit("process.open_files_max")
        held = case.held(OPEN, part)
        if limit is not None and limit.value > 0 and not math.isnan(held):
            began = case.onset_s(OPEN, part, above=AT_LIMIT * limit.value)
            known.append(Fullest(part, held, limit, began))
    return max(known, key=lambda f: f.open_files / f.limit.value, default=None)
