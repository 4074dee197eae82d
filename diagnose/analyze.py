"""A run directory → a diagnosis: ingest → clock → inflect → ladder → capacity → judge."""

from __future__ import annotations

import difflib
import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from diagnose import (
    __version__,
    fitness,
    guess,
    inflect,
    judge,
    ladder,
    loadcurve,
    signals,
    topology,
)
from diagnose.capacity import capacities
from diagnose.case import Case, Run, Windows
from diagnose.clock import Window, shifts, times_of
from diagnose.errors import NothingToRead, UsageError
from diagnose.grid import Grid
from diagnose.ingest import Ingested, Progress, Source, ingest
from diagnose.metrics import METRICS
from diagnose.model import (
    NAN,
    Component,
    Diagnosis,
    Fitness,
    Inflection,
    Suspect,
    Topology,
)
from diagnose.plugins import load as load_folder
from diagnose.readings import Array
from diagnose.rundir import RunDirectory
from diagnose.tiers import TierLog, tier_log
from diagnose.topology import Settings
from diagnose.units import show

# nginx's and an application's logs of one host are two tiers; the outer one speaks for it.
HANG_UP_S = 1.0  # the last second, in which generators hang up, is no load


@dataclass(slots=True)
class _Work:
    """What the stages hand on."""

    run_dir: RunDirectory
    ingested: Ingested
    topology: Topology
    settings: Settings
    by_component: dict[str, list[Source]]
    shifts: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def analyze(
    path: Path,
    *,
    out: Path | None = None,
    symptom: str = "",
    progress: Progress = lambda _: None,
) -> tuple[Diagnosis, Run, RunDirectory]:
    """Diagnose a run directory, or any folder of files.

    Args:
        symptom: `component.metric` of a table of metrics, where no load test's result is there.

    Raises:
        DiagnoseError: nothing can be read; the hint says what to do.
    """
    run_dir = RunDirectory.open(path, out)
    load_folder("collectors")
    load_folder("rules")
    work = _gather(run_dir, progress)
    progress("judging")
    grid, curve, logs = _load(work, symptom)
    asked = _asked_symptom(work, symptom or work.settings.symptom)
    run = _run(work, grid, curve, logs)
    turns = _turn_of(run, asked) if asked[0] else _inflections(grid, curve)
    _turn(run, grid, curve, logs, turns)
    return _diagnosis(work, grid, curve, run, turns, asked), run, run_dir


# -- gather ------------------------------------------------------------------------------------
def _gather(run_dir: RunDirectory, progress: Progress) -> _Work:
    told = topology.read(run_dir.toml)
    settings = told[1] if told else Settings()
    done = ingest(run_dir, settings, progress)
    readable = [s for s in done.sources if not s.error]
    if not readable:
        raise NothingToRead(
            f"{run_dir.path} holds nothing that diagnose can read" + _first_troubles(done),
            hint="run `diagnose formats` for what is read, and how to get it",
        )
    notes: list[str] = []
    if told:
        system = _with_strays(told[0], done.sources, notes)
    else:
        system, why = guess.guess(done.sources)
        notes.append(_write_guess(run_dir, system, why))
    return _Work(run_dir, done, system, settings, _by_component(system, done.sources), {}, notes)


def _first_troubles(done: Ingested) -> str:
    troubles = [s.error for s in done.sources if s.error]
    troubles += [f"{path} is empty" for path in done.empty]
    troubles += [f"{path} is of no known format" for path in done.unrecognized]
    return ": " + "; ".join(troubles[:3]) if troubles else ""


def _with_strays(system: Topology, sources: list[Source], notes: list[str]) -> Topology:
    """Folders that diagnose.toml does not name are components beside the path."""
    known = {c.name for c in system.components} | {c.host for c in system.components}
    tables = {name for s in sources for name in s.reading.component}
    strays = sorted(({s.folder for s in sources if s.folder} | tables) - known)
    if strays:
        notes.append(f"not named in diagnose.toml, taken as bystanders: {', '.join(strays)}")
    extra = tuple(Component(name, "other", name) for name in strays)
    return Topology((*system.components, *extra), system.declared)


def _write_guess(run_dir: RunDirectory, system: Topology, why: dict[str, str]) -> str:
    chain = " → ".join(system.path()) or "no order"
    said = f"there is no diagnose.toml; from the files it was made out that requests go {chain}"
    target = run_dir.toml
    if target.exists():
        return said
    try:
        target.write_text(topology.spell(system, run_dir.name, why), encoding="utf-8")
    except OSError:
        return said + " (and the folder cannot be written to, to keep that for you to correct)"
    return f"{said}; that was written to {target.name}: please correct it and run again"


