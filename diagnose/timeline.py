"""Clocks, windows and the grid: every source on one time line whose zero is the load's start."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from diagnose import loadcurve, skew
from diagnose.clock import Window, shifts, times_of
from diagnose.copies import without_copies
from diagnose.errors import NothingToRead, UsageError
from diagnose.gather import Work
from diagnose.grid import Grid
from diagnose.ingest import Source
from diagnose.model import Component
from diagnose.readings import Array
from diagnose.tiers import TierLog, tier_log
from diagnose.units import show

# A load generator reports a few seconds late; clocks closer than this are left alone.
NOTEWORTHY_S = 6.0
WIDEST_S = 3600.0  # a window that was asked for may reach so far beyond the load


def lay_out(work: Work) -> tuple[Grid, loadcurve.LoadCurve | None, dict[str, TierLog]]:
    """The grid, the load on it, and each tier's requests on the reference clock.

    Raises:
        NothingToRead: nothing bears a time.
    """
    sources = work.ingested.sources
    chosen = loadcurve.choose(sources)
    rough = loadcurve.window_of(chosen.series, 0.0) if chosen else _rough_window(work)
    _shift_all(work, rough)
    _set_clocks_right(work, chosen)
    if chosen is not None:
        rough = loadcurve.window_of(chosen.series, work.shifts[chosen.source.path])
    elif (outermost := _outermost_times(work)) is not None:
        rough = loadcurve.window_of_requests(outermost) or rough
    window = _asked_window(work, rough)
    grid = Grid.over(window.begin_s, window.end_s)
    logs = _tier_logs(work, grid)
    first = next((n for n in work.topology.path() if n in logs), next(iter(sorted(logs)), ""))
    if chosen is not None:
        shift = work.shifts[chosen.source.path]
        return grid, loadcurve.from_tool(chosen, sources, shift, grid, logs.get(first)), logs
    timed = (n for n in work.topology.path() if n in logs and np.isfinite(logs[n].duration_s).any())
    first = next(timed, first)  # a log without durations shows no rise
    return grid, (loadcurve.from_tier(logs[first], grid) if first else None), logs


def _shift_all(work: Work, window: Window) -> None:
    for component in work.topology.components:
        own = [s for s in work.by_component[component.name] if s.folder == component.name]
        _shift(work, component, own, window)
    for source in work.ingested.sources:  # a table that speaks of others has a clock of its own
        if source.path not in work.shifts:
            _shift(work, Component(source.path, "other"), [source], window)


def _shift(work: Work, component: Component, sources: list[Source], window: Window) -> None:
    moved, notes = shifts(component, sources, work.settings.timezone, window)
    work.shifts |= moved
    work.notes += notes


def _set_clocks_right(work: Work, chosen: loadcurve.Chosen | None) -> None:
    """Take out of each tier's times what its requests show its clock to be off by.

    Only where nobody measured the offset: the same requests passed all tiers. The first
    tier is held against the load generator, the others against the tier in front.
    """
    reference = _load_times(work, chosen) if chosen is not None else None
    for name in work.topology.path():
        times = _times_at(work, name)
        if times is None:
            continue
        if reference is not None and math.isnan(work.topology[name].clock_offset_s):
            offset = skew.offset_s(reference, times)
            if abs(offset) >= NOTEWORTHY_S:
                _move(work, name, offset)
                times = times - offset
        reference = times


def _move(work: Work, name: str, offset_s: float) -> None:
    for source in work.by_component[name]:
        if source.folder == name:
            work.shifts[source.path] -= offset_s
    way = "ahead" if offset_s > 0 else "behind"
    work.notes.append(
        f"{name}: its clock seems {show(abs(offset_s), 's')} {way}, by when the same requests "
        "stand in its log; its times were moved"
    )


def _load_times(work: Work, chosen: loadcurve.Chosen) -> Array:
    series = chosen.series
    at_s = series.at_s + work.shifts[chosen.source.path]
    counts = np.nan_to_num(series.requests).astype(int)
    return np.repeat(at_s, np.maximum(counts, 0))


def _rough_window(work: Work) -> Window:
    """For want of a load tool: the busiest log, else everything that has a time."""
    logs = [r for s in work.ingested.sources for r in s.reading.requests]
    if logs:
        busiest = max(logs, key=lambda r: r.ended_s.size)
        found = loadcurve.window_of_requests(busiest.ended_s)
        if found is not None:
            return found
    columns = [t[np.isfinite(t)] for s in work.ingested.sources for t in times_of(s)]
    times = np.concatenate(columns) if columns else np.zeros(0)
    if not times.size:
        raise NothingToRead(
            f"nothing in {work.run_dir.path} bears a time, so nothing can be set in order",
            hint="add the load tool's result or an access log; stamp sampled commands with "
            '`echo "# $(date +%s.%N)"` before each',
        )
    return Window(float(times.min()), float(times.max()))


def _outermost_times(work: Work) -> Array | None:
    names = (*work.topology.path(), *sorted(work.by_component))
    return next((t for name in names if (t := _times_at(work, name)) is not None), None)


def _times_at(work: Work, name: str) -> Array | None:
    """When requests ended at a component; None where it logs none."""
    pairs = loadcurve.requests_of(work.by_component.get(name, []))
    found = [requests.ended_s + work.shifts[source.path] for source, requests in pairs]
    return np.concatenate(found) if found else None


def _asked_window(work: Work, found: Window) -> Window:
    """The load's own window, narrowed (or widened a little) to the one that was asked for."""
    settings = work.settings
    found = Window(found.begin_s, max(found.end_s, found.begin_s + 1.0))
    begin_s = _instant(settings.begin, settings.timezone) if settings.begin else found.begin_s
    end_s = _instant(settings.end, settings.timezone) if settings.end else found.end_s
    if end_s <= begin_s:
        raise UsageError(
            "the window of the run ends before it begins",
            hint="correct begin and end in diagnose.toml",
        )
    if end_s <= found.begin_s or begin_s >= found.end_s:
        raise UsageError(
            f"the window of the run holds no load, which lasted from {_utc(found.begin_s)} to "
            f"{_utc(found.end_s)}",
            hint="correct begin and end in diagnose.toml, or give their time zone",
        )
    reach_s = max(WIDEST_S, found.end_s - found.begin_s)
    return Window(max(begin_s, found.begin_s - reach_s), min(end_s, found.end_s + reach_s))


