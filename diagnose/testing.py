"""What a test of a rule needs: small runs made by hand, 60 s of ramp that turns at 30 s.

my_rule = rule_beside(__file__)
outcome = my_rule(a_case("lb", {"tcp.listen_overflows_per_s": step(0, 5)}))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from diagnose.case import Case, CitedLimit, Run, Windows
from diagnose.metrics import LIMITS, METRICS
from diagnose.model import (
    NAN,
    Capacity,
    Component,
    Inflection,
    Ladder,
    LoadSummary,
    Place,
    Rung,
    Signal,
    Statement,
    Symptom,
    Tier,
    Topology,
)
from diagnose.plugins import RULES, Rule, load
from diagnose.readings import Array, Fact
from diagnose.userrules import load_rule

IDLE_S, LOAD_S, TURN_S = 10, 60, 30
GRID_S = np.arange(-float(IDLE_S), float(LOAD_S))
USERS = np.clip(GRID_S, 0, None) * 2.0
THROUGHPUT = np.clip(GRID_S, 0, TURN_S) * 4.0


def rule_beside(test: str) -> Rule:
    """The rule of NAME.py beside a test_NAME.py, loaded as `--rules` does.

    Raises:
        UsageError: it cannot be loaded, or one of ours has its name.
    """
    load("rules")
    ours = dict(RULES)
    try:
        return load_rule(Path(test).with_name(Path(test).name.removeprefix("test_")))
    finally:
        RULES.clear()
        RULES.update(ours)


def step(before: float, after: float, idle: float | None = None) -> Array:
    """Idle level, a level under load, another from the inflection on."""
    idle = before if idle is None else idle
    return np.where(GRID_S < 0, idle, np.where(GRID_S < TURN_S, before, after)).astype(float)


def ramp(top: float, start: float = 0.0) -> Array:
    """Grows with throughput from `start` and stands still at `top` from the inflection on."""
    level: Array = start + (top - start) * THROUGHPUT / THROUGHPUT.max()
    return level


def grows(top: float, start: float = 0.0) -> Array:
    """Grows with users to the end."""
    level: Array = start + (top - start) * USERS / USERS.max()
    return level


def never() -> Array:
    """Not measured."""
    return np.full(GRID_S.shape, NAN)


def a_run(
    *,
    limited: bool = True,
    rise_s: float = 0.4,
    failures: float = 0.0,
    rungs: tuple[Rung, ...] = (),
    tiers: tuple[Tier, ...] = (),
    topology: Topology | None = None,
    symptom: Symptom = Symptom.LATENCY,
) -> Run:
    """A run that turns at 30 s (or never)."""
    load = GRID_S >= 0
    windows = Windows(GRID_S < 0, load & (GRID_S < TURN_S), GRID_S >= TURN_S, load)
    turned = Inflection(TURN_S, (28.0, 32.0), symptom, 0.1, 0.1 + rise_s, "s", 60, 120)
    summary = LoadSummary(
        "locust", 6000, failures, 120, 120, 0.3, 0.2, 0.6, 0.9, "2026-03-01T10:00:00Z", "…"
    )
    return Run(
        GRID_S,
        windows,
        topology or Topology(()),
        load=summary,
        inflection=turned if limited else None,
        ladder=Ladder(rungs, tiers, (), rise_s if limited else 0.0, 0.0, failures),
        throughput_per_s=THROUGHPUT,
        users=USERS,
        latency_s=step(0.1, 0.1 + (rise_s if limited else 0.0)),
        failures_per_s=np.where(GRID_S >= TURN_S, failures / (LOAD_S - TURN_S), 0.0),
    )


def a_case(
    role: str,
    signals: Mapping[str, Array | Mapping[str, Array]] | None = None,
    *,
    limits: Mapping[str, float | Mapping[str, float]] | None = None,
    facts: Mapping[str, str] | None = None,
    statements: tuple[Statement, ...] = (),
    run: Run | None = None,
    name: str = "",
    sends_to: tuple[str, ...] = (),
    gained_s: Mapping[Place, float] | None = None,
    tier: Tier | None = None,
    capacity: tuple[Capacity, ...] = (),
) -> Case:
    """One component of a run. A signal is an array, or part -> array.

    gained_s gives this component a rung per place, with so many seconds gained. Several
    cases of one run: build the run first and pass it to each; they become neighbours by
    `sends_to`.
    """
    run = run or a_run()
    component = Component(name or f"the_{role}", role, sends_to=sends_to)
    case = Case(run, component)
    for metric, given in (signals or {}).items():
        parts = given if isinstance(given, Mapping) else {"": given}
        case.found[metric] = {p: a_signal(component.name, metric, p, v) for p, v in parts.items()}
    for limit, value in (limits or {}).items():
        assert limit in LIMITS, limit
        per_part = value if isinstance(value, Mapping) else {"": value}
        case.limits[limit] = [CitedLimit(v, p, "raw/x/conf:3") for p, v in per_part.items()]
    for fact, text in (facts or {}).items():
        case.facts[fact] = [(Fact(fact, text), "raw/x/conf:1")]
    case.statements = statements
    _join(run, case, gained_s or {}, tier, capacity)
    return case


def _join(
    run: Run,
    case: Case,
    gained_s: Mapping[Place, float],
    tier: Tier | None,
    capacity: tuple[Capacity, ...],
) -> None:
    name = case.component.name
    run.cases[name] = case
    run.topology = Topology((*run.topology.components, case.component))
    more = tuple(
        Rung(f"{place} of {name}", ((name, place),), 0.02, 0.02 + gained)
        for place, gained in gained_s.items()
    )
    old = run.ladder
    tiers = (*old.tiers, tier) if tier else old.tiers
    run.ladder = replace(old, rungs=(*old.rungs, *more), tiers=tiers)
    run.capacities = (*run.capacities, *capacity)


def a_signal(component: str, metric: str, part: str, values: Array) -> Signal:
    """A signal with a line number for each value; its total is its sum under load."""
    load = GRID_S >= 0
    total = float(np.nansum(values[load])) if np.isfinite(values[load]).any() else NAN
    lines = np.arange(1, GRID_S.size + 1)
    path = f"raw/{component}/{metric.partition('.')[0]}.txt"
    return Signal(component, METRICS[metric], part, values, path, lines, total, 1.0)


def a_pair(component: str, metric: str, part: str, total: float) -> Signal:
    """A counter read once before and once after: a total and no course."""
    return Signal(
        component,
        METRICS[metric],
        part,
        never(),
        "raw/a + raw/b",
        np.zeros(GRID_S.size, np.int64),
        total,
    )
