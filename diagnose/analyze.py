"""A run directory → a diagnosis: gather → lay out → inflect → ladder → capacity → judge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from diagnose import (
    __version__,
    collected,
    fingerprint,
    fitness,
    inflect,
    judge,
    ladder,
    loadcurve,
    signals,
    symptom,
)
from diagnose.capacity import capacities
from diagnose.case import Case, Run, Windows
from diagnose.gather import Work, gather
from diagnose.grid import Grid
from diagnose.ingest import Progress
from diagnose.installed import BROKEN
from diagnose.levels import Stretch, UserView
from diagnose.loadcurve import SAME_REQUESTS
from diagnose.loadlevels import turn_of_levels
from diagnose.model import NAN, Diagnosis, Inflection, Topology
from diagnose.plugins import load
from diagnose.rundir import RunDirectory
from diagnose.scalability import Scalability, levels, scalability
from diagnose.staircase import Axis
from diagnose.tiers import TierLog
from diagnose.timeline import lay_out
from diagnose.userrules import in_force
from diagnose.verdict import sentence, verdict_of

HANG_UP_S = 1.0  # the last second, in which generators hang up, is no load


def analyze(
    path: Path,
    *,
    out: Path | None = None,
    symptom_series: str = "",
    rules: Iterable[Path] = (),
    progress: Progress = lambda _: None,
) -> tuple[Diagnosis, Run, RunDirectory]:
    """Diagnose a run directory, or any folder of files.

    Args:
        symptom_series: `component.metric` of a table of metrics, where no load test's
            result is there.
        rules: folders with rules of the user's own, asked beside ours.

    Raises:
        DiagnoseError: nothing can be read; the hint says what to do.
    """
    run_dir = RunDirectory.open(path, out)
    load("collectors")
    with in_force(rules):
        return _analyzed(run_dir, symptom_series, progress)


def _analyzed(
    run_dir: RunDirectory, symptom_series: str, progress: Progress
) -> tuple[Diagnosis, Run, RunDirectory]:
    work = gather(run_dir, progress)
    progress("judging")
    grid, curve, logs = lay_out(work)
    asked = symptom.asked_for(work, symptom_series or work.settings.symptom)
    run = _run(work, grid, curve, logs)
    turns = symptom.turn_of(run, asked) if asked[0] else _inflections(grid, curve)
    _turn(run, grid, curve, logs, turns)
    return _diagnosis(work, grid, curve, run, asked), run, run_dir


def _run(
    work: Work,
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
        steps=curve.steps if curve else None,
        collection=collected.collection(
            work.manifest, work.topology, work.ingested.sources, work.notes
        )
        if work.manifest
        else None,
    )
    for component in work.topology.components:
        case = Case(run, component)
        work.notes += signals.fill(case, work.by_component[component.name], work.shifts, grid)
        if component.name in logs:
            signals.add_tier(case, logs[component.name], grid)
        run.cases[component.name] = case
    generator = _generator(work.topology)
    if curve is not None and curve.summary.tool and curve.summary.timed and generator:
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
    run.turns = turns
    run.inflection = turns[0] if turns else None
    run.windows = _windows(grid, run.inflection)
    _climb(run, grid, curve, logs, _generator(run.topology))
    run.capacities = capacities(run)


def _inflections(grid: Grid, curve: loadcurve.LoadCurve | None) -> tuple[Inflection, ...]:
    if curve is None:
        return ()
    columns = (curve.requests, curve.failed, curve.seconds, curve.users)
    if not np.isfinite(curve.requests).any():
        return ()
    found = inflect.inflections(
        inflect.bins(grid.cells_s, grid.step_s, grid.load_s - HANG_UP_S, columns)
    )
    if not found and curve.steps is not None:
        found = turn_of_levels(curve.steps, grid)
    return tuple(
        replace(turn, throughput_per_s=loadcurve.held_around(turn.at_s, curve, grid))
        for turn in found
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
    before, after = Stretch(0.0, at_s), Stretch(at_s, end_s)
    user = None
    if curve is not None and _counts_alike(curve, logs):
        user = UserView(
            generator or curve.summary.tool,
            curve.mean_during(0.0, at_s, grid),
            curve.mean_during(at_s, end_s, grid),
            curve.summary.requests,
            curve.summary.failures,
            curve.summary.source,
        )
        if not curve.summary.timed:
            user = replace(user, before_s=NAN, after_s=NAN)
    whole = Stretch(0.0, grid.load_s + grid.step_s)
    run.ladder = ladder.climb(run.topology, logs, user, before, after, whole)


def _diagnosis(
    work: Work,
    grid: Grid,
    curve: loadcurve.LoadCurve | None,
    run: Run,
    asked: tuple[str, str, str],
) -> Diagnosis:
    checks = fitness.checks(run, grid, judge.findings_at_generator(run))
    judged = judge.judge(run, work.settings.suppressed, asked)
    verdict = verdict_of(run, checks, judged.suspects)
    notes = [*(curve.notes if curve else ()), *work.notes, *judged.notes, *_empty(work)]
    notes += [*fingerprint.notes(run), *BROKEN.values()]
    return Diagnosis(
        run=work.settings.name or work.run_dir.name,
        tool_version=__version__,
        verdict=verdict,
        sentence=sentence(run, verdict, judged.suspects, checks),
        fitness=checks,
        load=run.load,
        inflections=run.turns,
        suspects=tuple(judged.suspects),
        cleared=tuple(judged.cleared),
        unknown=tuple(judged.unknown),
        ladder=run.ladder,
        capacity=run.capacities,
        statements=tuple(s for c in run.cases.values() for s in c.statements),
        sources=tuple(s.row(s.folder) for s in work.ingested.sources),
        unrecognized=tuple(work.ingested.unrecognized),
        notes=tuple(dict.fromkeys(notes)),
        topology=work.topology,
        started_epoch_s=grid.start_s if grid.dated else NAN,
        scalability=_scalability(run),
        steps=run.steps,
        collection=run.collection,
    )


def _empty(work: Work) -> list[str]:
    paths = work.ingested.empty
    if not paths:
        return []
    return [f"{', '.join(paths)} {'is' if len(paths) == 1 else 'are'} empty"]


def _counts_alike(curve: loadcurve.LoadCurve, logs: dict[str, TierLog]) -> bool:
    """Whether the tool told of the course of the load, or counted what the logs counted."""
    told = curve.summary
    if not told.tool or told.timed:
        return bool(told.tool)
    seen = max((float(log.during(0.0, log.load_s).sum()) for log in logs.values()), default=0.0)
    return abs(told.requests - seen) <= SAME_REQUESTS * told.requests


def _scalability(run: Run) -> Scalability | None:
    steps = run.steps
    if steps is not None and steps.axis is Axis.USERS:
        rates = np.array([level.throughput_per_s for level in steps.levels])
        return scalability(steps.loads, rates)
    under = run.windows.load
    return scalability(*levels(run.users[under], run.throughput_per_s[under]))
