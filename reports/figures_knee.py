"""Drawing of throughput against users: where it bends, and the ceilings near by."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from diagnose.case import Run
from diagnose.model import Capacity, Diagnosis
from diagnose.readings import Array, Flags
from diagnose.units import show

from . import drawing as draw
from . import series
from .drawing import Figure
from .figures_load import measured
from .phrases import clean, scaling, spoken

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KNEE_CELLS = 60  # points of throughput against users (a choice)
NEAR = 1.6  # a capacity further above the plateau than this is not drawn (a choice)


def knee(d: Diagnosis, run: Run) -> Figure | None:
    """Throughput against users, before and after the run turned, with near capacities."""
    if not (measured(run.users, run) and measured(run.throughput_per_s, run)):
        return None
    first, last = series.span(run)
    cut = [series.means(run.grid_s, v, first, last, KNEE_CELLS) for v in _pair(run)]
    known = np.isfinite(cut[0]) & np.isfinite(cut[1])
    users, served = cut[0][known], cut[1][known]
    if np.unique(users).size < 3:
        return None
    figure = draw.canvas(draw.HALF_IN, 2.3)
    on = draw.axes(figure, 0.55, 0.42, draw.HALF_IN - 0.65, 1.72)
    turn_s = d.inflections[0].at_s if d.inflections else math.inf
    moments = first + (np.flatnonzero(known) + 0.5) * (last - first) / KNEE_CELLS
    _points(on, users, served, moments >= turn_s)
    _law(on, d, float(users.max()))
    _ceilings(on, d, float(served.max()))
    on.set_xlabel("users", labelpad=2)
    on.set_xlim(0, float(users.max()) * 1.04)
    draw.value_axis(on, "1/s", ticks=4)
    top = float(served.max())
    most = f"Highest throughput {show(top, '1/s')} at {show(float(users[served.argmax()]))} users."
    most = f"{most} {scaling(d)}.".replace(" .", "")
    return Figure("knee", "Throughput against users", most, draw.to_svg(figure, "knee"))


def _pair(run: Run) -> tuple[Array, Array]:
    return run.users, run.throughput_per_s


def _points(on: Axes, users: Array, served: Array, after: Flags) -> None:
    on.plot(users, served, color=draw.HAIR, linewidth=0.8, zorder=1)
    for when, colour, name in ((~after, draw.THROUGHPUT, "before"), (after, draw.LATENCY, "after")):
        if when.any() and after.any():
            name = f"{name} the run turned"
        elif when.any():
            name = ""
        if when.any():
            on.plot(
                users[when], served[when], "o", color=colour, markersize=3, label=name, zorder=3
            )
    if after.any():
        on.legend(loc="lower right", frameon=False, fontsize=7, handletextpad=0.2)


def _law(on: Axes, d: Diagnosis, most_users: float) -> None:
    """The Universal Scalability Law, where it was told."""
    if d.scalability is not None and scaling(d):
        users = np.linspace(1.0, most_users, 60)
        law = np.array([d.scalability.throughput_at(float(n)) for n in users])
        on.plot(users, law, color=draw.QUIET, linewidth=1.0, zorder=2)


def _ceilings(on: Axes, d: Diagnosis, top: float) -> None:
    """Dashed lines at the throughput at which the scarcest resources would be full."""
    near: list[Capacity] = sorted(d.capacity, key=lambda c: c.full_at_per_s)
    near = [c for c in near if 0.5 * top < c.full_at_per_s <= NEAR * top]
    # Lines that lie together would print one label upon the other: the first stands for both.
    near = [c for i, c in enumerate(near) if i == 0 or _apart(c, near[i - 1], top)][:2]
    for c in near:
        on.axhline(c.full_at_per_s, color=draw.QUIET, linewidth=0.8, dashes=(4, 3))
        text = clean(f"{c.component} {spoken(c.resource)} full at {show(c.full_at_per_s, '1/s')}")
        on.annotate(
            text, (0.01, c.full_at_per_s), xycoords=("axes fraction", "data"),
            xytext=(0, 2), textcoords="offset points", fontsize=7, color=draw.QUIET,
        )  # fmt: skip
    on.set_ylim(0, max([top, *(c.full_at_per_s for c in near)]) * 1.12)


def _apart(one: Capacity, other: Capacity, top: float) -> bool:
    return abs(one.full_at_per_s - other.full_at_per_s) > 0.1 * top
