"""Zones, dates and offsets: what to add to a source's times to get the reference clock's UTC."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from diagnose.ingest import Source
from diagnose.model import Component
from diagnose.readings import Array

QUARTER_S = 900.0  # every zone's offset is a multiple of it
DAY_S = 86_400.0
MARGIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Window:
    """The load, in epoch seconds of the reference clock."""

    begin_s: float
    end_s: float


def times_of(source: Source) -> Iterator[Array]:
    """Every column of times that a source has."""
    reading = source.reading
    for requests in reading.requests:
        yield requests.ended_s
    for statements in reading.statements:
        yield statements.at_s
    for samples in reading.samples:
        yield samples.at_s
    for tables in reading.component.values():
        yield from (s.at_s for s in tables)
    for load in reading.loads:
        if not load.relative:
            yield from (s.at_s for s in load.series)
        yield np.array([t.began_s for t in load.totals], np.float64)
    for occurrences in reading.occurrences:
        yield occurrences.at_s


def zone_shift_s(
    component: Component, sources: Iterable[Source], default: str, at_s: float
) -> float:
    """Seconds to add to naive times of a host that lives in a zone; NaN if none is known.

    The component's own timezone in diagnose.toml, else what the host said of itself.
    """
    for zone in (component.timezone, *_zones_said(sources), *_zones_read(component), default):
        if zone:
            shift = _shift_of(zone, at_s)
            if not math.isnan(shift):
                return shift
    return math.nan


def _zones_said(sources: Iterable[Source]) -> list[str]:
    facts = [f for s in sources for f in s.reading.facts]
    offsets = [f.value for f in facts if f.name == "clock.utc_offset_s"]
    return [f.value for f in facts if f.name == "os.timezone"] + offsets


def _zones_read(component: Component) -> list[str]:
    """The zone as collect read it: its offset of that day is surer than its name."""
    clock = component.clock
    if clock is None:
        return []
    return ["" if math.isnan(clock.utc_offset_s) else str(clock.utc_offset_s), clock.zone]


def _shift_of(zone: str, at_s: float) -> float:
    try:
        return -float(zone)  # an offset in seconds, as date(1) said it
    except ValueError:
        pass
    try:
        offset = datetime.fromtimestamp(at_s, ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        return math.nan
    return -offset.total_seconds() if offset is not None else math.nan


def shifts(
    component: Component, sources: list[Source], default_zone: str, window: Window
) -> tuple[dict[str, float], list[str]]:
    """What to add to the times of each source of one component, and what to tell the user.

    Naive times get the component's zone; where none is known, or where it puts everything
    outside the load, the quarter-hour shift that fits the load is taken and said.
    """
    notes: list[str] = []
    offset = 0.0 if math.isnan(component.clock_offset_s) else component.clock_offset_s
    zone = _zone(component, sources, default_zone, window, notes)
    out = {}
    for source in sources:
        own = 0.0 if source.reading.foreign_clock else offset
        shift = (zone if source.reading.naive else 0.0) - own
        if not source.reading.date_known:
            shift += _days(source, shift, window)
        out[source.path] = shift
    return out, notes


def _zone(
    component: Component, sources: list[Source], default: str, window: Window, notes: list[str]
) -> float:
    naive = [s for s in sources if s.reading.naive]
    if not naive:
        return 0.0
    known = zone_shift_s(component, sources, default, window.begin_s)
    declared = bool(component.timezone)
    dated = [s for s in naive if s.reading.date_known]
    times = _all_times(dated)
    given = 0.0 if math.isnan(known) else known
    if declared or not times.size or _inside(times + given, window) > 0:
        return given
    fits = {k * QUARTER_S: _inside(times + k * QUARTER_S, window) for k in range(-56, 57)}
    best = max(fits, key=lambda shift: (fits[shift], -abs(shift - given)))
    if fits[best] == 0:
        return given
    hours = -best / 3600
    notes.append(
        f"{component.name}: logs without a time zone only fit the load as UTC{hours:+g} h; "
        f"they were read so (set timezone of {component.name} in diagnose.toml to be sure)"
    )
    return best


def _all_times(sources: list[Source]) -> Array:
    columns = [column for source in sources for column in times_of(source)]
    times = np.concatenate(columns) if columns else np.zeros(0)
    return times[np.isfinite(times)]


def _inside(times: Array, window: Window) -> int:
    return int(((times >= window.begin_s - MARGIN_S) & (times <= window.end_s + MARGIN_S)).sum())


def _days(source: Source, shift: float, window: Window) -> float:
    """Whole days that bring a source of unknown date nearest to the load."""
    times = _all_times([source])
    if not times.size:
        return 0.0
    middle = float(np.median(times)) + shift
    return round(((window.begin_s + window.end_s) / 2 - middle) / DAY_S) * DAY_S
