"""Where rules are silent: which component moved most when the symptom turned.

Statistics place, they do not convict: what is found here is never more than *possible*.
Three measures, each free of units and added on a logarithmic scale:

- own resources: the largest robust shift among a component's resource metrics, given the
  load where a load is known; falling counts as much as rising;
- own time: how much slower it became, less how much its slowest callee did;
- the edge gap: what its callers wait for it, less what it says it takes.

Measured on public failure data with labelled causes (see docs/decisions/0006).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from diagnose.case import Case, Run
from diagnose.metrics import Kind
from diagnose.model import NAN, Evidence, Signal
from diagnose.onset import FEWEST
from diagnose.readings import Array, Flags
from diagnose.units import show

LEAST_SHIFT = 4.0  # robust deviations; below it a metric did not move (a choice)
SHOWN = 3  # metrics named as evidence
CEILING = 1e4  # beyond it a larger shift says no more


@dataclass(frozen=True, slots=True)
class Moved:
    """How much one component moved, and by which metrics."""

    component: str
    score: float
    resource: str
    onset_s: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class _Shift:
    signal: Signal
    size: float  # robust deviations, signed
    by: float  # in the metric's unit


def rank(run: Run, but_not: tuple[str, str, str] = ("", "", "")) -> list[Moved]:
    """Components that moved, the most moved first; ties go by name.

    but_not: component, metric and part of the symptom itself.
    """
    shifts = {name: _shifts(run, case, but_not) for name, case in run.cases.items()}
    found = []
    for name, case in sorted(run.cases.items()):
        mine = shifts[name]
        causes = [s for s in mine if _is_cause(s)]
        own = max((abs(s.size) for s in causes), default=0.0)
        slower = _own_time(case, shifts)
        score = math.log1p(min(own, CEILING)) + math.log1p(max(0.0, slower))
        told = sorted(causes or mine, key=lambda s: (-abs(s.size), s.signal.metric.name))
        if told and score > 0:
            found.append(_moved(run, case, score, told))
    return sorted(found, key=lambda m: (-m.score, m.component))


def _moved(run: Run, case: Case, score: float, told: list[_Shift]) -> Moved:
    first = told[0].signal
    resource = first.metric.resource or "unexplained"
    onset_s = case.onset_s(first.metric.name, first.part)
    evidence = tuple(_says(run, case, s) for s in told[:SHOWN])
    return Moved(case.component.name, score, resource, onset_s, evidence)


def _says(run: Run, case: Case, shift: _Shift) -> Evidence:
    signal, unit = shift.signal, shift.signal.metric.unit
    before = _middle(signal.values, run.windows.before)
    after = _middle(signal.values, run.windows.after)
    where = f" ({signal.part})" if signal.part else ""
    says = (
        f"{signal.metric.name}{where}: {show(before, unit)} before, {show(after, unit)} after, "
        f"{_times(shift.size)} its usual spread"
    )
    return Evidence(
        says,
        case.cite(signal.metric.name, signal.part),
        after,
        unit,
        signal.metric.name,
        signal.part,
        case.component.name,
    )


def _times(size: float) -> str:
    return "far beyond" if abs(size) >= CEILING else f"{show(abs(size))} times"


def _is_cause(shift: _Shift) -> bool:
    """Resource metrics are causes; latency, throughput and load are symptoms of others'."""
    kinds = (Kind.UTILIZATION, Kind.SATURATION, Kind.ERRORS)
    return shift.signal.metric.kind in kinds


SYMPTOMS = ("http.", "load.")  # what requests felt here: the ladder speaks of that


def _shifts(run: Run, case: Case, but_not: tuple[str, str, str]) -> list[_Shift]:
    out = []
    for metric, parts in case.found.items():
        if run.load is not None and metric.startswith(SYMPTOMS):
            continue
        for part, signal in parts.items():
            if (case.component.name, metric, part) == but_not or not signal.metric.shown:
                continue
            size, by = shift(signal.values, run.windows.before, run.windows.after)
            if run.load is not None and not math.isnan(size):
                given = case.departure(metric, part)  # what the load explains is no news
                size = 0.0 if math.isnan(given) else math.copysign(min(abs(size), abs(given)), size)
            if abs(size) >= LEAST_SHIFT:
                out.append(_Shift(signal, size, by))
    return out


def shift(values: Array, before: Flags, after: Flags) -> tuple[float, float]:
    """Shift of the median in robust deviations, and in the metric's own unit; NaN if unknown.

    The deviation is the larger of MAD and quartile distance (scaled to sigma), and no less
    than 2 % of the median's and the 95th percentile's size, so that a metric that was
    constant counts when it moves, and its rounding does not.
    """
    known = np.isfinite(values)
    b, a = values[before & known], values[after & known]
    if b.size < FEWEST or a.size < FEWEST:
        return NAN, NAN
    middle = float(np.median(b))
    spread = max(
        1.4826 * float(np.median(np.abs(b - middle))),
        float(np.subtract(*np.quantile(b, (0.75, 0.25)))) / 1.349,
        0.02 * abs(middle),
        0.02 * float(np.quantile(np.abs(np.concatenate((b, a))), 0.95)),
    )
    by = float(np.median(a)) - middle
    return (by / spread if spread > 0 else 0.0), by


def _own_time(case: Case, shifts: dict[str, list[_Shift]]) -> float:
    """How much slower a component became than its slowest callee, in its own deviations."""
    mine = _slower(shifts[case.component.name])
    if mine is None:
        return 0.0
    behind = [_slower(shifts.get(c.component.name, [])) for c in case.receivers]
    inherited = max((s.by for s in behind if s is not None), default=0.0)
    own = (mine.by - max(0.0, inherited)) / mine.by if mine.by > 0 else 0.0
    return max(0.0, own) * min(mine.size, CEILING)


def _slower(mine: list[_Shift]) -> _Shift | None:
    latencies = [s for s in mine if s.signal.metric.kind is Kind.LATENCY and s.by > 0]
    return max(latencies, key=lambda s: (s.size, s.signal.metric.name), default=None)


def _middle(values: Array, when: Flags) -> float:
    inside = values[when & np.isfinite(values)]
    return float(np.median(inside)) if inside.size else NAN