def _instant(text: str, zone: str) -> float:
    at = datetime.fromisoformat(text)  # topology has checked it
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone or "UTC"))).timestamp()


def _utc(epoch_s: float) -> str:
    return f"{datetime.fromtimestamp(epoch_s, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _tier_logs(work: Work, grid: Grid) -> dict[str, TierLog]:
    out = {}
    for name, sources in work.by_component.items():
        kinds: dict[str, list[Source]] = defaultdict(list)
        for source in sources:
            if source.reading.requests:
                kinds[source.kind].append(source)
        logs = []
        for _, mine in sorted(kinds.items()):
            columns = [(s, r) for s in mine for r in s.reading.requests]
            keep, copies = without_copies([(s.path, r) for s, r in columns])
            work.notes += [
                f"{path} holds the same requests as another log: read once" for path in copies
            ]
            columns = [columns[i] for i in keep]
            parts = [(r, work.shifts[s.path]) for s, r in columns]
            logs.append(tier_log(name, " + ".join(s.path for s, _ in columns), parts, grid))
        if logs:
            out[name] = max(logs, key=_outerness)
    return out


def _outerness(log: TierLog) -> tuple[bool, float]:
    known = log.duration_s[np.isfinite(log.duration_s)]
    return bool(known.size), float(known.mean()) if known.size else 0.0
