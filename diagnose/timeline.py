"""Clocks, windows and the grid: every source on one time line whose zero is the load's start."""

from __future__ import annotations

import fnmatch
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from diagnose import loadcurve, skew
from diagnose.clock import Window, shifts, times_of
from diagnose.copies import without_copies
from diagnose.drift import straightened
from diagnose.errors import NothingToRead, UsageError
from diagnose.gather import Work
from diagnose.grid import Grid
from diagnose.ingest import Source
from diagnose.loadchoice import Chosen, Telling, Times, all_tests, choose
from diagnose.loadseries import window_of, window_of_requests
from diagnose.model import Component
from diagnose.plugins import best_command
from diagnose.readings import Array, Requests
from diagnose.tiers import TierLog, tier_log
from diagnose.topology import epoch_s
from diagnose.units import show

# A load generator reports a few seconds late; clocks closer than this are left alone.
NOTEWORTHY_S = 6.0
CUT_S = 2.0  # a log that ends so shortly before the load does holds all of it (a choice)
WIDEST_S = 3600.0  # a window that was asked for may reach so far beyond the load


def lay_out(work: Work) -> tuple[Grid, loadcurve.LoadCurve | None, dict[str, TierLog]]:
    """The grid, the load on it, and each tier's requests on the reference clock.

    Raises:
        NothingToRead: nothing bears a time, and no load tool's result is there.
    """
    tests = all_tests(work.ingested.sources)
    rough = tests.rough() or _rough_window(work)
    if rough is None and not tests.trials:
        _refuse_a_load_without_responses(work)
        raise NothingToRead(
            f"nothing in {work.run_dir.path} bears a time, so nothing can be set in order",
            hint="add the load tool's result or an access log; stamp sampled commands with "
            '`echo "# $(date +%s.%N)"` before each',
        )
    _shift_all(work, rough or Window(0.0, 1.0))
    chosen = choose(tests, Telling(work.shifts, _asked_begin(work), lambda: _first_tier(work)))
    _set_clocks_right(work, chosen)
    grid = _grid(work, chosen, rough)
    logs = _tier_logs(work, grid) if grid.dated else {}
    return grid, _curve(work, grid, chosen, logs), logs


def _refuse_a_load_without_responses(work: Work) -> None:
    """A tool that said only why it gave up, or whose result is not there.

    Raises:
        NothingToRead: with the tool's own words.
    """
    for source in work.ingested.sources:
        for load in source.reading.loads:
            for error in load.errors[:1]:
                raise NothingToRead(
                    f"{load.tool} got no response at all: {source.path}:{error.line} says "
                    f"{error.text!r}",
                    hint="mend that, and run the load again",
                )
    for source in work.ingested.sources:
        tools = [fact.value for fact in source.reading.facts if fact.name == "load.tool"]
        if tools and source.reading.notes:
            best = best_command(tools[0])
            raise NothingToRead(
                f"{source.path} ({source.title}) holds no result: {source.reading.notes[0]}",
                hint="run the load again, to its end" + (f": {best}" if best else ""),
            )


def _grid(work: Work, chosen: Chosen | None, rough: Window | None) -> Grid:
    """Over the load; on a zero of its own, far from any reading, where nobody knows its time."""
    if chosen is not None and chosen.series is not None and not chosen.dated:
        own = window_of(chosen.series)
        return replace(Grid.over(own.begin_s, own.end_s), dated=False)
    window = chosen.window if chosen is not None else None
    if window is None and (outermost := _outermost_times(work)) is not None:
        window = window_of_requests(outermost)
    window = window or rough
    if window is None:
        return replace(Grid.over(0.0, 1.0), dated=False)
    window = _asked_window(work, window)
    return Grid.over(window.begin_s, window.end_s)


def _curve(
    work: Work, grid: Grid, chosen: Chosen | None, logs: dict[str, TierLog]
) -> loadcurve.LoadCurve | None:
    """What the tool tells of the course of the load, else what the first tier logged."""
    first = next((n for n in work.topology.path() if n in logs), next(iter(sorted(logs)), ""))
    if chosen is not None and chosen.series is not None:
        return loadcurve.from_tool(chosen, grid, logs.get(first))
    timed = (n for n in work.topology.path() if n in logs and np.isfinite(logs[n].duration_s).any())
    first = next(timed, first)  # a log without durations shows no rise
    if first:
        return loadcurve.from_tier(logs[first], grid, chosen)
    return loadcurve.from_tool(chosen, grid) if chosen is not None else None


def _asked_begin(work: Work) -> Callable[[str], float]:
    """When the load of a file began, as [run] load_began says; NaN where it does not."""

    def began_s(path: str) -> float:
        for pattern, text in work.settings.load_began:
            if fnmatch.fnmatch(path, pattern):
                return epoch_s(text, work.settings.timezone)
        return math.nan

    return began_s


def _first_tier(work: Work) -> Times | None:
    """When requests ended at the first tier that logs any, and how long they took."""
    for name in (*work.topology.path(), *sorted(work.by_component)):
        kinds: dict[str, list[tuple[Source, Requests]]] = defaultdict(list)
        for source, requests in requests_of(work.by_component.get(name, [])):
            kinds[source.kind].append((source, requests))
        if kinds:
            columns = [pair for _, mine in sorted(kinds.items()) for pair in mine]
            keep, _ = without_copies([(s.path, r) for s, r in columns])
            return _times_of([columns[i] for i in keep], work.shifts, name)
    return None


