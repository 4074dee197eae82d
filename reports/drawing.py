"""How all figures look: one palette, one font, one line weight, and the same bytes each time.

Figures are drawn on nothing (no background), so that paper and dark pages show through; the
page may replace each colour of PALETTE by its own. Sizes are those of the PDF's column.
"""

from __future__ import annotations

import io
import math
import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from diagnose.case import Run
from diagnose.metrics import Metric
from diagnose.model import Diagnosis
from diagnose.readings import Array
from diagnose.units import digits, show

from . import series
from .phrases import at

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

# Okabe & Ito's colours (https://jfly.uni-koeln.de/color/) with a wine red of Tol's.
INK, QUIET, HAIR = "#1f2328", "#5c6570", "#d5dae0"
BAND, TURN = "#f6e7bd", "#8a6100"
THROUGHPUT, LATENCY, FAILURES, USERS = "#0072b2", "#d55e00", "#882255", "#6f7985"
BEFORE, ADDED = "#9aa5b1", "#d55e01"
PALETTE = {
    "ink": INK, "quiet": QUIET, "hair": HAIR, "band": BAND, "turn": TURN,
    "throughput": THROUGHPUT, "latency": LATENCY, "failures": FAILURES, "users": USERS,
    "before": BEFORE, "added": ADDED,
}  # fmt: skip

WIDE_IN, HALF_IN = 6.7, 3.25  # a column of A4, and half of one
POINTS_PER_IN = 150  # more points than this a line cannot show (a choice)
LEFT_IN, RIGHT_IN = 0.66, 0.1
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
_DECADES = 2.5  # a logarithmic axis of fewer gets a tick within each
_FEW_TICKS, _MANY_TICKS = 4, 8
_RC: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "diagnose",
    "font.family": ["DejaVu Sans"],
    "font.size": 7.5,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": HAIR,
    "axes.linewidth": 0.6,
    "axes.labelcolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.unicode_minus": True,
    "grid.color": HAIR,
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.2,
    "lines.solid_joinstyle": "round",
    "xtick.color": HAIR,
    "xtick.labelcolor": QUIET,
    "xtick.major.size": 3,
    "xtick.major.width": 0.6,
    "xtick.minor.size": 0,
    "ytick.color": HAIR,
    "ytick.labelcolor": QUIET,
    "ytick.major.size": 0,
    "ytick.minor.size": 0,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing that stands alone. says: what it shows, for those who cannot see it."""

    name: str
    title: str
    says: str
    svg: str


def style() -> AbstractContextManager[None]:
    """All that is drawn, is drawn within this."""
    from matplotlib import rc_context

    return rc_context(_RC)


def canvas(width_in: float, height_in: float) -> Canvas:
    """An empty canvas."""
    from matplotlib.figure import Figure as MatplotlibFigure

    return MatplotlibFigure(figsize=(width_in, height_in), dpi=72)


def axes(figure: Canvas, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at a place given in inches from the lower left corner."""
    wide, high = figure.get_size_inches()
    return figure.add_axes((left / wide, bottom / high, width / wide, height / high))


def to_svg(figure: Canvas, name: str) -> str:
    """The drawing from <svg> to </svg>; ids begin with `name`: drawings can share a page."""
    out = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(out, format="svg", transparent=True, metadata=nothing)
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg).strip()


def time_axis(on: Axes, run: Run, labelled: bool = True) -> None:
    """Seconds since the load began, at round moments."""
    from matplotlib.ticker import FixedLocator, FuncFormatter

    first, last = series.span(run)
    on.set_xlim(first, max(last, first + 1))
    on.xaxis.set_major_locator(FixedLocator(moments(first, last, on.bbox.width / 72)))
    form = FuncFormatter(lambda t, _: at(t) if labelled else "")
    on.xaxis.set_major_formatter(form)


def moments(first: float, last: float, width_in: float) -> list[float]:
    """Round moments, four to eight of them as the width allows.

    >>> moments(0, 59, 6), moments(0, 3599, 3)
    ([0, 10, 20, 30, 40, 50], [0, 900, 1800, 2700])
    """
    most = max(_FEW_TICKS, min(_MANY_TICKS, int(width_in * 1.4)))
    length = max(last - first, 1.0)
    step = next((s for s in _STEPS_S if length / s <= most), _STEPS_S[-1])
    start = math.ceil(first / step) * step
    return [start + i * step for i in range(int((last - start) // step) + 1)]


def value_axis(on: Axes, unit: str, ticks: int = 3) -> None:
    """A few round values with their unit."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    if on.get_yscale() == "linear":
        on.yaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))
    else:
        low, high = on.get_ylim()
        within = (1.0, 3.0) if high < 10**_DECADES * low else (1.0,)
        on.yaxis.set_major_locator(LogLocator(10, subs=within, numticks=6))
    on.yaxis.set_minor_locator(NullLocator())
    on.yaxis.set_major_formatter(FuncFormatter(lambda v, _: mark(v, unit)))


def mark(value: float, unit: str) -> str:
    """What stands beside a tick: short, whatever the size.

    >>> mark(0, "s"), mark(0.25, "s"), mark(2_500_000, "1/s"), mark(1200, "1")
    ('0', '250 ms', '2.5 M/s', '1,200')
    """
    if not value:
        return "0"
    if unit in ("1", "1/s") and abs(value) >= 1e4:
        scale, name = (1e6, "M") if abs(value) >= 1e6 else (1e3, "k")
        return f"{digits(value / scale)} {name}{'/s' if unit == '1/s' else ''}"
    return show(value, unit)


def turning(on: Axes, d: Diagnosis) -> None:
    """Where the run turned: a band for the interval, a line for the moment."""
    for turn in d.inflections[:1]:
        low, high = turn.interval_s
        if not math.isnan(low + high):
            on.axvspan(low, high, color=BAND, linewidth=0, zorder=0)
        on.axvline(turn.at_s, color=TURN, linewidth=0.9, zorder=1)


def course(on: Axes, run: Run, values: Array, colour: str) -> None:
    """A line through a signal, in as many points as can be seen; dots where they are few."""
    first, last = series.span(run)
    under = (run.grid_s >= first) & (run.grid_s <= last)
    width = on.bbox.width / 72
    seconds, shown = series.outline(run.grid_s[under], values[under], int(POINTS_PER_IN * width))
    dots = "o" if seconds.size <= 8 * width else ""
    on.plot(seconds, shown, color=colour, marker=dots, markersize=2.2, zorder=3)


def caption(metric: Metric, component: str, part: str) -> str:
    """What a drawing of one signal is called."""
    return f"{component}: {metric.says}{f' ({part})' if part else ''}"
