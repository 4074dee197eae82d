"""Drawing of the ladder: each stretch of the way, its seconds before, and those added."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from diagnose.model import Diagnosis, Rung

from . import drawing as draw
from .drawing import Figure
from .phrases import clean, stretch

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW_IN, FOOT_IN, HEAD_IN = 0.235, 0.08, 0.24
NAMES_IN, NUMBERS_IN = 1.9, 1.85
LONGEST_NAME = 34  # letters that the margin holds
BAR = 0.62
NEGLIGIBLE = 0.01  # of the rise; less unexplained is not shown (a choice)


def ladder(d: Diagnosis) -> Figure | None:
    """A bar for each rung, in the order in which a request climbs them."""
    rungs = [r for r in d.ladder.rungs if not math.isnan(r.before_s) or not math.isnan(r.after_s)]
    if not rungs:
        return None
    rows = list(rungs)
    if d.ladder.unexplained_s > NEGLIGIBLE * d.ladder.rise_s > 0:
        rows.append(Rung("in no stretch measured", (), 0.0, d.ladder.unexplained_s))
    height = FOOT_IN + HEAD_IN + ROW_IN * len(rows)
    figure = draw.canvas(draw.WIDE_IN, height)
    width = draw.WIDE_IN - NAMES_IN - NUMBERS_IN
    on = draw.axes(figure, NAMES_IN, FOOT_IN, width, ROW_IN * len(rows))
    top = max(max(_or_zero(r.before_s), _or_zero(r.after_s)) for r in rows)
    on.set_xlim(0, top or 1.0)
    on.set_ylim(len(rows) - 0.5, -0.5)
    on.set_axis_off()
    for i, rung in enumerate(rows):
        _row(on, i, rung)
    _head(on, bool(d.inflections))
    return Figure("ladder", "Mean time of a request, by stretch of its way", _says(rows),
                  draw.to_svg(figure, "ladder"))  # fmt: skip


def _row(on: Axes, i: int, rung: Rung) -> None:
    before, after = _or_zero(rung.before_s), _or_zero(rung.after_s)
    stayed = min(before, after)
    on.barh(i, stayed, BAR, color=draw.BEFORE, linewidth=0)
    if after > before:
        on.barh(i, after - before, BAR, left=stayed, color=draw.ADDED, linewidth=0)
    elif before > after:
        on.barh(i, before - after, BAR, left=stayed, fill=False, edgecolor=draw.BEFORE, lw=0.7)
    beside: dict[str, Any] = {
        "xycoords": ("axes fraction", "data"),
        "textcoords": "offset points",
        "va": "center",
    }
    name = clean(rung.name)
    name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    on.annotate(name, (0, i), xytext=(-7, 0), ha="right", **beside)
    on.annotate(_moved(rung), (1, i), xytext=(7, 0), ha="left", color=draw.QUIET, **beside)


def _moved(rung: Rung) -> str:
    gained = rung.gained_s
    if not rung.owners:
        return f"{stretch(rung.after_s)} more, held by none"
    if math.isnan(gained):
        known = rung.after_s if math.isnan(rung.before_s) else rung.before_s
        return f"{stretch(known)} in one window only"
    sign = "+" if gained >= 0 else ""
    return f"{stretch(rung.before_s)} → {stretch(rung.after_s)} ({sign}{stretch(gained)})"


def _head(on: Axes, turned: bool) -> None:
    """The two colours, named above the bars."""
    above: dict[str, Any] = {"textcoords": "offset points", "fontweight": "bold"}
    names = ("before", "added since the run turned")
    if not turned:
        names = ("first half of the load", "added in the second")
    place: Any = "axes fraction"
    for name, colour, gap in ((names[0], draw.QUIET, 0), (names[1], draw.ADDED, 8)):
        text = on.annotate(name, (gap > 0, 1), (gap, 4), xycoords=place, color=colour, **above)
        place = (text, "axes fraction")


def _says(rows: list[Rung]) -> str:
    return "; ".join(f"{r.name}: {_moved(r)}" for r in rows) + "."


def _or_zero(value: float) -> float:
    return 0.0 if math.isnan(value) else max(value, 0.0)