def _by_component(system: Topology, sources: list[Source]) -> dict[str, list[Source]]:
    home = {c.host: c.name for c in system.components}
    home |= {c.name: c.name for c in system.components}
    out: dict[str, list[Source]] = {c.name: [] for c in system.components}
    flat = _only_place(system)
    for source in sources:
        name = home.get(source.folder, flat.get(source.role, ""))
        if name:
            source.folder = name
            out[name].append(source)
        others = {home[part] for part in source.reading.component if part in home} - {name}
        for other in sorted(others):
            out[other].append(source)
    return out


def _only_place(system: Topology) -> dict[str, str]:
    """Role -> component, where a declared topology has one of the kind (for flat files)."""
    by_role: dict[str, list[str]] = defaultdict(list)
    for component in system.components:
        by_role[component.role].append(component.name)
    return {role: names[0] for role, names in by_role.items() if len(names) == 1}


# -- clock and load ------------------------------------------------------------------------------
def _load(work: _Work, symptom: str) -> tuple[Grid, loadcurve.LoadCurve | None, dict[str, TierLog]]:
    sources = work.ingested.sources
    chosen = loadcurve.choose(sources)
    rough = loadcurve.window_of(chosen.series, 0.0) if chosen else _rough_window(work)
    _shift_all(work, rough)
    if chosen is not None:
        rough = loadcurve.window_of(chosen.series, work.shifts[chosen.source.path])
    elif (outermost := _outermost_times(work)) is not None:
        rough = loadcurve.window_of_requests(outermost) or rough
    window = _asked_window(work.settings, rough)
    grid = Grid.over(window.begin_s, window.end_s)
    logs = _tier_logs(work, grid)
    first = next((n for n in work.topology.path() if n in logs), next(iter(sorted(logs)), ""))
    if chosen is not None:
        shift = work.shifts[chosen.source.path]
        return grid, loadcurve.from_tool(chosen, sources, shift, grid, logs.get(first)), logs
    return grid, (loadcurve.from_tier(logs[first], grid) if first else None), logs


def _shift_all(work: _Work, window: Window) -> None:
    for component in work.topology.components:
        own = [s for s in work.by_component[component.name] if s.folder == component.name]
        _shift(work, component, own, window)
    for source in work.ingested.sources:  # a table that speaks of others has a clock of its own
        if source.path not in work.shifts:
            _shift(work, Component(source.path, "other"), [source], window)


def _shift(work: _Work, component: Component, sources: list[Source], window: Window) -> None:
    moved, notes = shifts(component, sources, work.settings.timezone, window)
    work.shifts |= moved
    work.notes += notes


def _rough_window(work: _Work) -> Window:
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


def _outermost_times(work: _Work) -> Array | None:
    for name in (*work.topology.path(), *sorted(work.by_component)):
        found = [
            r.ended_s + work.shifts[s.path]
            for s, r in loadcurve.requests_of(work.by_component.get(name, []))
        ]
        if found:
            return np.concatenate(found)
    return None


def _asked_window(settings: Settings, found: Window) -> Window:
    begin = _instant(settings.begin) if settings.begin else found.begin_s
    end = _instant(settings.end) if settings.end else found.end_s
    if end <= begin:
        raise UsageError(
            "the window of the run ends before it begins", hint="correct begin and end"
        )
    return Window(begin, end)


def _instant(text: str) -> float:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is no time", hint='write it as "2026-03-01T10:00:00Z"'
        ) from None
    from datetime import UTC

    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _tier_logs(work: _Work, grid: Grid) -> dict[str, TierLog]:
    out = {}
    for name, sources in work.by_component.items():
        kinds: dict[str, list[Source]] = defaultdict(list)
        for source in sources:
            if source.reading.requests:
                kinds[source.kind].append(source)
        logs = []
        for _, mine in sorted(kinds.items()):
            parts = [(r, work.shifts[s.path]) for s in mine for r in s.reading.requests]
            logs.append(tier_log(name, " + ".join(s.path for s in mine), parts, grid))
        if logs:
            out[name] = max(logs, key=_outerness)
    return out


def _outerness(log: TierLog) -> tuple[bool, float]:
    known = log.duration_s[np.isfinite(log.duration_s)]
    return bool(known.size), float(known.mean()) if known.size else 0.0


