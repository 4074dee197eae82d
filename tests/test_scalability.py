"""The Universal Scalability Law, held against fits that others published."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.scalability import levels, scalability

# SPEC SDM91 on a SPARCcenter 2000: scripts an hour against users. The fit is that of R's
# package usl, as its documentation prints it (there alpha, beta, gamma).
SDM91 = (
    np.array([1, 18, 36, 72, 108, 144, 216.0]),
    np.array([64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2]),
)
# Throughput at 1 to 32 clients, and the fit that the Go package codahale/usl is tested by.
CLIENTS = np.concatenate(
    (
        [955.16, 1878.91, 2688.01, 3548.68, 4315.54, 5130.43, 5931.37, 6531.08],
        [7219.8, 7867.61, 8278.71, 8646.7, 9047.84, 9426.55, 9645.37, 9897.24],
        [10097.6, 10240.5, 10532.39, 10798.52, 11151.43, 11518.63, 11806, 12089.37],
        [12075.41, 12177.29, 12211.41, 12158.93, 12155.27, 12118.04, 12140.4, 12074.39],
    )
)


def law(n, one, sigma, kappa):
    return one * n / (1 + sigma * (n - 1) + kappa * n * (n - 1))


def test_the_fit_of_sdm91_is_that_of_the_r_package():
    fit = scalability(*SDM91)
    assert fit.contention == pytest.approx(0.0277285, rel=1e-4)
    assert fit.coherency == pytest.approx(0.0001044, abs=5e-8)
    assert fit.throughput_of_one == pytest.approx(89.9952330, rel=1e-5)
    assert fit.peak_users == pytest.approx(96.52, abs=0.01)
    assert fit.most_per_s == pytest.approx(1884, abs=0.5)
    assert fit.levels[1] == (18, 995.9)


def test_the_fit_of_32_clients_is_that_of_the_go_package():
    fit = scalability(np.arange(1, 33.0), CLIENTS)
    assert fit.contention == pytest.approx(0.02671591, rel=1e-5)
    assert fit.coherency == pytest.approx(7.690945e-4, rel=1e-5)
    assert fit.throughput_of_one == pytest.approx(995.6486, rel=1e-5)
    assert fit.throughput_at(20) == pytest.approx(11063.63, rel=1e-4)
    assert math.floor(fit.peak_users) == 35


def test_the_intervals_hold_the_fit_and_repeat():
    fit = scalability(*SDM91)
    assert fit.peak_interval[0] < fit.peak_users < fit.peak_interval[1]
    assert fit.contention_interval[0] < fit.contention < fit.contention_interval[1]
    assert fit.coherency_interval[0] < fit.coherency < fit.coherency_interval[1]
    assert scalability(*SDM91) == fit


def test_a_straight_line_has_no_peak():
    n = np.array([1, 5, 10, 20, 50, 100.0])
    fit = scalability(n, 7 * n)
    assert (fit.contention, fit.coherency) == (0, 0)
    assert fit.peak_users == math.inf
    assert fit.most_per_s == math.inf
    assert fit.throughput_of_one == pytest.approx(7)


def test_waiting_alone_has_a_limit_and_no_peak():
    n = np.array([1, 5, 10, 20, 50, 100.0])
    fit = scalability(n, law(n, 5, 0.05, 0))
    assert fit.contention == pytest.approx(0.05, rel=1e-4)
    assert fit.peak_users == math.inf
    assert fit.most_per_s == pytest.approx(100, rel=1e-4)


def test_fewer_than_six_levels_tell_nothing():
    n, x = SDM91
    assert scalability(n[:5], x[:5]) is None
    assert scalability(np.repeat(n[:5], 3), np.repeat(x[:5], 3)) is None


def test_levels_that_hardly_differ_tell_nothing():
    n = np.array([100, 102, 104, 106, 108, 110.0])
    assert scalability(n, 5 * n) is None


def test_what_was_not_measured_is_left_out():
    n, x = SDM91
    with_gaps = scalability(np.append(n, [150, np.nan, 0]), np.append(x, [np.nan, 5, 0]))
    assert with_gaps == scalability(n, x)


@settings(max_examples=15, deadline=None)
@given(
    one=st.floats(0.01, 1e4),
    sigma=st.floats(0.001, 0.5),
    kappa=st.floats(1e-5, 1e-2),
    top=st.sampled_from([30.0, 300.0, 3000.0]),
)
def test_a_law_without_noise_is_found_again(one, sigma, kappa, top):
    n = np.linspace(1, top, 12)
    x = law(n, one, sigma, kappa)
    fit = scalability(n, x)
    assert [fit.throughput_at(m) for m in n] == pytest.approx(x.tolist(), rel=2e-3)


@settings(max_examples=10, deadline=None)
@given(factor=st.floats(1e-3, 1e6))
def test_the_unit_of_throughput_does_not_matter(factor):
    n, x = SDM91
    fit = scalability(n, x * factor)
    assert fit.peak_users == pytest.approx(96.52, abs=0.02)


# -- levels of a run ----------------------------------------------------------------------------
def test_users_that_were_held_are_levels_as_they_are():
    users = np.repeat([10, 20, 30, 40, 50, 60.0], 5)
    n, x = levels(users, users * 2)
    assert n.tolist() == [10, 20, 30, 40, 50, 60]
    assert x.tolist() == [20, 40, 60, 80, 100, 120]


def test_a_ramp_is_cut_into_levels():
    users = np.linspace(1, 500, 600)
    n, x = levels(users, 3 * users)
    assert n.size == 12
    assert x == pytest.approx(3 * n)


def test_few_levels_are_none():
    n, x = levels(np.repeat([10, 20.0], 50), np.ones(100))
    assert n.size == x.size == 0
    assert levels(np.full(9, np.nan), np.ones(9))[0].size == 0