def _times_of(columns: list[tuple[Source, Requests]], shifts: dict[str, float], name: str) -> Times:
    ended = [requests.ended_s + shifts[source.path] for source, requests in columns]
    none = [np.full(e.size, math.nan) for e in ended]
    took = [
        nothing if requests.duration_s is None else requests.duration_s
        for (_, requests), nothing in zip(columns, none, strict=True)
    ]
    return np.concatenate(ended), np.concatenate(took), name


def _shift_all(work: Work, window: Window) -> None:
    for component in work.topology.components:
        own = [s for s in work.by_component[component.name] if s.folder == component.name]
        _shift(work, component, own, window)
    for source in work.ingested.sources:  # a table that speaks of others has a clock of its own
        if source.path not in work.shifts:
            _shift(work, Component(source.path, "other"), [source], window)


def _shift(work: Work, component: Component, sources: list[Source], window: Window) -> None:
    moved, notes = shifts(component, sources, work.settings.timezone, window)
    if component.clock is not None and component.clock.drift_ppm:
        for source in (s for s in sources if not s.reading.foreign_clock):
            source.reading = straightened(source.reading, moved[source.path], component.clock)
    work.shifts |= moved
    work.notes += notes


def _set_clocks_right(work: Work, chosen: Chosen | None) -> None:
    """Take out of each tier's times what its requests show its clock to be off by.

    Only where nobody measured the offset: the same requests passed all tiers. The first
    tier is held against the load generator, the others against the tier in front.
    """
    reference = _load_times(chosen) if chosen is not None else None
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
        if source.folder == name and not source.reading.foreign_clock:
            work.shifts[source.path] -= offset_s
    way = "ahead" if offset_s > 0 else "behind"
    work.notes.append(
        f"{name}: its clock seems {show(abs(offset_s), 's')} {way}, by when the same requests "
        "stand in its log; its times were moved"
    )


def _load_times(chosen: Chosen) -> Array | None:
    """When requests ended, by the load generator's own clock."""
    series = chosen.series
    if series is None or not chosen.dated or any(t.main.load.relative for t in chosen.trials):
        return None
    counts = np.nan_to_num(series.requests).astype(int)
    return np.repeat(series.at_s, np.maximum(counts, 0))


def _rough_window(work: Work) -> Window | None:
    """For want of a load tool: the busiest log, else everything that has a time, else None."""
    logs = [r for s in work.ingested.sources for r in s.reading.requests]
    if logs:
        busiest = max(logs, key=lambda r: r.ended_s.size)
        found = window_of_requests(busiest.ended_s)
        if found is not None:
            return found
    columns = [t[np.isfinite(t)] for s in work.ingested.sources for t in times_of(s)]
    times = np.concatenate(columns) if columns else np.zeros(0)
    if not times.size:
        return None
    return Window(float(times.min()), float(times.max()))


def _outermost_times(work: Work) -> Array | None:
    names = (*work.topology.path(), *sorted(work.by_component))
    return next((t for name in names if (t := _times_at(work, name)) is not None), None)


def _times_at(work: Work, name: str) -> Array | None:
    """When requests ended at a component; None where it logs none."""
    pairs = requests_of(work.by_component.get(name, []))
    found = [requests.ended_s + work.shifts[source.path] for source, requests in pairs]
    return np.concatenate(found) if found else None


def requests_of(sources: list[Source]) -> Iterator[tuple[Source, Requests]]:
    """Every column of requests of a component's sources."""
    for source in sources:
        for requests in source.reading.requests:
            yield source, requests


def _asked_window(work: Work, found: Window) -> Window:
    """The load's own window, narrowed (or widened a little) to the one that was asked for."""
    settings = work.settings
    found = Window(found.begin_s, max(found.end_s, found.begin_s + 1.0))
    begin_s = epoch_s(settings.begin, settings.timezone) if settings.begin else found.begin_s
    end_s = epoch_s(settings.end, settings.timezone) if settings.end else found.end_s
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


def _utc(epoch_s: float) -> str:
    return f"{datetime.fromtimestamp(epoch_s, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _tier_logs(work: Work, grid: Grid) -> dict[str, TierLog]:
    out = {}
    for name, sources in work.by_component.items():
        kinds: dict[str, list[Source]] = defaultdict(list)
        for source in sources:
            if source.reading.requests and not _ends_too_early(source, work, grid):
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


def _ends_too_early(source: Source, work: Work, grid: Grid) -> bool:
    """Whether a log was cut under load: what it lacks would look lost between two tiers."""
    if not source.cut:
        return False
    last = max(float(np.nanmax(r.ended_s, initial=-math.inf)) for r in source.reading.requests)
    if last + work.shifts[source.path] >= grid.start_s + grid.load_s - CUT_S:
        return False
    work.notes.append(
        f"{source.path} ends before the load does: it is not held against other tiers"
    )
    return True


def _outerness(log: TierLog) -> tuple[bool, float]:
    known = log.duration_s[np.isfinite(log.duration_s)]
    return bool(known.size), float(known.mean()) if known.size else 0.0
