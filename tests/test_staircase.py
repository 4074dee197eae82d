"""Levels of load: the knee lies where more load brings no more good responses."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.loadwords import followed, knee_says
from diagnose.staircase import Axis, LoadLevel, Staircase, axis_of, staircase

NAN = math.nan


def a_level(
    load: float, rate: float, mean_s: float, *, failed: float = 0.0, axis: Axis
) -> LoadLevel:
    users, asked = (load, NAN) if axis is Axis.USERS else (NAN, load)
    return LoadLevel(users, asked, rate, mean_s, NAN, NAN, NAN, rate * 30, rate * 30 * failed, 30.0)


def closed(most: float, base_s: float, users: list[int]) -> Staircase:
    """A closed system of one station: X = min(N / D, most), R = N / X."""
    rates = [min(n / base_s, most) for n in users]
    pairs = zip(users, rates, strict=True)
    levels = [a_level(n, x, n / x, axis=Axis.USERS) for n, x in pairs]
    made = staircase("tool", levels)
    assert made is not None
    return made


def opened(most: float, asked: list[float], *, failing: bool) -> Staircase:
    """An open system: what is asked for beyond `most` waits, or fails."""
    levels = []
    for rate in asked:
        over = max(0.0, 1 - most / rate)
        served = rate if failing else min(rate, most)
        mean_s = 0.03 + (0.0 if failing else 5 * over)
        levels.append(
            a_level(rate, served, mean_s, failed=over if failing else 0.0, axis=Axis.RATE)
        )
    made = staircase("tool", levels)
    assert made is not None
    return made


def test_throughput_that_stands_has_its_knee_where_it_began_to_stand():
    steps = closed(200.0, 0.04, [1, 2, 4, 8, 16, 32, 64])
    assert steps.knee is not None and steps.knee.flat == 3
    assert steps.knee.plateau_per_s == 200.0
    assert steps.knee.reached == pytest.approx(8.0)
    assert knee_says(steps).startswith("throughput stopped growing at 200/s from 8 users on")


def test_throughput_that_follows_has_none():
    steps = closed(1e9, 0.04, [1, 2, 4, 8, 16])
    assert steps.knee is None and knee_says(steps) == "" and followed(steps)


def test_two_levels_tell_of_no_knee():
    steps = closed(200.0, 0.04, [8, 64])
    assert steps.knee is None and not followed(steps)


def test_the_same_throughput_at_every_level_did_not_grow_at_all():
    steps = closed(20.0, 0.04, [1, 2, 4])
    assert "did not grow at all from 1 user on" in knee_says(steps)


def test_an_open_load_that_fails_beyond_a_rate_turns_at_the_last_that_did_not():
    steps = opened(200.0, [40, 80, 120, 160, 200, 240, 280], failing=True)
    assert steps.axis is Axis.RATE and steps.knee is not None
    assert steps.levels[steps.knee.level].offered_per_s == 200
    assert "failures rose from 0 % to 29 %" in knee_says(steps)


def test_an_open_load_that_waits_beyond_a_rate_grows_slow():
    steps = opened(200.0, [40, 80, 120, 160, 200, 240, 280], failing=False)
    says = knee_says(steps)
    assert "throughput stopped growing at 200/s, with 200/s asked for and more" in says
    assert "response time rose from 30 ms to 1.46 s at 280/s asked for" in says


def test_levels_are_put_in_order_and_the_rate_outweighs_what_was_in_flight():
    levels = [a_level(n, n, 0.1, axis=Axis.RATE) for n in (30, 10, 20)]
    steps = staircase("tool", levels)
    assert steps is not None and list(steps.loads) == [10, 20, 30]
    both = [LoadLevel(i, 10.0 * i, 10.0 * i, 0.1, NAN, NAN, NAN, 9, 0, 1) for i in (1, 2, 3)]
    assert axis_of(both) is Axis.RATE


def test_one_load_is_no_staircase():
    assert staircase("tool", [a_level(8, 100, 0.1, axis=Axis.USERS)] * 3) is None


def test_rates_that_nobody_told_acquit_nobody():
    levels = [
        LoadLevel(NAN, x, x, 0.1, NAN, NAN, NAN, 30 * x, 0, 30, told=False) for x in (1, 2, 3)
    ]
    steps = staircase("tool", levels)
    assert steps is not None and steps.knee is None and not followed(steps)


@given(
    full=st.floats(20, 1e5),  # users at which the system is full
    base_s=st.floats(0.001, 10),
    noise=st.lists(st.floats(0.99, 1.01), min_size=10, max_size=10),
)
def test_the_plateau_is_found_whatever_the_scale_and_a_per_cent_of_noise(full, base_s, noise):
    most = full / base_s
    loads = [full * f for f in (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2, 3, 4, 6)]
    rates = [min(n / base_s, most) * k for n, k in zip(loads, noise, strict=True)]
    pairs = zip(loads, rates, strict=True)
    steps = staircase("tool", [a_level(n, x, n / x, axis=Axis.USERS) for n, x in pairs])
    assert steps is not None and steps.knee is not None and steps.knee.flat is not None
    assert 0.75 * full <= steps.loads[steps.knee.flat] <= 1.01 * full
    assert steps.knee.plateau_per_s == pytest.approx(most, rel=0.011)
