"""Drawings of the load: its curve over time, and throughput against users."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diagnose.case import Case, Run
from diagnose.model import Diagnosis
from diagnose.readings import Array

from . import drawing as draw
from . import series
from .drawing import Figure
from .phrases import at, clean, spoken, turned, volume

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANEL_IN, GAP_IN, FOOT_IN, ONSET_IN = 0.78, 0.26, 0.24, 0.17
DECADE = 10.0  # latency that spans more is drawn on a logarithmic scale
ROOM = 0.28  # of the width, that a name beside its mark takes
OWN_TIMES = ("http.own_s", "http.request_s")


@dataclass(frozen=True, slots=True)
class Onset:
    """When something at a component moved."""

    component: str
    what: str
    at_s: float
    suspect: bool


def onsets(d: Diagnosis, run: Run) -> list[Onset]:
    """Each suspect's onset, and of other components that of their own time; the first first."""
    found = [
        Onset(s.component, spoken(s.resource), s.onset_s, True)
        for s in d.suspects
        if not math.isnan(s.onset_s)
    ]
    told = {o.component for o in found}
    if d.inflections:
        found += [o for name, case in run.cases.items() if name not in told for o in _own(case)]
    return sorted(found, key=lambda o: (o.at_s, o.component, o.what))


def _own(case: Case) -> list[Onset]:
    metric = next((m for m in OWN_TIMES if case.signal(m)), "")
    moment = case.onset_s(metric) if metric else math.nan
    name = case.component.name
    return [] if math.isnan(moment) else [Onset(name, "own time", moment, False)]


def load_curve(d: Diagnosis, run: Run) -> Figure | None:
    """Users, throughput, response time and failures; below them each component's onset."""
    panels = [p for p in _panels(run) if measured(p[1], run)]
    if not panels:
        return None
    moved = onsets(d, run)
    strip = ONSET_IN * len(moved) + (0.22 if moved else 0.0)
    height = FOOT_IN + strip + len(panels) * (PANEL_IN + GAP_IN)
    figure = draw.canvas(draw.WIDE_IN, height)
    width = draw.WIDE_IN - draw.LEFT_IN - draw.RIGHT_IN
    for i, (name, values, unit, colour) in enumerate(reversed(panels)):
        foot = FOOT_IN + strip + i * (PANEL_IN + GAP_IN)
        on = draw.axes(figure, draw.LEFT_IN, foot, width, PANEL_IN)
        _panel(on, d, run, (name, values, unit, colour))
        draw.time_axis(on, run, labelled=i == 0 and not moved)
    if moved:
        _onset_strip(draw.axes(figure, draw.LEFT_IN, FOOT_IN, width, strip - 0.1), d, run, moved)
    svg = draw.to_svg(figure, "load")
    return Figure("load", "The load as users felt it", _says(d, panels, run), svg)


def _panels(run: Run) -> list[tuple[str, Array, str, str]]:
    return [
        ("users", run.users, "1", draw.USERS),
        ("throughput", run.throughput_per_s, "1/s", draw.THROUGHPUT),
        ("mean response time", run.latency_s, "s", draw.LATENCY),
        ("failures", run.failures_per_s, "1/s", draw.FAILURES),
    ]


def measured(values: Array, run: Run) -> bool:
    if values.size != run.grid_s.size:
        return False
    return bool(np.isfinite(values[run.windows.load]).any())


def _panel(on: Axes, d: Diagnosis, run: Run, what: tuple[str, Array, str, str]) -> None:
    name, values, unit, colour = what
    draw.turning(on, d)
    draw.course(on, run, values, colour)
    known = values[run.windows.load & np.isfinite(values)]
    if unit == "s" and spans_decades(known):
        on.set_yscale("log")
        name += " (logarithmic)"
    else:
        on.set_ylim(0, max(float(known.max()) * 1.08, 1e-9) if known.max() > 0 else 1.0)
    draw.value_axis(on, unit)
    on.set_title(name, loc="left", pad=2.5, fontsize=7.5, color=colour, fontweight="bold")


def spans_decades(values: Array) -> bool:
    """Whether nearly all of it spans more than one decade.

    >>> spans_decades(np.array([0.01, 0.02, 0.9])), spans_decades(np.array([0.2, 0.9]))
    (True, False)
    """
    positive = values[values > 0]
    if not positive.size:
        return False
    low, high = np.percentile(positive, [1, 99])
    return bool(high > DECADE * low)


def _onset_strip(on: Axes, d: Diagnosis, run: Run, moved: list[Onset]) -> None:
    draw.turning(on, d)
    draw.time_axis(on, run)
    on.set_ylim(len(moved) - 0.4, -0.6)
    on.set_yticks([])
    turn_s = d.inflections[0].at_s if d.inflections else math.inf
    first, last = on.get_xlim()
    for row, onset in enumerate(moved):
        face = draw.INK if onset.suspect else "none"
        on.plot([onset.at_s], [row], marker="v", markersize=4, color=draw.INK, mfc=face, zorder=4)
        place = (onset.at_s - first) / (last - first)
        left = place > ROOM and (onset.at_s <= turn_s or place > 1 - ROOM)
        _told(on, onset, row, left)


def _told(on: Axes, onset: Onset, row: int, left: bool) -> None:
    """An onset's name, on the side where the line of the inflection is not."""
    on.annotate(
        clean(f"{onset.component}: {onset.what}, {at(onset.at_s)}"),
        (onset.at_s, row),
        xytext=(-6 if left else 6, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        fontsize=7,
        zorder=4,
    )


def _says(d: Diagnosis, panels: list[tuple[str, Array, str, str]], run: Run) -> str:
    names = ", ".join(p[0] for p in panels)
    whole = f" {volume(d.load)}." if d.load else ""
    turn = f" Turned at {turned(d.inflections[0])}." if d.inflections else " It never turned."
    return f"{names} over {at(series.span(run)[1])} of load.{whole}{turn}"