# -- the run --------------------------------------------------------------------------------------
def _run(
    work: _Work,
    grid: Grid,
    curve: loadcurve.LoadCurve | None,
    logs: dict[str, TierLog],
) -> Run:
    none = np.full(grid.cells_s.size, NAN)
    run = Run(
        grid.middles_s,
        _windows(grid, None),
        work.topology,
        load=curve.summary if curve else None,
        throughput_per_s=curve.throughput_per_s if curve else none,
        users=curve.users if curve else none,
        latency_s=curve.mean_s if curve else none,
        failures_per_s=curve.failures_per_s if curve else none,
    )
    for component in work.topology.components:
        case = Case(run, component)
        work.notes += signals.fill(case, work.by_component[component.name], work.shifts, grid)
        if component.name in logs:
            signals.add_tier(case, logs[component.name], grid)
        run.cases[component.name] = case
    generator = _generator(work.topology)
    if curve is not None and generator:
        signals.add_load(run.cases[generator], curve, grid)
    return run


def _turn(
    run: Run,
    grid: Grid,
    curve: loadcurve.LoadCurve | None,
    logs: dict[str, TierLog],
    turns: tuple[Inflection, ...],
) -> None:
    """All that follows from where the run turned: windows, ladders, capacities."""
    run.inflection = turns[0] if turns else None
    run.windows = _windows(grid, run.inflection)
    _climb(run, grid, curve, logs, _generator(run.topology))
    run.capacities = capacities(run)


def _asked_symptom(work: _Work, asked: str) -> tuple[str, str, str]:
    """Component, metric and part of the symptom that the user named, or that a table names.

    Raises:
        UsageError: there is no such series.
    """
    names = {
        (table or source.folder, samples.metric, samples.part)
        for source in work.ingested.sources
        for table, series in source.reading.component.items()
        for samples in series
    }
    if not asked:
        named = sorted(n for n in names if n[1] == "symptom")
        return named[0] if named else ("", "", "")
    for component in sorted((c.name for c in work.topology.components), key=len, reverse=True):
        metric = asked.removeprefix(f"{component}.")
        found = [n for n in sorted(names) if n[:2] == (component, metric)]
        if metric != asked and (found or metric in METRICS):
            return found[0] if found else (component, metric, "")
    near = difflib.get_close_matches(asked, [f"{c}.{m}" for c, m, _ in names], n=3, cutoff=0.3)
    raise UsageError(
        f"there is no series {asked!r}",
        hint=f"did you mean {', '.join(near)}?" if near else "write it as component.metric",
    )


def _turn_of(run: Run, asked: tuple[str, str, str]) -> tuple[Inflection, ...]:
    component, metric, part = asked
    signal = run.cases[component].signal(metric, part)
    if signal is None:
        raise UsageError(
            f"{component} has no readings of {metric} that could show the symptom",
            hint="name another series with --symptom component.metric",
        )
    if run.load is None and signal.metric.unit in ("s", ""):
        run.latency_s = signal.values
    name = f"{component}.{metric}"
    turn = inflect.symptom_turn(run.grid_s, signal.values, name, signal.metric.unit)
    return (turn,) if turn is not None else ()


def _inflections(grid: Grid, curve: loadcurve.LoadCurve | None) -> tuple[Inflection, ...]:
    if curve is None:
        return ()
    columns = (curve.requests, curve.failed, curve.seconds, curve.users)
    return inflect.inflections(
        inflect.bins(grid.cells_s, grid.step_s, grid.load_s - HANG_UP_S, columns)
    )


def _windows(grid: Grid, turn: Inflection | None) -> Windows:
    middle = grid.middles_s
    load = (middle >= 0) & (middle < max(grid.load_s - HANG_UP_S, grid.step_s))
    at_s = turn.at_s if turn else grid.load_s / 2
    return Windows(middle < 0, load & (middle < at_s), load & (middle >= at_s), load)


def _generator(system: Topology) -> str:
    return next((c.name for c in system.components if c.role == "load_generator"), "")


def _climb(
    run: Run,
    grid: Grid,
    curve: loadcurve.LoadCurve | None,
    logs: dict[str, TierLog],
    generator: str,
) -> None:
    at_s = run.inflection.at_s if run.inflection else grid.load_s / 2
    end_s = max(grid.load_s - HANG_UP_S, at_s)
    before, after = ladder.Stretch(0.0, at_s), ladder.Stretch(at_s, end_s)
    user = None
    if curve is not None and curve.summary.tool:
        user = ladder.UserView(
            generator or curve.summary.tool,
            curve.mean_during(0.0, at_s, grid),
            curve.mean_during(at_s, end_s, grid),
            curve.summary.requests,
            curve.summary.failures,
            curve.summary.source,
        )
    whole = ladder.Stretch(0.0, grid.load_s + grid.step_s)
    run.ladder = ladder.climb(run.topology, logs, user, before, after, whole)


