"""Whether a run is fit to judge is told before any server is accused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cases import GRID_S, LOAD_S, THROUGHPUT, USERS, a_case, a_run, a_signal, ramp, step

from diagnose.case import Run
from diagnose.fitness import checks, failed_from_the_start, unfit
from diagnose.grid import Grid
from diagnose.model import Component, Fitness, Topology

GRID = Grid.over(0.0, float(LOAD_S))


def told(run: Run, name: str, grid: Grid = GRID) -> Fitness | None:
    return next((c for c in checks(run, grid, []) if c.check == name), None)


def ok(run: Run, name: str, grid: Grid = GRID) -> bool | None:
    found = told(run, name, grid)
    assert found is not None, f"{name} was not checked"
    return found.ok


# -- the generator ------------------------------------------------------------------------------
def test_a_generator_that_nobody_measured_is_not_said_to_be_fit() -> None:
    run = a_run()
    a_case("load_generator", run=run)
    assert ok(run, "load_generator_saturated") is None


def test_a_generator_with_room_is_said_to_have_it() -> None:
    run = a_run()
    a_case("load_generator", {"cpu.busy_ratio": ramp(0.4)}, run=run)
    found = told(run, "load_generator_saturated")
    assert found is not None and found.ok is True and "40 %" in found.says


def test_what_a_rule_found_at_the_generator_makes_the_run_unfit_to_test_servers() -> None:
    run = a_run()
    case = a_case("load_generator", run=run)
    finding = case.finding("cpu", "it is full", "inside", evidence=(), experiment=None, fix="")
    first, *_ = checks(run, GRID, [finding])
    assert (first.check, first.ok) == ("load_generator_saturated", False)
    assert "it is full" in first.says


# -- Little's law -------------------------------------------------------------------------------
def closed_run(think_s: np.ndarray) -> Run:
    """Users who wait for a response of 0.1 s, and then think."""
    run = a_run(rise_s=0.0)
    run.users = USERS + 20
    run.latency_s = np.full(GRID_S.shape, 0.1)
    run.throughput_per_s = run.users / (run.latency_s + think_s)
    return run


def test_a_steady_think_time_holds_the_law() -> None:
    assert ok(closed_run(np.full(GRID_S.shape, 1.0)), "littles_law") is True


def test_a_think_time_that_grows_by_itself_breaks_it() -> None:
    assert ok(closed_run(step(1.0, 3.0)), "littles_law") is False


def test_without_users_the_law_is_not_checked() -> None:
    run = a_run()
    run.users = np.full(GRID_S.shape, np.nan)
    assert told(run, "littles_law") is None


# -- length, early failures, sampling -----------------------------------------------------------
@pytest.mark.parametrize(("load_s", "requests", "fit"), [(60, 6000, 1), (29, 6000, 0), (60, 99, 0)])
def test_too_short_a_run_is_not_judged(load_s: float, requests: float, fit: bool) -> None:
    run = a_run()
    assert run.load is not None
    run.load = replace(run.load, requests=requests)
    found = checks(run, Grid.over(0.0, load_s), [])
    assert [f.check for f in unfit(found)] == ([] if fit else ["long_enough"])


@pytest.mark.parametrize(("share", "fit"), [(0.0, True), (0.05, None), (0.3, False)])
def test_failures_of_the_first_requests_are_not_the_load(share: float, fit: bool | None) -> None:
    run = a_run()
    run.throughput_per_s = THROUGHPUT + 10
    run.failures_per_s = share * run.throughput_per_s
    found = checks(run, GRID, [])
    assert ok(run, "no_errors_from_the_start") is fit
    assert failed_from_the_start(found) is (fit is False)


@pytest.mark.parametrize(("interval_s", "fit"), [(1.0, True), (7.0, True), (10.0, False)])
def test_sampling_must_be_finer_than_what_is_compared(interval_s: float, fit: bool) -> None:
    run = a_run()  # it turns after 30 s of 60 s
    case = a_case("db", {"cpu.busy_ratio": ramp(0.4)}, run=run)
    signal = a_signal("the_db", "cpu.busy_ratio", "", ramp(0.4))
    case.found["cpu.busy_ratio"][""] = replace(signal, interval_s=interval_s)
    assert ok(run, "sampled_finely_enough") is fit


# -- the model of load, and clocks --------------------------------------------------------------
@pytest.mark.parametrize(("open_model", "fit"), [(True, True), (False, None)])
def test_a_closed_model_is_told_of(open_model: bool, fit: bool | None) -> None:
    run = a_run()
    assert run.load is not None and told(run, "open_model") is None
    run.load = replace(run.load, open_model=open_model)
    assert ok(run, "open_model") is fit


def test_clocks_agree_only_where_all_were_measured() -> None:
    run = a_run()
    lb, db = Component("lb", "lb", clock_offset_s=0.01), Component("db", "db", clock_offset_s=-37.0)
    run.topology = Topology((lb, db))
    found = told(run, "clocks_agree")
    assert found is not None and found.ok is True and "-37 s at db" in found.says
    run.topology = Topology((lb, Component("api", "app")))
    assert ok(run, "clocks_agree") is None
    run.topology = Topology((Component("api", "app"),))
    assert ok(run, "clocks_agree") is None
