"""When a signal moved, whether it rises with the load, and whether it departs from it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.onset import departure, first_above, grows_with, onset

SECONDS = np.arange(60.0)
LOAD, ALL = 2.0 * SECONDS, np.ones(60, bool)
CALM, LATE = SECONDS < 30, SECONDS >= 30
GRID = np.arange(-10.0, 60)
UNDER_LOAD = GRID >= 0
QUIET, WHEN = UNDER_LOAD & (GRID < 30), GRID >= 30


def noise(n: int, size: float, seed: int = 3) -> np.ndarray:
    return size * np.random.default_rng(seed).standard_normal(n)


# -- first_above --------------------------------------------------------------------------------
def test_the_first_of_two_readings_in_three_counts():
    values = np.zeros(60)
    values[[20, 40, 42]] = 5  # 20 is alone
    assert first_above(SECONDS, values, 5, ALL) == 40


def test_a_last_reading_counts_alone():
    values = np.where(SECONDS == 59, 5.0, 0)
    assert first_above(SECONDS, values, 5, ALL) == 59


def test_what_was_not_measured_lies_between_no_two_readings():
    values = np.where(SECONDS >= 40, 5.0, 0)
    values[1::2] = np.nan
    assert first_above(SECONDS, values, 5, ALL) == 40


def test_a_level_that_is_never_reached_has_no_moment():
    assert math.isnan(first_above(SECONDS, np.zeros(60), 1, ALL))
    assert math.isnan(first_above(SECONDS, np.full(60, np.nan), 1, ALL))
    assert math.isnan(first_above(SECONDS, np.ones(60), 1, np.zeros(60, bool)))


# -- onset --------------------------------------------------------------------------------------
def test_a_step_begins_where_it_steps():
    values = np.where(GRID < 25, 1.0, 4.0) + noise(70, 0.1)
    assert onset(GRID, values, QUIET, WHEN) == pytest.approx(25, abs=1)


def test_a_slow_rise_begins_before_it_is_large():
    values = 1 + np.clip(GRID - 20, 0, None) + noise(70, 0.05)
    assert 20 <= onset(GRID, values, QUIET, WHEN) <= 25


def test_a_counter_that_was_silent_begins_with_its_first_readings():
    values = np.where(GRID < 33, 0.0, np.clip(GRID - 32, 0, None))
    assert onset(GRID, values, QUIET, WHEN) == pytest.approx(33, abs=1)


def test_a_blip_before_the_rise_is_not_its_beginning():
    values = np.where(GRID < 40, 0.0, 50.0)
    values[(GRID >= 3) & (GRID < 5)] = 40
    assert onset(GRID, values, QUIET, WHEN) == pytest.approx(40, abs=1)


def test_a_dip_after_the_rise_does_not_undo_it():
    values = np.where(GRID < 35, 1.0, 9.0)
    values[(GRID >= 50) & (GRID < 52)] = 1
    assert onset(GRID, values, QUIET, WHEN) == pytest.approx(35, abs=1)


@pytest.mark.parametrize(
    "values",
    [
        np.full(70, 3.0),
        3 + noise(70, 0.2),
        np.where(GRID < 30, 5.0, 1.0),
        np.where(GRID == 40, 9.0, 1.0),
        np.full(70, np.nan),
        np.where(GRID < 57, np.nan, GRID),
    ],
    ids=["constant", "noise", "falls", "one blip", "not measured", "measured too late"],
)
def test_what_never_left_its_level_has_no_onset(values):
    assert math.isnan(onset(GRID, values, QUIET, WHEN))


@settings(max_examples=20, deadline=None)
@given(factor=st.floats(1e-6, 1e6))
def test_the_unit_does_not_move_an_onset(factor):
    values = np.where(GRID < 25, 1.0, 4.0) + noise(70, 0.1)
    assert onset(GRID, values * factor, QUIET, WHEN) == onset(GRID, values, QUIET, WHEN)


# -- grows_with ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("values", "grows"),
    [
        (LOAD / 3, True),
        (np.where(SECONDS >= 54, 1.2, 0.0), True),  # a limit that only the top of a ramp meets
        (np.where(SECONDS == 54, 1.2, 0.0), False),  # one event may be chance
        (np.where(SECONDS % 20 == 0, 1.0, 0.0), False),
        (np.full(60, 3.0), False),
    ],
)
def test_what_shows_only_at_high_load_grows_with_it(values, grows):
    assert grows_with(values, (LOAD,), ALL) is grows


def test_a_signal_that_soon_stands_at_its_ceiling_grows():
    full = np.minimum(SECONDS / 12, 1.0) + noise(60, 0.01)
    assert grows_with(full, (LOAD,), ALL) is True


def test_a_background_does_not_grow():
    assert grows_with(5 + noise(60, 1.0), (LOAD,), ALL) is False


def test_a_signal_may_follow_any_of_the_loads():
    throughput = np.minimum(LOAD, 40)
    assert grows_with(LOAD - throughput, (throughput, LOAD), ALL) is True


def test_a_load_that_stands_still_or_was_not_measured_tells_nothing():
    assert grows_with(LOAD, (np.full(60, 100.0),), ALL) is None
    assert grows_with(LOAD, (np.full(60, np.nan),), ALL) is None
    assert grows_with(LOAD, (np.zeros(0),), ALL) is None
    assert grows_with(np.full(60, np.nan), (LOAD,), ALL) is None
    assert grows_with(LOAD, (), ALL) is None


# -- departure ----------------------------------------------------------------------------------
def test_what_only_grows_with_the_load_does_not_depart():
    assert abs(departure(0.1 + LOAD / 200 + noise(60, 0.02), LOAD, CALM, LATE)) < 4


def test_what_leaves_the_line_departs_upwards_and_downwards():
    knee = LOAD + np.clip(SECONDS - 30, 0, None) * 20 + noise(60, 1.0)
    assert departure(knee, LOAD, CALM, LATE) > 10
    assert departure(-knee, LOAD, CALM, LATE) < -10


def test_the_line_is_not_drawn_beyond_twice_its_load():
    throughput = np.where(CALM, SECONDS, 10 * SECONDS)
    plateau = np.minimum(throughput, 2 * 29.0)  # what twice the load before would take
    assert abs(departure(plateau + noise(60, 1.0), throughput, CALM, LATE)) < 4


def test_a_counter_that_was_silent_before_departs():
    assert departure(np.where(LATE, 50.0, 0.0), LOAD, CALM, LATE) > 10
    assert departure(np.zeros(60), LOAD, CALM, LATE) == 0


def test_rounding_of_a_constant_is_no_departure():
    assert abs(departure(np.where(LATE, 100.5, 100.0), LOAD, CALM, LATE)) < 1


def test_too_few_readings_cannot_depart():
    few = SECONDS < 3
    assert math.isnan(departure(LOAD, LOAD, few, LATE))
    assert math.isnan(departure(LOAD, LOAD, CALM, few & LATE))
    assert math.isnan(departure(LOAD, np.zeros(0), CALM, LATE))
    assert math.isnan(departure(np.full(60, np.nan), LOAD, CALM, LATE))


@settings(max_examples=20, deadline=None)
@given(factor=st.floats(1e-6, 1e6))
def test_units_do_not_change_a_departure(factor):
    knee = LOAD + np.clip(SECONDS - 30, 0, None) * 20 + noise(60, 1.0)
    assert departure(knee * factor, LOAD, CALM, LATE) == pytest.approx(
        departure(knee, LOAD, CALM, LATE)
    )
