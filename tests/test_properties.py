"""What holds for any run, however odd its numbers."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from cases import a_case, a_run, never
from hypothesis import given, settings
from hypothesis import strategies as st
from tier_logs import BEGIN_S, GRID, LOAD_S, a_tier, ends

from diagnose import ladder
from diagnose.case import Case, Run
from diagnose.charge import charge
from diagnose.grid import Grid, lay
from diagnose.levels import Stretch, UserView
from diagnose.model import (
    ROLES,
    Cleared,
    Component,
    Experiment,
    Finding,
    Ladder,
    Place,
    Rung,
    Topology,
)
from diagnose.plugins import RULES, Rule, load
from diagnose.readings import Form
from diagnose.suspects import suspects

load("rules")
few = settings(max_examples=60, deadline=None)
seconds = st.floats(0, 30, allow_subnormal=False)
ODD = Experiment("do", "then", "else")


# -- the grid keeps what was counted ------------------------------------------------------------
@st.composite
def counters(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Times (in any order) and running totals of a counter read before, during and after."""
    gaps = draw(st.lists(st.floats(0.2, 9), min_size=12, max_size=60))
    rises = draw(st.lists(st.floats(0, 1e6), min_size=len(gaps), max_size=len(gaps)))
    at_s = BEGIN_S - 10 + np.cumsum(gaps) / sum(gaps) * (LOAD_S + 20)
    return np.r_[BEGIN_S - 15, at_s], np.r_[7.0, 7.0 + np.cumsum(rises)]


@few
@given(counters(), st.randoms(use_true_random=False))
def test_a_counter_adds_up_to_its_rise_under_load(
    read: tuple[np.ndarray, np.ndarray], chance: object
) -> None:
    at_s, values = read
    order = np.array(chance.sample(range(at_s.size), at_s.size))  # type: ignore[attr-defined]
    laid = lay(GRID, at_s[order], values[order], Form.COUNTER, np.arange(at_s.size))
    rise = np.subtract(*np.interp([BEGIN_S + LOAD_S, BEGIN_S], at_s, values))
    assert laid.total == pytest.approx(rise, rel=1e-9, abs=1e-6)
    assert (laid.values[np.isfinite(laid.values)] >= 0).all()


@few
@given(counters())
def test_a_counter_that_is_set_back_never_counts_backwards(
    read: tuple[np.ndarray, np.ndarray],
) -> None:
    at_s, values = read
    half = values.size // 2
    values = np.r_[values[:half], values[half:] - values[half]]
    laid = lay(GRID, at_s, values, Form.COUNTER, np.arange(at_s.size))
    assert not laid.total < 0 and not (laid.values < 0).any()


@few
@given(st.lists(st.floats(-500, 500), max_size=80), st.floats(1, 500_000))
def test_whatever_happened_on_the_grid_is_counted_once(at: list[float], load_s: float) -> None:
    grid = Grid.over(BEGIN_S, BEGIN_S + load_s)
    at_s = np.array(at) + BEGIN_S
    last_s = grid.cells_s[-1] + grid.step_s
    inside = (np.array(at) >= grid.cells_s[0]) & (np.array(at) < last_s)
    assert grid.count(at_s).sum() == inside.sum()
    assert grid.cells_s.size <= 7_500


# -- the ladder telescopes --------------------------------------------------------------------
@st.composite
def tiers(draw: st.DrawFn) -> tuple[Topology, dict[str, object], UserView | None]:
    """A chain of one to four tiers, each slower in front than behind; some log nothing."""
    count = draw(st.integers(1, 4))
    at = ends(draw(st.integers(60, 300)))
    names = [f"t{i}" for i in range(count)]
    own = [draw(st.tuples(seconds, seconds)) for _ in range(2 * count + 1)]
    split = [np.where(at < LOAD_S / 2, before, after) for before, after in own]
    logs, total = {}, split[0]
    for i, name in reversed(list(enumerate(names))):
        behind, total = total, total + split[2 * i + 1]
        if draw(st.booleans()) or i == 0:
            logs[name] = a_tier(name, at, total, behind if draw(st.booleans()) or i else None)
        total = total + split[2 * i + 2]
    early, late = (float(total[when].mean()) for when in (at < LOAD_S / 2, at >= LOAD_S / 2))
    user = UserView("gen", early, late, at.size, 0, "raw/gen/csv") if draw(st.booleans()) else None
    chain = [Component("gen", "load_generator", sends_to=("t0",))]
    for name, target in itertools.pairwise([*names, ""]):
        chain.append(Component(name, "lb", sends_to=(target,) if target else ()))
    return Topology(tuple(chain)), logs, user


