"""Drawing of levels of load: throughput above, response time below, against the load."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from diagnose.model import Diagnosis
from diagnose.readings import Array
from diagnose.staircase import Axis, Staircase
from diagnose.units import show

from . import drawing as draw
from .drawing import Figure
from .load_levels import reached
from .phrases import scaling

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT_IN, TOP_IN, BELOW_IN = 2.9, 1.35, 0.8
LEFT_IN, BOTTOM_IN, GAP_IN = 0.55, 0.42, 0.18
NAMES = {Axis.USERS: "users", Axis.RATE: "requests asked for per second"}


def levels(d: Diagnosis) -> Figure | None:
    """None where the test had one level."""
    steps = d.steps
    if steps is None or len(steps.levels) < 2:
        return None
    figure = draw.canvas(draw.HALF_IN, HEIGHT_IN)
    width = draw.HALF_IN - LEFT_IN - 0.1
    above = draw.axes(figure, LEFT_IN, BOTTOM_IN + BELOW_IN + GAP_IN, width, TOP_IN)
    below = draw.axes(figure, LEFT_IN, BOTTOM_IN, width, BELOW_IN)
    _throughput(above, d, steps)
    _response_time(below, steps)
    below.set_xlabel(NAMES[steps.axis], labelpad=2)
    for on in (above, below):
        on.set_xlim(0, float(steps.loads.max()) * 1.04)
        if steps.knee is not None:
            at = float(steps.loads[steps.knee.level])
            on.axvline(at, color=draw.TURN, linewidth=0.8, dashes=(4, 3))
    above.set_xticklabels([])
    axis = "users" if steps.axis is Axis.USERS else "the rate asked for"
    return Figure(
        "knee", f"Throughput against {axis}", _says(d, steps), draw.to_svg(figure, "knee")
    )


def _throughput(on: Axes, d: Diagnosis, steps: Staircase) -> None:
    """Good responses; what failed lies between them and all. The line of the lowest level."""
    served = _column(steps, "throughput_per_s")
    good = np.array([level.good_per_s for level in steps.levels])
    on.plot(steps.loads, served, "o-", color=draw.THROUGHPUT, markersize=3, linewidth=1.0)
    if (served - good > 0.01 * served).any():
        on.plot(steps.loads, good, "o-", color=draw.FAILURES, markersize=3, linewidth=0.8)
        _beside(on, steps.loads, good, "without failures", draw.FAILURES)
    top = float(np.nanmax(served)) * 1.15
    ideal = np.array([0.0, float(steps.loads.max())])
    on.plot(ideal, ideal * good[0] / steps.loads[0], color=draw.HAIR, linewidth=0.9, zorder=1)
    if d.scalability is not None and scaling(d):
        users = np.linspace(max(0.5, float(steps.loads.min())), float(steps.loads.max()), 80)
        law = np.array([d.scalability.throughput_at(float(n)) for n in users])
        on.plot(users, law, color=draw.QUIET, linewidth=0.9, zorder=2)
    on.set_ylim(0, top)
    draw.value_axis(on, "1/s", ticks=4)


def _response_time(on: Axes, steps: Staircase) -> None:
    for name, label in (("p95_s", "p95"), ("mean_s", "mean"), ("p50_s", "p50")):
        times = _column(steps, name)
        if np.isfinite(times).sum() >= 2 and (name != "p50_s" or not on.lines):
            bold = 1.1 if name == "mean_s" else 0.7
            on.plot(steps.loads, times, "o-", color=draw.LATENCY, markersize=2.5, linewidth=bold)
            _beside(on, steps.loads, times, label, draw.LATENCY)
    on.set_ylim(bottom=0)
    draw.value_axis(on, "s", ticks=3)


def _beside(on: Axes, loads: Array, values: Array, label: str, colour: str) -> None:
    """A name at the line's right end, under it."""
    last = int(np.flatnonzero(np.isfinite(values))[-1])
    on.annotate(
        label, (float(loads[last]), float(values[last])), xytext=(-4, -9), ha="right",
        textcoords="offset points", fontsize=7, color=colour,
    )  # fmt: skip


def _column(steps: Staircase, name: str) -> Array:
    return np.array([getattr(level, name) for level in steps.levels], np.float64)


def _says(d: Diagnosis, steps: Staircase) -> str:
    """The most that was reached, and what law it follows."""
    served = _column(steps, "throughput_per_s")
    best = int(np.nanargmax(served))
    load = float(steps.loads[best])
    where = f"{show(round(load, 1))} users" if steps.axis is Axis.USERS else f"{show(load, '1/s')}"
    told = [f"Most throughput: {show(float(served[best]), '1/s')} with {where}"]
    told += [text for text in (reached(steps), scaling(d)) if text]
    dashed = "dashed: the last level before it turned"
    told += [dashed] if steps.knee is not None and not math.isnan(load) else []
    return "; ".join(told) + "."
