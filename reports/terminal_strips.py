"""Strips of a terminal's page: tiers, rungs of added time, the load curve."""

from __future__ import annotations

import math

import numpy as np

from diagnose.case import Run
from diagnose.model import Diagnosis, Tier
from diagnose.readings import Array
from diagnose.units import show

from . import load_levels, series
from .pen import Pen, columns
from .phrases import at, count, scaling, share, stretch, turned

NEGLIGIBLE = 0.01  # of the rise; a rung that gained less is not listed (a choice)
NAMES, NUMBERS = 14, 12  # columns beside the sparklines
SHOWN = ("throughput", "failed", "mean", "p95")  # of a level of load
CHART = 100  # columns a strip takes at most


def tier_lines(pen: Pen, d: Diagnosis) -> list[str]:
    """Name, requests, failures born and passed through, own time before and after, a bar."""
    tiers = d.ladder.tiers
    if not tiers:
        return []
    times = ("own time before", "after") if d.inflections else ("own time at first", "then")
    head = ["", "requests", "failed here", "passed on", *times]
    rows = [_tier_cells(t) for t in tiers]
    lines, used = _columns(pen, head, rows)
    least = NEGLIGIBLE * d.ladder.rise_s if d.inflections and d.ladder.rise_s > 0 else math.inf
    gains = [t.own_seconds_after - t.own_seconds_before for t in tiers]
    gains = [gain if gain >= least else 0.0 for gain in gains]
    return _with_bars(pen, lines, gains, used)


def _tier_cells(t: Tier) -> list[str]:
    seconds = (stretch(t.own_seconds_before), stretch(t.own_seconds_after))
    return [
        t.component,
        count(t.requests),
        count(t.failures_born),
        count(t.failures_passed_through),
        *seconds,
    ]


def ladder_lines(pen: Pen, d: Diagnosis) -> list[str]:
    """Rungs that gained seconds, in the order of the way, and what is in none of them."""
    ladder = d.ladder
    least = NEGLIGIBLE * ladder.rise_s
    if not (d.inflections and ladder.rise_s > 0):
        return []
    gains = {r.name: r.gained_s for r in ladder.rungs if r.gained_s >= max(least, 1e-9)}
    if ladder.unexplained_s >= least:
        gains["in no stretch that was measured"] = ladder.unexplained_s
    if not gains:
        return []
    rows = [[name, f"+{stretch(s)}", share(s / ladder.rise_s)] for name, s in gains.items()]
    lines, used = _columns(pen, ["", "a request", "of the rise"], rows)
    return _with_bars(pen, lines, list(gains.values()), used)


def level_lines(pen: Pen, d: Diagnosis) -> list[str]:
    """One line a level of load: what it brought, how long that took, a bar of throughput."""
    steps = d.steps
    if steps is None:
        return []
    table = load_levels.levels(d).trimmed()
    shown = [i for i, c in enumerate(table.columns) if c.head in SHOWN or i == 0]
    head = ["", *(table.columns[i].head for i in shown)]
    marks = [load_levels.remark(steps, i) for i in range(len(steps.levels))]
    rows = [
        ["▲" if m else "", *(r[i] for i in shown)] for m, r in zip(marks, table.rows, strict=True)
    ]
    lines, used = _columns(pen, head, rows)
    lines = _with_bars(pen, lines, [level.throughput_per_s for level in steps.levels], used)
    told = "; ".join(f"{row[1]}: {mark}" for row, mark in zip(rows, marks, strict=True) if mark)
    return [*lines, *([pen.style(pen.text(f"  ▲ {told}"), "mark")] if told else [])]


def birth_lines(pen: Pen, d: Diagnosis) -> list[str]:
    """Stretches of the way in which requests began to fail, the most first."""
    births = sorted((b for b in d.ladder.births if b.failures > 0), key=lambda b: -b.failures)
    if not births:
        return []
    whole = d.ladder.failures
    rows = [
        [b.name, count(b.failures), share(b.failures / whole) if whole > 0 else "–"] for b in births
    ]
    lines, used = _columns(pen, ["", "requests", "of all failed"], rows)
    return _with_bars(pen, lines, [b.failures for b in births], used)


