"""When a run turned, and that it did not where it did not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.breaks import find, turning_point, without_spikes
from diagnose.inflect import Bins, bins, inflections, symptom_turn
from diagnose.model import Symptom

HOUR_S = np.arange(5.0, 3600, 10)
MINUTE_S = np.arange(1.0, 61, 2)


def noise(n: int, cv: float = 0.1, phi: float = 0.0, seed: int = 1) -> np.ndarray:
    random = np.random.default_rng(seed)
    z = random.standard_normal(n)
    for i in range(1, n):
        z[i] = phi * z[i - 1] + np.sqrt(1 - phi**2) * z[i]
    return np.exp(cv * z)


def knee(t: np.ndarray, at: float, to: float = 5.0) -> np.ndarray:
    return 1 + (to - 1) * np.clip(t - at, 0, None) / (t[-1] - at)


def a_load(mean_s, failed=None, users=None, requests=100.0, width_s=2.0) -> Bins:
    n = len(mean_s)
    at_s = (np.arange(n) + 0.5) * width_s
    counts = np.broadcast_to(np.asarray(requests, float), n).copy()
    none = np.zeros(n)
    ramp = np.linspace(1, 100, n)
    return Bins(
        at_s,
        width_s,
        counts,
        none if failed is None else np.asarray(failed, float),
        np.asarray(mean_s, float),
        ramp if users is None else np.asarray(users, float),
    )


# -- latency ------------------------------------------------------------------------------------
@pytest.mark.parametrize("t", [HOUR_S, MINUTE_S], ids=["hour", "minute"])
def test_a_knee_is_found_where_it_lies(t):
    at = 0.55 * t[-1]
    turn = find(t, 0.05 * knee(t, at) * noise(t.size))
    assert abs(turn.at - at) < 0.08 * t[-1]
    assert turn.interval[0] <= turn.at <= turn.interval[1]


@pytest.mark.parametrize("phi", [0.0, 0.95], ids=["independent", "wandering"])
@pytest.mark.parametrize("t", [HOUR_S, MINUTE_S], ids=["hour", "minute"])
def test_a_step_is_found_to_the_reading(t, phi):
    at = t[int(0.4 * t.size)]
    turn = find(t, 0.05 * np.where(t < at, 1, 2.5) * noise(t.size, phi=phi))
    assert turn.shape == "step"
    assert abs(turn.at - at) <= 2 * (t[1] - t[0])


def test_a_queueing_ramp_turns_near_saturation():
    load = HOUR_S / 2000  # 1 at 2000 s; a closed system leaves the hyperbola for its asymptote
    waits = np.where(load < 0.95, 1 / (1 - np.minimum(load, 0.95)), 20 + 100 * (load - 0.95))
    turn = find(HOUR_S, 0.05 * waits * noise(HOUR_S.size))
    assert 1600 < turn.at < 2100


def test_a_change_that_comes_and_goes_is_found_where_it_comes():
    values = np.where((HOUR_S > 1500) & (HOUR_S < 2200), 2.5, 1.0) * noise(HOUR_S.size, 0.2)
    turn = find(HOUR_S, values)
    assert turn.shape == "stay"
    assert abs(turn.at - 1500) <= 40


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.95])
@pytest.mark.parametrize("drift", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("n", [20, 60, 360])
def test_what_only_drifts_or_wanders_seldom_turns(n, drift, phi):
    t = np.arange(float(n))
    turned = [
        turning_point(t, (1 + drift * t / n) * noise(n, 0.2, phi, seed)) is not None
        for seed in range(12)
    ]
    assert sum(turned) <= 2


def test_growth_by_a_constant_factor_is_no_turn():
    t = np.arange(60.0)
    assert turning_point(t, 0.1 * np.exp(t / 80) * noise(60, 0.05)) is None


def test_a_rise_of_a_tenth_is_no_turn():
    assert turning_point(HOUR_S, np.where(HOUR_S < 1800, 1, 1.1) * noise(360, 0.01)) is None


def test_a_large_steady_rise_is_a_turn_without_any_kink():
    t = np.arange(0.0, 40, 2)
    assert turning_point(t, 0.05 * np.exp(t / 10) * noise(t.size, 0.1)) is not None
    assert turning_point(t, 0.05 * np.exp(t / 10) * noise(t.size, 0.1), by_far=False) is None


def test_spikes_are_no_turn_and_hide_none():
    spiky = noise(360)
    spiky[[40, 123, 250, 358]] *= 12
    assert turning_point(HOUR_S, spiky) is None
    turn = find(HOUR_S, spiky * np.where(HOUR_S < 2000, 1, 2))
    assert abs(turn.at - 2000) <= 20


def test_a_spike_gives_way_to_its_surroundings_and_a_step_does_not():
    values = np.array([1.0, 1.1, 0.9, 1, 9, 1, 1.1, 1, 5, 5.1, 4.9, 5, 5.2])
    calm = without_spikes(values)
    assert calm[4] < 1.2
    assert (calm[8:] == values[8:]).all()


def test_falling_latency_is_no_turn():
    assert turning_point(HOUR_S, np.where(HOUR_S < 1800, 3, 1) * noise(360)) is None


def test_too_short_or_constant_series_have_no_turn():
    assert turning_point(np.arange(7.0), np.array([1, 1, 1, 9, 9, 9, 9.0])) is None
    assert turning_point(np.arange(40.0), np.ones(40)) is None
    assert inflections(a_load([0.1] * 4 + [1.0] * 3)) == ()


def test_latency_turns_with_levels_users_and_throughput_told():
    (turn,) = inflections(a_load(np.where(np.arange(40) < 20, 0.1, 0.5) * noise(40, 0.05)))
    assert turn.symptom is Symptom.LATENCY
    assert turn.at_s == pytest.approx(40, abs=2)
    assert turn.before == pytest.approx(0.1, rel=0.1)
    assert turn.after == pytest.approx(0.5, rel=0.1)
    assert turn.throughput_per_s == pytest.approx(50)
    assert turn.users == pytest.approx(51, abs=3)


def test_bins_without_readings_are_left_out():
    mean_s = np.where(np.arange(40) < 20, 0.1, 0.5) * noise(40, 0.05)
    mean_s[[3, 17, 30]] = np.nan
    (turn,) = inflections(a_load(mean_s))
    assert turn.at_s == pytest.approx(40, abs=3)
    assert inflections(a_load([np.nan] * 40)) == ()


def test_no_requests_no_turn():
    assert inflections(a_load([np.nan] * 40, requests=0.0)) == ()


# -- what must not matter -----------------------------------------------------------------------
@settings(max_examples=15, deadline=None)
@given(factor=st.floats(1e-6, 1e6), seed=st.integers(0, 50))
def test_the_unit_of_latency_does_not_matter(factor, seed):
    values = knee(MINUTE_S, 30) * noise(30, seed=seed)
    one, other = turning_point(MINUTE_S, values), turning_point(MINUTE_S, values * factor)
    assert (one is None) == (other is None)
    if one:
        assert other[0] == pytest.approx(one[0])
        assert other[1] == pytest.approx(one[1])


@settings(max_examples=15, deadline=None)
@given(by_s=st.integers(-100_000, 100_000), seed=st.integers(0, 50))
def test_shifting_time_shifts_the_turn_and_nothing_else(by_s, seed):
    values = knee(MINUTE_S, 30) * noise(30, seed=seed)
    one, other = turning_point(MINUTE_S, values), turning_point(MINUTE_S + by_s, values)
    assert (one is None) == (other is None)
    if one:
        assert other[0] - by_s == pytest.approx(one[0], abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 200))
def test_reading_twice_as_often_keeps_the_place(seed):
    t = np.arange(0.5, 60, 1.0)
    values = knee(t, 30) * noise(60, 0.1, seed=seed)
    often = find(t, values)
    seldom = find(t.reshape(-1, 2).mean(axis=1), values.reshape(-1, 2).mean(axis=1))
    assert often.interval[0] - 2 <= seldom.at <= often.interval[1] + 2


# -- any symptom --------------------------------------------------------------------------------
def test_a_falling_symptom_turns_where_it_falls():
    hits = np.where(HOUR_S < 2000, 0.99, 0.80) + 0.01 * np.log(noise(360, 1))
    turn = symptom_turn(HOUR_S, hits, "cache.hit_ratio", "ratio")
    assert turn.at_s == pytest.approx(2000, abs=20)
    assert turn.before > turn.after
    assert turn.label == "cache.hit_ratio"


def test_a_symptom_that_only_drifts_has_no_turn():
    drifts = 5 + HOUR_S / 1000 + 0.2 * np.log(noise(360, 1))
    assert symptom_turn(HOUR_S, drifts, "x", "") is None
    assert symptom_turn(HOUR_S, -drifts, "x", "") is None


def test_a_symptom_of_zeros_or_of_nothing_has_no_turn():
    assert symptom_turn(HOUR_S, np.zeros(360), "x", "") is None
    assert symptom_turn(HOUR_S, np.full(360, np.nan), "x", "") is None


# -- failures -----------------------------------------------------------------------------------
def test_failures_turn_where_their_share_rises():
    failed = np.where(np.arange(40) < 25, 0, 20)
    (turn,) = inflections(a_load([0.1] * 40, failed))
    assert turn.symptom is Symptom.FAILURES
    assert turn.at_s == 50
    assert (turn.before, turn.after) == (0, 0.2)
    assert turn.interval_s[0] <= 50 <= turn.interval_s[1]


def test_a_steady_share_of_failures_is_no_turn():
    failed = np.random.default_rng(0).binomial(100, 0.05, 40)
    assert inflections(a_load([0.1] * 40, failed)) == ()


def test_few_failures_at_the_end_are_no_turn():
    assert inflections(a_load([0.1] * 40, [0] * 39 + [1])) == ()


def test_failures_that_stop_are_no_turn():
    assert inflections(a_load([0.1] * 40, [30] * 20 + [0] * 20)) == ()


# -- throughput ---------------------------------------------------------------------------------
def test_throughput_turns_where_users_bring_no_more():
    users = np.linspace(2, 200, 60)
    rate = 5 * np.minimum(users, 110) * noise(60, 0.03)
    (turn,) = inflections(a_load(np.full(60, 0.1), users=users, requests=2 * rate))
    assert turn.symptom is Symptom.THROUGHPUT
    assert turn.users == pytest.approx(110, abs=10)
    assert turn.unit == "1/s"


def test_throughput_that_follows_its_users_has_no_turn():
    users = np.linspace(2, 200, 60)
    requests = 10 * users * noise(60, 0.05)
    assert inflections(a_load(np.full(60, 0.1), users=users, requests=requests)) == ()


def test_constant_users_tell_nothing_of_throughput():
    requests = 1000 * noise(60, 0.05)
    assert inflections(a_load(np.full(60, 0.1), users=np.full(60, 50.0), requests=requests)) == ()


# -- bins ---------------------------------------------------------------------------------------
def test_bins_sum_cells_and_weigh_latency_by_requests():
    cells = np.arange(-5.0, 10)
    requests = np.ones(15)
    requests[5] = 3
    seconds = np.where(np.arange(15) == 5, 3.0, 0.2)
    got = bins(cells, 1.0, 10.0, (requests * 10, np.zeros(15), seconds * 10, np.arange(15.0)))
    assert got.width_s == 2
    assert got.at_s.tolist() == [1, 3, 5, 7, 9]
    assert got.requests.tolist() == [40, 20, 20, 20, 20]
    assert got.mean_s[0] == pytest.approx(3.2 / 4)
    assert got.users[0] == 5.5


def test_a_long_run_has_360_bins_and_a_sparse_one_fewer():
    cells = np.arange(3600.0)
    busy, sparse = np.full(3600, 10.0), np.full(3600, 0.1)
    for requests, n in ((busy, 360), (sparse, 36)):
        got = bins(cells, 1.0, 3600.0, (requests, requests * 0, requests * 0.1, cells))
        assert got.at_s.size == n


def test_two_hours_are_searched_and_found():
    t = np.arange(7200.0)
    requests = np.full(7200, 100.0)
    seconds = requests * 0.05 * knee(t, 4000) * noise(7200)
    (turn,) = inflections(bins(t, 1.0, 7200.0, (requests, np.zeros(7200), seconds, t / 10)))
    assert turn.at_s == pytest.approx(4000, abs=100)