# -- the diagnosis ---------------------------------------------------------------------------
def _diagnosis(
    work: _Work,
    grid: Grid,
    curve: loadcurve.LoadCurve | None,
    run: Run,
    turns: tuple[Inflection, ...],
    asked: tuple[str, str, str],
) -> Diagnosis:
    checks = fitness.checks(run, grid, judge.findings_at_generator(run))
    judged = judge.judge(run, work.settings.suppressed, asked)
    verdict = _verdict(run, checks, judged.suspects)
    notes = [*(curve.notes if curve else ()), *work.notes, *judged.notes]
    rows = tuple(s.row(s.folder) for s in work.ingested.sources)
    return Diagnosis(
        run=work.settings.name or work.run_dir.name,
        tool_version=__version__,
        verdict=verdict,
        sentence=_sentence(run, verdict, judged.suspects, checks),
        fitness=checks,
        load=run.load,
        inflections=turns,
        suspects=tuple(judged.suspects),
        cleared=tuple(judged.cleared),
        unknown=tuple(judged.unknown),
        ladder=run.ladder,
        capacity=run.capacities,
        statements=tuple(s for c in run.cases.values() for s in c.statements),
        sources=rows,
        unrecognized=tuple([*work.ingested.unrecognized]),
        notes=tuple(dict.fromkeys([*notes, *(f"{p} is empty" for p in work.ingested.empty)])),
        topology=work.topology,
        started_epoch_s=grid.start_s,
    )


def _verdict(run: Run, checks: tuple[Fitness, ...], suspects: list[Suspect]) -> str:
    unfit = run.load is not None and any(fitness.unfit(checks))
    if unfit or (run.load is None and run.inflection is None):
        return "insufficient_evidence"
    if run.inflection is None:
        return "no_bottleneck"
    likely = any(s.level == "likely" for s in suspects)
    return "bottleneck" if likely else "insufficient_evidence"


def _sentence(run: Run, verdict: str, suspects: list[Suspect], checks: tuple[Fitness, ...]) -> str:
    if run.load is None and run.inflection is None:
        return (
            "There is no load test result and no access log, so no symptom can be told "
            "(a table of metrics needs --symptom component.metric)."
        )
    for failed in fitness.unfit(checks):
        return f"The run cannot be judged: {failed.says}."
    turn = run.inflection
    if turn is None:
        assert run.load is not None
        return (
            f"No bottleneck: throughput followed the load up to "
            f"{show(run.load.throughput_max_per_s, '1/s')}"
            f"{_users(run.load.users_max)}, and neither response times nor failures turned."
        )
    at = f"{show(turn.at_s, 's')} in"
    if not math.isnan(turn.throughput_per_s):
        at = f"{show(turn.throughput_per_s, '1/s')}{_users(turn.users)}, {at}"
    symptom = f"At {at}, {judge.symptom_words(run)}"
    likely = [s for s in suspects if s.level == "likely"]
    if likely:
        return f"{_accused(likely)}. {symptom}."
    if suspects:
        first = suspects[0]
        lead = f"{first.component} ({first.says})"
        return f"{symptom}; what did it cannot be told for sure. First to look at: {lead}."
    return f"{symptom}; nothing that was measured explains it."


def _accused(likely: list[Suspect]) -> str:
    """The first suspect in full, and the next ones that hold a part of their own."""
    parts = []
    for suspect in likely[:3]:
        parts.append(f"{suspect.component}: {suspect.says}{_explained(suspect)}")
    return "; ".join(parts)


def _explained(suspect: Suspect) -> str:
    shares = []
    if suspect.explains.seconds_share >= 0.05:
        shares.append(f"{show(suspect.explains.seconds_share, 'ratio')} of the added time")
    if suspect.explains.failures_share >= 0.05:
        shares.append(f"{show(suspect.explains.failures_share, 'ratio')} of the failures")
    verb = "lie" if len(shares) > 1 else "lies"
    return f" ({' and '.join(shares)} {verb} there)" if shares else ""


def _users(users: float) -> str:
    return "" if math.isnan(users) else f" and {show(users)} users"
