"""Small drawings of what speaks for a suspect: each signal over the load."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from diagnose.case import Case, Run
from diagnose.metrics import LIMITS, Kind
from diagnose.model import Diagnosis, Evidence, Signal, Suspect
from diagnose.readings import Array
from diagnose.units import show

from . import drawing as draw
from .drawing import Figure
from .phrases import at

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 3  # drawings a suspect (a choice)
SUSPECTS = 5  # suspects that get drawings (a choice)
FAR = 4.0  # a limit further above the signal than this would flatten it (a choice)
HEIGHT_IN, FOOT_IN = 1.3, 0.26


def evidence(d: Diagnosis, run: Run, suspect: Suspect) -> tuple[Figure, ...]:
    """One drawing for each signal that its evidence names, at most MOST."""
    if suspect.rank > SUSPECTS:
        return ()
    seen: dict[tuple[str, str, str], Signal] = {}
    for e in suspect.for_:
        signal = _signal(run, e)
        if signal is not None and signal.dated:
            seen.setdefault((e.component, e.metric, e.part), signal)
    return tuple(
        _small(d, run, suspect, signal, f"suspect-{suspect.rank}-{i}")
        for i, signal in enumerate(list(seen.values())[:MOST], 1)
    )


def _signal(run: Run, e: Evidence) -> Signal | None:
    case = run.cases.get(e.component)
    return case.signal(e.metric, e.part) if case and e.metric else None


def _small(d: Diagnosis, run: Run, suspect: Suspect, signal: Signal, name: str) -> Figure:
    figure = draw.canvas(draw.HALF_IN, HEIGHT_IN)
    on = draw.axes(figure, 0.6, FOOT_IN, draw.HALF_IN - 0.68, HEIGHT_IN - FOOT_IN - 0.14)
    draw.turning(on, d)
    draw.course(on, run, signal.values, draw.THROUGHPUT)
    limits = _limits(run.cases[signal.component], suspect, signal)
    top = _top(run, signal)
    for limit in limits:
        if limit <= FAR * top:
            on.axhline(limit, color=draw.LATENCY, linewidth=0.9, dashes=(4, 3), zorder=2)
            top = max(top, limit)
    on.set_ylim(min(0.0, _bottom(run, signal)), top * 1.1 if top > 0 else 1.0)
    draw.time_axis(on, run)
    draw.value_axis(on, signal.metric.unit)
    _mark(on, suspect, signal)
    title = draw.caption(signal.metric, signal.component, signal.part)
    return Figure(name, title, _says(run, signal, limits), draw.to_svg(figure, name))


def _limits(case: Case, suspect: Suspect, signal: Signal) -> list[float]:
    """Limits that the evidence cites, of this signal's resource and unit."""
    cited = {e.value for e in suspect.for_ if e.component == signal.component and not e.metric}
    metric = signal.metric
    return [
        limit.value
        for name, known in sorted(case.limits.items())
        for limit in known
        if LIMITS[name][:2] == (metric.unit, metric.resource) and limit.value in cited
    ]


def _under_load(run: Run, signal: Signal) -> Array:
    values = signal.values[run.windows.load]
    values = values[np.isfinite(values)]
    return values if values.size else np.zeros(1)


def _top(run: Run, signal: Signal) -> float:
    highest = float(_under_load(run, signal).max())
    full = signal.metric.unit == "ratio" and signal.metric.kind is Kind.UTILIZATION
    return max(highest, 1.0 if full else 0.0)


def _bottom(run: Run, signal: Signal) -> float:
    return float(_under_load(run, signal).min())


def _mark(on: Axes, suspect: Suspect, signal: Signal) -> None:
    """A triangle above the axes at the moment when the suspect's pattern began."""
    if not math.isnan(suspect.onset_s) and signal.component == suspect.component:
        on.plot(
            [suspect.onset_s], [1.03], marker="v", markersize=4.5, color=draw.INK,
            transform=on.get_xaxis_transform(), clip_on=False, zorder=5,
        )  # fmt: skip


def _says(run: Run, signal: Signal, limits: list[float]) -> str:
    unit = signal.metric.unit
    values = np.where(run.windows.load, signal.values, np.nan)
    if not np.isfinite(values).any():
        return "Not measured while the load ran."
    peak = int(np.nanargmax(values))
    says = f"Highest {show(float(values[peak]), unit)} at {at(float(run.grid_s[peak]))}"
    cited = "".join(f"; limit {show(limit, unit)}" for limit in limits)
    return f"{says}{cited}."
