"""A reading stands only for the moments that it speaks of; all else is not measured."""

from __future__ import annotations

import math

import numpy as np
import pytest

from diagnose.grid import IDLE_S, Grid, extent, lay
from diagnose.readings import Array, Form

BEGIN_S = 1_795_404_240.0
GRID = Grid.over(BEGIN_S, BEGIN_S + 60)


def laid(at: list[float], values: list[float], form: Form) -> dict[float, float]:
    """Cell -> value, where there is one. Times are seconds on the grid."""
    found = lay(
        GRID, np.array(at) + BEGIN_S, np.array(values), form, np.arange(1, len(at) + 1)
    ).values
    return {float(c): float(v) for c, v in zip(GRID.cells_s, found, strict=True) if v == v}


def test_zero_is_the_start_of_the_load_with_a_while_before_and_after() -> None:
    assert GRID.cells_s[0] == -IDLE_S and GRID.cells_s[-1] >= 60
    assert GRID.step_s == 1.0 and GRID.load_s == 60.0


@pytest.mark.parametrize("load_s", [1.0, 3_600.0, 86_400.0, 30 * 86_400.0, 60 * 365 * 86_400.0])
def test_no_load_is_too_long_for_the_grid(load_s: float) -> None:
    grid = Grid.over(BEGIN_S, BEGIN_S + load_s)
    assert grid.cells_s.size <= 7_300
    assert grid.cells_s[-1] + grid.step_s >= load_s


def test_a_load_without_length_is_a_second_long() -> None:
    assert Grid.over(BEGIN_S, BEGIN_S).load_s == 1.0


# -- forms --------------------------------------------------------------------------------------
def test_a_gauge_stands_until_the_next_reading() -> None:
    assert laid([0.0, 2.0, 4.0], [5, 6, 7], Form.GAUGE) == {
        0: 5, 1: 5, 2: 6, 3: 6, 4: 7, 5: 7, 6: 7, 7: 7, 8: 7
    }  # fmt: skip


def test_a_mean_stands_for_the_interval_that_it_closes() -> None:
    found = laid([2.0, 4.0, 6.0], [5, 6, 7], Form.MEAN)
    assert {c: found[c] for c in (0, 1, 2, 3, 4, 5)} == {0: 5, 1: 5, 2: 6, 3: 6, 4: 7, 5: 7}
    assert max(found) == 5


def test_a_counter_is_the_rate_between_two_readings() -> None:
    assert laid([0.0, 2.0, 4.0], [100, 120, 120], Form.COUNTER) == {0: 10, 1: 10, 2: 0, 3: 0}


def test_a_counter_that_falls_was_set_back_and_is_not_measured_there() -> None:
    assert laid([0.0, 2.0, 4.0, 6.0], [100, 120, 5, 7], Form.COUNTER) == {0: 10, 1: 10, 4: 1, 5: 1}


def test_a_hole_is_not_filled() -> None:
    found = laid([0, 1, 2, 3, 30, 31], [1, 1, 1, 1, 2, 2], Form.GAUGE)
    assert not set(found) & set(range(7, 30))
    assert found[3] == 1 and found[30] == 2


def test_readings_finer_than_a_cell_are_averaged() -> None:
    found = laid([0.1, 0.3, 0.5, 0.7, 1.1, 1.3], [1, 2, 3, 4, 8, 10], Form.GAUGE)
    assert (found[0], found[1]) == (2.5, 9)


def test_readings_out_of_order_are_put_in_order_and_doubles_count_once() -> None:
    assert laid([4.0, 0.0, 2.0, 2.0], [7, 5, 6, 6], Form.GAUGE) == laid(
        [0.0, 2.0, 4.0], [5, 6, 7], Form.GAUGE
    )


@pytest.mark.parametrize("form", Form)
def test_no_reading_is_no_value(form: Form) -> None:
    assert laid([], [], form) == {}
    assert laid([math.nan], [1.0], form) == {}


def test_one_reading_of_a_counter_tells_no_rate() -> None:
    assert laid([5.0], [1e9], Form.COUNTER) == {}


# -- totals -------------------------------------------------------------------------------------
def test_a_total_takes_only_the_share_of_an_interval_that_is_load() -> None:
    found = lay(
        GRID,
        BEGIN_S + np.array([-10.0, 10.0, 50.0, 70.0]),
        np.array([0.0, 200.0, 200.0, 400.0]),
        Form.COUNTER,
        np.array([3, 5, 7, 9]),
    )
    assert found.total == pytest.approx(100 + 0 + 100)
    assert found.interval_s == 20


def test_lines_go_with_their_values() -> None:
    found = lay(GRID, BEGIN_S + np.array([0.0, 2.0]), np.ones(2), Form.GAUGE, np.array([11, 12]))
    at = np.flatnonzero(np.isfinite(found.values))
    assert found.lines[at].tolist()[:4] == [11, 11, 12, 12]
    assert not found.lines[np.isnan(found.values)].any()
    assert extent(found.lines) == (11, 12)


# -- counting and means -------------------------------------------------------------------------
def at(*seconds: float) -> Array:
    return BEGIN_S + np.array(seconds)


def test_what_happens_outside_is_not_counted() -> None:
    counted = GRID.count(at(-1e6, -0.5, 0.0, 0.999, 1.0, 1e6, math.nan))
    assert counted.sum() == 4
    assert counted[GRID.cells_s == 0] == 2


def test_means_and_quantiles_leave_out_what_is_not_known() -> None:
    values = np.array([1.0, 3.0, math.nan, 7.0])
    mean = GRID.mean(at(0.1, 0.2, 0.3, 5.0), values)
    median = GRID.quantile(at(0.1, 0.2, 0.3, 5.0), values, 0.5)
    here = [float(column[GRID.cells_s == c][0]) for column in (mean, median) for c in (0, 5)]
    assert here == [2.0, 7.0, 1.0, 7.0]
    assert np.isnan(mean[GRID.cells_s == 1]).all()
