"""Rows of Locust's stats history, by route, and the stretch of them that is one run."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from diagnose.badlines import BadLines
from diagnose.delimited import Columns, Row, number, table
from diagnose.errors import UnreadableSource
from diagnose.rawfile import RawFile
from diagnose.readings import Array
from diagnose.stamps import stamp_s

# Fields of a row, in the order of Track.rows.
AT, LINE, TICK, USERS, N, FAILED, MEAN, MAX, P50, P95, P99, P100 = range(12)
NAMES = (
    ("user count",),
    ("total request count", "# requests", "request count"),
    ("total failure count", "# failures", "failure count"),
    ("total average response time", "average response time"),
    ("total max response time", "max response time"),
    ("50%",),
    ("95%",),
    ("99%",),
    ("100%",),
)
Rows: TypeAlias = NDArray[np.float64]
# Counters that fall while users stay at work and the clock goes on: --reset-stats, not a new run.
RESET_GAP_S = 5.0


@dataclass(slots=True)
class Track:
    """Rows of one route. A tick is one writing of the file: it ends with an Aggregated row."""

    rows: list[list[float]] = field(default_factory=list)


def is_header(columns: Columns) -> bool:
    """The header of a history, of whatever version."""
    return {"timestamp", "name", "requests/s"} <= columns.keys() and (
        "user count" in columns or "# requests" in columns
    )


def tracks_of(raw: RawFile, bad: BadLines) -> tuple[dict[str, Track], set[int]]:
    """Rows by route, and the ticks before which a header stood again."""
    tracks: dict[str, Track] = {}
    restarts: set[int] = set()
    columns: Columns = {}
    at: list[int] = []
    tick = 0
    for row in table(raw, bad, is_header):
        if row.columns is not columns:
            columns, at = row.columns, _places(raw, row)
            restarts.add(tick)
        values = [float(tick), *(_value(row, place) for place in at)]
        when = _when(row.cell("timestamp"))
        if math.isnan(when) or math.isnan(values[2]):
            bad.note(row.line, row.separator.join(row.cells))
            continue
        route = _route(row)
        tracks.setdefault(route, Track()).rows.append([when, float(row.line), *values])
        tick += not route
    return tracks, restarts


def _places(raw: RawFile, row: Row) -> list[int]:
    """Where the fields stand; -1 for one that this version does not write."""
    places = [next((row.columns[n] for n in names if n in row.columns), -1) for names in NAMES]
    if places[1] < 0:
        raise UnreadableSource(
            raw.path,
            "a Locust history without a column of request totals, which counts are taken from",
            line=row.line - 1,
            hint="keep all columns that `locust --csv` writes",
        )
    return places


def _value(row: Row, place: int) -> float:
    return number(row.cells[place], row.separator) if place >= 0 else math.nan


def _when(text: str) -> float:
    at_s = number(text)
    if math.isnan(at_s):
        return stamp_s(text)
    return at_s / 1000 if at_s > 1e11 else at_s


def _route(row: Row) -> str:
    method, name = row.cell("type", "method"), row.cell("name")
    if method in ("", "None") and name in ("Aggregated", "Total"):
        return ""
    return f"{method} {name}".strip()


def array_of(track: Track) -> Rows:
    return np.array(track.rows, float).reshape(-1, 12)


def run_of(whole: Rows, restarts: set[int], notes: list[str]) -> tuple[float, float]:
    """The ticks [first, last) of the run that is told of: the last one of some length."""
    cuts = [0]
    falls = set((np.flatnonzero(np.diff(whole[:, N]) < 0) + 1).tolist())
    for at in sorted(falls | (restarts & set(range(1, len(whole))))):
        if at in restarts or not _goes_on(whole, at):
            cuts.append(at)
    _note_clock(whole, notes)
    ends = [*cuts[1:], len(whole)]
    if len(cuts) == 1:
        return 0.0, math.inf
    sizes = [_requests(whole[a:b, N]) for a, b in zip(cuts, ends, strict=True)]
    chosen = max(i for i, size in enumerate(sizes) if size >= 0.5 * max(sizes))
    first, last = cuts[chosen], ends[chosen]
    notes.append(
        f"{len(cuts)} runs stand one behind another in it; the one from line "
        f"{whole[first, LINE]:.0f} on was read ({sizes[chosen]:.0f} requests)"
    )
    return float(first), float(last) if last < len(whole) else math.inf


def _requests(totals: Array) -> float:
    steps = np.diff(totals, prepend=0.0)
    return float(np.where(steps < 0, totals, steps).sum())


def _goes_on(whole: Rows, at: int) -> bool:
    """Whether the run went on when its counters were set back (--reset-stats)."""
    before, after = whole[at - 1], whole[at]
    users = np.nan_to_num(before[USERS]), np.nan_to_num(after[USERS])
    return bool(0 <= after[AT] - before[AT] <= RESET_GAP_S and 0 < 0.5 * users[0] <= users[1])


def _note_clock(whole: Rows, notes: list[str]) -> None:
    steps = np.diff(whole[:, AT])
    for at in np.flatnonzero((steps < 0) & (np.diff(whole[:, N]) >= 0)):
        notes.append(
            f"line {whole[at + 1, LINE]:.0f}: the clock went back by {-steps[at]:.0f} s; "
            "times stand as they were written"
        )