@few
@given(tiers())
def test_rungs_and_what_is_unexplained_add_up_to_the_rise(
    system: tuple[Topology, dict, UserView | None],  # type: ignore[type-arg]
) -> None:
    middle = LOAD_S / 2
    found = ladder.climb(
        *system, Stretch(0, middle), Stretch(middle, LOAD_S), Stretch(0, LOAD_S + 1)
    )
    total = math.fsum(r.gained_s for r in found.rungs) + found.unexplained_s
    assert total == pytest.approx(found.rise_s, abs=1e-9)
    assert found.unexplained_s == pytest.approx(0, abs=2e-3 * len(found.rungs) + 1e-9)


# -- nobody explains more than there was ----------------------------------------------------------
@st.composite
def charged(draw: st.DrawFn) -> tuple[Case, Finding]:
    names = ("a", "b")
    rungs = [
        Rung(f"r{i}", tuple(draw(st.sets(owners(names), min_size=1))), *draw(pairs()))
        for i in range(draw(st.integers(1, 5)))
    ]
    run = a_run(rise_s=draw(st.floats(-1, 30)), failures=draw(st.floats(0, 6000)), rungs=(*rungs,))
    case = a_case("lb", run=run, name="a", sends_to=("b",))
    a_case("app", run=run, name="b")
    finding = case.finding(
        "cpu",
        "odd",
        draw(st.sampled_from(Place)),
        evidence=(),
        experiment=ODD,
        fix="",
        onset_s=draw(st.floats(0, 60) | st.just(math.nan)),
        grows_with_load=draw(st.sampled_from((True, False, None))),
        seconds=draw(st.floats(0, 100) | st.just(math.nan)),
        failures=draw(st.floats(0, 1e5) | st.just(math.nan)),
    )
    return case, finding


def owners(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, Place]]:
    return st.tuples(st.sampled_from(names), st.sampled_from(Place))


def pairs() -> st.SearchStrategy[tuple[float, float]]:
    return st.tuples(seconds | st.just(math.nan), seconds)


RULE = Rule("odd", "cpu", (), (), lambda case: Cleared(case.component.name, "cpu", ""))


@few
@given(charged())
def test_no_suspect_explains_more_than_its_place_gained(made: tuple[Case, Finding]) -> None:
    case, finding = made
    told = charge(case.run, case, RULE, finding)
    gained = [r.gained_s for r in case.rungs(finding.place) if not math.isnan(r.gained_s)]
    assert not told.explains.seconds > max(0.0, math.fsum(gained)) + 1e-9
    assert not told.explains.seconds > finding.seconds
    assert not told.explains.seconds_share > 1 and not told.explains.failures_share > 1
    assert bool(gained) or math.isnan(told.explains.seconds_share), "its place was not measured"
    ranked, _ = suspects(case.run, [told])
    assert all(0 <= s.confidence <= 1 for s in ranked)
    assert all((s.level == "likely") <= told.likely for s in ranked)


# -- what was not measured is not cleared --------------------------------------------------------
def a_run_without_a_load(limited: bool) -> Run:
    run = a_run(limited=limited)
    run.load, run.ladder = None, Ladder()
    run.users = run.latency_s = run.throughput_per_s = run.failures_per_s = never()
    return run


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_clears_nobody_of_whom_nothing_is_known(rule: Rule) -> None:
    for role, limited in itertools.product(rule.roles or ROLES, (True, False)):
        case = a_case(role, run=a_run_without_a_load(limited))
        assert not rule.applies_to(case) or not isinstance(rule(case), Cleared)


@pytest.mark.parametrize("rule", [r for r in RULES.values() if r.needs], ids=lambda r: r.name)
def test_a_need_that_is_lacking_is_named(rule: Rule) -> None:
    assert set(rule.missing(a_case((rule.roles or ROLES)[0]))) == set(rule.needs)