def _columns(pen: Pen, head: list[str], rows: list[list[str]]) -> tuple[list[str], int]:
    """Lines under a quiet head: the first column to the left, numbers to the right."""
    cells = [[pen.text(c) for c in row] for row in [head, *rows]]
    taken = sum(2 + max(columns(row[i]) for row in cells) for i in range(1, len(head)))
    cells = [[pen.clipped(row[0], pen.width - 2 - taken), *row[1:]] for row in cells]
    widths = [max(columns(row[i]) for row in cells) for i in range(len(head))]
    lines = []
    for row in cells:
        numbers = [pen.right(c, w) for c, w in zip(row[1:], widths[1:], strict=True)]
        lines.append("  " + "  ".join([pen.left(row[0], widths[0]), *numbers]))
    return [pen.style(lines[0], "quiet"), *lines[1:]], columns(lines[0])


def _with_bars(pen: Pen, lines: list[str], values: list[float], used: int) -> list[str]:
    """A bar after each line, the longest as long as the page allows."""
    room = min(pen.width, CHART) - used - 2
    top = max((v for v in values if v > 0), default=0.0)
    if room < 4 or not top:
        return lines
    bars = [pen.style(pen.bar(v / top, room), "bar") for v in values]
    return [lines[0], *(f"{a}  {b}".rstrip() for a, b in zip(lines[1:], bars, strict=True))]


def curve_lines(pen: Pen, d: Diagnosis, run: Run) -> list[str]:
    """Users, throughput, response time and failures over the load; where it turned below."""
    first, last = series.span(run)
    rows = (
        ("users", run.users, "1"),
        ("throughput", run.throughput_per_s, "1/s"),
        ("response time", run.latency_s, "s"),
        ("failures", run.failures_per_s, "1/s"),
    )
    cells = min(pen.width, CHART) - NAMES - NUMBERS - 4
    lines = [
        _curve(pen, name, series.means(run.grid_s, values, first, last, cells), unit)
        for name, values, unit in rows
        if values.size == run.grid_s.size and np.isfinite(values[run.windows.load]).any()
    ]
    if not lines:
        return []
    return [*lines, *_axis(pen, d, (first, last, cells)), *_scaling(pen, d)]


def _scaling(pen: Pen, d: Diagnosis) -> list[str]:
    says = scaling(d)
    lines = pen.wrap(says, min(pen.width, CHART) - NAMES - 2) if says else []
    names = [pen.left("with users" if i == 0 else "", NAMES) for i in range(len(lines))]
    return [f"  {name}{line}" for name, line in zip(names, lines, strict=True)]


def _curve(pen: Pen, name: str, heights: Array, unit: str) -> str:
    heights = series.filled(heights)
    top = float(np.nanmax(heights))
    marks = pen.spark(heights / top if top > 0 else heights)
    most = show(top, unit) if top > 0 else "none"
    return f"  {pen.left(name, NAMES)}{pen.style(marks, 'bar')}  {pen.text(most)}"


def _axis(pen: Pen, d: Diagnosis, scale: tuple[float, float, int]) -> list[str]:
    """First and last second; between them a mark where the run turned, and what turned."""
    first, last, cells = scale
    start, end = at(first), at(last)
    turns = d.inflections[:1] if last > first else ()
    mark, said = "", []
    for turn in turns:
        place = int(series.cell_of(np.array([turn.at_s]), first, last, cells)[0])
        mark = " " * (place - len(start)) + pen.text("▲")
        said = pen.wrap(f"turned at {turned(turn)}", min(pen.width, CHART) - NAMES - 2)
    gap = max(1, cells - columns(start + mark + end))
    margin = " " * (NAMES + 2)
    quiet = pen.style(start, "quiet"), pen.style(" " * gap + end, "quiet")
    axis = margin + quiet[0] + pen.style(mark, "mark") + quiet[1]
    return [axis, *(margin + pen.style(line, "mark") for line in said)]
