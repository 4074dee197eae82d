"""What `diagnose compare` found, as text for a terminal and as JSON."""

from __future__ import annotations

import dataclasses
import json
import math
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from diagnose.compare import Comparison, regressions
from diagnose.differences import Difference, Differences
from diagnose.effects import Effect
from diagnose.hosts.printable import printable
from diagnose.told import Told
from diagnose.units import digits, show

SCHEMA_VERSION = 1
PLAIN = str.maketrans({"→": "->", "−": "-", "…": "...", "µ": "u", "×": "x", "·": "-"})
BOLD, RED, GREEN, DIM = 1, 31, 32, 2
LEAST_COLUMNS = 72
MANY_ROWS = 40  # settings that differ; --json has them all (a choice)
WIDEST_VALUE = 40


def as_text(
    found: Sequence[Comparison], *, width: int = 100, colour: bool = False, ascii: bool = False
) -> str:
    """A block for each comparison: the bottleneck, the numbers, what was set anew."""
    draw = _Drawing(max(width, LEAST_COLUMNS), colour)
    text = "\n\n".join("\n".join(draw.block(one)) for one in found) + "\n"
    return text.translate(PLAIN).encode("ascii", "replace").decode() if ascii else text


class _Drawing:
    """How wide, and whether in colour."""

    def __init__(self, width: int, colour: bool) -> None:
        self._width, self._colour = width, colour

    def block(self, one: Comparison) -> Iterator[str]:
        before, after = printable(one.before.name), printable(one.after.name)
        yield self._in(BOLD, f"{before} → {after}")
        yield from self._wrapped("  Bottleneck: ", one.says)
        yield ""
        yield from self._numbers(one.effects, before, after)
        if one.differences is not None:
            yield from self._settings(one.differences, before, after)
        if one.notes:
            yield ""
            for note in one.notes:
                yield from self._wrapped("  · ", note)

    def _numbers(self, rows: Iterable[Effect], before: str, after: str) -> Iterator[str]:
        table = [("", before, after, "change, with its 95 % interval", 0)]
        table += [
            (e.name, show(e.before, e.unit), show(e.after, e.unit), _changed(e), _mood(e))
            for e in rows
        ]
        first, second, third = (max(len(str(row[i])) for row in table) for i in range(3))
        for name, was, now, change, mood in table:
            line = f"  {name:<{first}}  {was:>{second}}  {now:>{third}}  "
            yield line + self._in(mood or (DIM if not name else 0), change)

    def _settings(self, found: Differences, before: str, after: str) -> Iterator[str]:
        yield ""
        if not found.rows:
            yield "  No limit, setting or topology that both runs tell differs"
        else:
            yield self._in(BOLD, "  Limits, settings and topology that differ")
            yield from self._rows(found.rows)
        for name, only in ((before, found.before_only), (after, found.after_only)):
            if only:
                counts = ", ".join(f"{printable(c)} {n}" for c, n in only.items())
                yield from self._wrapped("  ", f"told by {name} alone, so not compared: {counts}")

    def _rows(self, rows: Sequence[Difference]) -> Iterator[str]:
        shown = rows[:MANY_ROWS]
        names = [printable(f"{r.name} {r.part}".strip()) for r in shown]
        who = max(len(printable(r.component)) for r in shown)
        what = max(map(len, names))
        for row, name in zip(shown, names, strict=True):
            change = f"{_short(row.before)} → {_short(row.after)}"
            yield f"  {printable(row.component):<{who}}  {name:<{what}}  {change}"
            if row.source_before or row.source_after:
                source = printable(_sources(row))
                yield self._in(DIM, f"  {'':<{who}}  {'':<{what}}  {source}")
        if len(rows) > MANY_ROWS:
            yield f"  and {len(rows) - MANY_ROWS} more; --json has them all"

    def _wrapped(self, head: str, text: str) -> list[str]:
        indent = " " * len(head)
        return textwrap.wrap(
            printable(text), self._width, initial_indent=head, subsequent_indent=indent
        )

    def _in(self, code: int, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and code and text else text


def _sources(row: Difference) -> str:
    if row.source_before == row.source_after:
        return row.source_before
    return f"{row.source_before} → {row.source_after}"


def _short(value: str) -> str:
    value = " ".join(printable(value).split())
    return value if len(value) <= WIDEST_VALUE else f"{value[: WIDEST_VALUE - 1]}…"


def _changed(e: Effect) -> str:
    if math.isnan(e.change):
        return e.why
    if not e.has_interval:
        return f"{_said(e, e.change)}{_unit(e)}; no interval: {e.why}"
    told = f"{_said(e, e.change)}{_unit(e)}"
    interval = f"({_said(e, e.low)} to {_said(e, e.high)}{_unit(e)})"
    return f"{told} {interval}" if e.differs else f"no difference can be told {interval}"


def _said(e: Effect, change: float) -> str:
    """A change in the words of its effect: +30 (%), −4.2 (points), × 3.1 where it doubled."""
    if not math.isfinite(change):
        return "from nothing"
    if _multiplied(e):
        return f"× {digits(1 + change)}"
    sign = "+" if change > 0 else "−" if change < 0 else ""
    return f"{sign}{digits(abs(100 * change), 2)}"


def _unit(e: Effect) -> str:
    return "" if _multiplied(e) or not math.isfinite(e.change) else " points" if e.points else " %"


def _multiplied(e: Effect) -> bool:
    return e.change >= 1 and not e.points


def _mood(e: Effect) -> int:
    if not e.differs:
        return 0
    more_is_good = e.unit == "1/s"
    return GREEN if (e.change > 0) == more_is_good else RED


# -- JSON -----------------------------------------------------------------------------------------
def as_json(found: Sequence[Comparison], tolerance: float) -> str:
    """One object a comparison; null is: not measured. Changes are ratios, points differences."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "tolerance": tolerance,
        "comparisons": [_comparison(one, tolerance) for one in found],
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _comparison(one: Comparison, tolerance: float) -> dict[str, Any]:
    worse, untold = regressions(one, tolerance)
    return {
        "before": _run(one.before),
        "after": _run(one.after),
        "bottleneck": {"change": one.bottleneck, "says": one.says},
        "effects": [
            {
                "name": e.name,
                "unit": e.unit,
                "before": _number(e.before),
                "after": _number(e.after),
                "change": _number(e.change),
                "change_in": "points" if e.points else "ratio",
                "interval": [_number(e.low), _number(e.high)] if e.has_interval else None,
                "differs": e.differs if e.has_interval else None,
                "why_no_interval": e.why,
            }
            for e in one.effects
        ],
        "differences": dataclasses.asdict(one.differences) if one.differences else None,
        "regressions": worse,
        "not_judged": untold,
        "notes": list(one.notes),
    }


def _run(run: Told) -> dict[str, Any]:
    return {
        "run": run.name,
        "verdict": run.verdict,
        "sentence": run.sentence,
        "suspects": [dataclasses.asdict(culprit) for culprit in run.culprits],
        "users_max": _number(run.users_max),
        "lasted_s": _number(run.lasted_s),
    }


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None
