"""Where rules are silent: who moved most, in whatever unit, and nobody where nobody did."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.case import Run
from diagnose.rank import rank, shift
from tests.cases import GRID_S, THROUGHPUT, TURN_S, a_case, a_run, never, step

AFTER = GRID_S >= TURN_S
BEFORE = (GRID_S >= 0) & ~AFTER


def noise(size: float, seed: int) -> np.ndarray:
    return size * np.random.default_rng(seed).standard_normal(GRID_S.size)


def run_without_a_load() -> Run:
    """Nothing is known but metrics and when the symptom turned."""
    return replace(a_run(), load=None)


def names(run: Run) -> list[str]:
    return [moved.component for moved in rank(run)]


# -- shift --------------------------------------------------------------------------------------
def test_a_shift_counts_deviations_and_keeps_its_unit():
    size, by = shift(step(10, 30) + noise(1, 0), BEFORE, AFTER)
    assert size > 10
    assert by == pytest.approx(20, abs=1)


def test_a_fall_is_as_large_as_a_rise():
    values = step(10, 30) + noise(1, 0)
    up, down = shift(values, BEFORE, AFTER), shift(40 - values, BEFORE, AFTER)
    assert down[1] == pytest.approx(-up[1])
    assert down[0] == pytest.approx(-up[0], rel=0.2)


def test_a_counter_that_stood_at_zero_moves_when_it_jumps():
    assert shift(step(0, 5), BEFORE, AFTER)[0] > 10
    assert shift(step(0, 0), BEFORE, AFTER) == (0, 0)


def test_the_rounding_of_a_constant_is_no_move():
    assert abs(shift(step(100, 101), BEFORE, AFTER)[0]) < 4


def test_what_was_hardly_measured_did_not_move():
    assert np.isnan(shift(never(), BEFORE, AFTER)).all()
    assert np.isnan(shift(np.where(AFTER, 5, np.nan), BEFORE, AFTER)).all()


@settings(max_examples=20, deadline=None)
@given(factor=st.floats(1e-6, 1e6))
def test_the_unit_does_not_change_a_shift(factor):
    values = step(10, 30) + noise(1, 0)
    assert shift(values * factor, BEFORE, AFTER)[0] == pytest.approx(
        shift(values, BEFORE, AFTER)[0]
    )


# -- rank ---------------------------------------------------------------------------------------
def two_hosts(run: Run, factor: float = 1.0) -> Run:
    a_case(
        "db", {"memory.available_bytes": factor * (step(8, 2) + noise(0.1, 1))}, run=run, name="a"
    )
    a_case("app", {"cpu.iowait_ratio": step(0.05, 0.5) + noise(0.005, 2)}, run=run, name="b")
    return run


def test_the_most_moved_comes_first_with_its_metric_as_evidence():
    found = rank(two_hosts(run_without_a_load()))
    assert {m.component for m in found} == {"a", "b"}
    assert found[0].score >= found[1].score
    assert "before" in found[0].evidence[0].says
    assert found[0].evidence[0].source


def test_megabytes_rank_as_bytes_do():
    in_one = [(m.component, m.score) for m in rank(two_hosts(run_without_a_load()))]
    in_other = [(m.component, m.score) for m in rank(two_hosts(run_without_a_load(), 1e6))]
    assert [c for c, _ in in_one] == [c for c, _ in in_other]
    assert [s for _, s in in_one] == pytest.approx([s for _, s in in_other])


def test_what_falls_counts_as_what_rises():
    run = run_without_a_load()
    a_case("db", {"memory.available_bytes": step(8, 5) + noise(0.4, 1)}, run=run, name="falls")
    a_case("db", {"memory.available_bytes": step(8, 11) + noise(0.4, 1)}, run=run, name="rises")
    found = {m.component: m.score for m in rank(run)}
    assert found["falls"] == pytest.approx(found["rises"], rel=0.1)


@pytest.mark.parametrize("order", [("x", "m", "c"), ("c", "x", "m"), ("m", "c", "x")])
def test_ties_go_by_name(order):
    run = run_without_a_load()
    for name in order:
        a_case("app", {"cpu.iowait_ratio": step(0.0, 0.5)}, run=run, name=name)
    assert names(run) == ["c", "m", "x"]


def test_the_symptom_itself_is_not_its_cause():
    run = run_without_a_load()
    a_case("app", {"cpu.iowait_ratio": step(0.0, 0.5)}, run=run, name="app")
    assert rank(run, ("app", "cpu.iowait_ratio", "")) == []


def test_what_the_load_explains_is_no_news():
    run = a_run()
    run.throughput_per_s = np.clip(GRID_S, 0, None) * 4.0  # climbs on past the inflection
    busy = run.throughput_per_s / 300
    a_case("app", {"cpu.busy_ratio": busy + noise(0.01, 1)}, run=run, name="follows")
    a_case("db", {"cpu.busy_ratio": busy / 3 + step(0, 0.5) + noise(0.01, 2)}, run=run, name="more")
    assert names(run) == ["more"]


@pytest.mark.parametrize("seed", range(8))
def test_nobody_is_named_on_healthy_noise(seed):
    run = a_run(limited=False)
    for i, name in enumerate(("lb", "app", "db")):
        signals = {
            "cpu.busy_ratio": 0.05 + THROUGHPUT / 300 + noise(0.01, 10 * seed + i),
            "cpu.iowait_ratio": np.abs(noise(0.02, 10 * seed + i + 3)),
            "memory.available_bytes": 8e9 + noise(1e8, 10 * seed + i + 6),
            "nic.rx_dropped_per_s": np.random.default_rng(seed).poisson(0.3, GRID_S.size) * 1.0,
        }
        a_case("app", signals, run=run, name=name)
    assert rank(run) == []


def test_a_run_of_nobody_has_no_ranking():
    assert rank(a_run()) == []
