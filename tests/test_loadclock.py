"""A load without a clock is found in the first tier's log, or it is said why it is not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from diagnose.loadclock import placed
from diagnose.readings import Array, LoadSeries

BEGAN_S = 1_795_406_693.4


def requests(seed: int = 1, seconds: int = 60, low: float = 20, high: float = 120) -> Array:
    """Ends of the requests of a ramp, seconds since it began."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(np.linspace(low, high, seconds))
    return np.sort(np.repeat(np.arange(seconds), counts) + rng.random(int(counts.sum())))


def by_second(ended: Array, mean_s: float = 0.1) -> LoadSeries:
    n = int(ended.max()) + 1
    none = np.full(n, math.nan)
    counts = np.bincount(ended.astype(int), minlength=n).astype(float)
    return LoadSeries(
        np.arange(1.0, n + 1), np.ones(n), none, counts, np.zeros(n), np.full(n, mean_s),
        none, none, none, np.arange(n),
    )  # fmt: skip


def test_a_ramp_is_found_to_a_fraction_of_a_second():
    ended = requests()
    rng = np.random.default_rng(7)
    log = BEGAN_S + ended - rng.uniform(0.0, 0.02, ended.size)  # it ended there a little sooner
    place = placed(by_second(ended), rng.permutation(log))
    assert place.began_s == pytest.approx(BEGAN_S, abs=max(0.2, place.error_s))
    assert place.error_s <= 1.0


def test_a_log_in_whole_seconds_finds_it_to_about_one():
    ended = requests()
    place = placed(by_second(ended), np.floor(BEGAN_S + ended))
    assert place.began_s == pytest.approx(BEGAN_S, abs=1.0) and place.error_s >= 0.5


def test_it_is_found_within_a_longer_log_with_other_traffic():
    ended = requests()
    before = BEGAN_S - np.random.default_rng(3).uniform(100, 900, 400)
    place = placed(by_second(ended), np.concatenate([before, BEGAN_S + ended]))
    assert place.began_s == pytest.approx(BEGAN_S, abs=0.5)


def test_a_log_of_another_test_is_refused_in_words():
    place = placed(by_second(requests()), BEGAN_S + requests(2, 60, 300, 10))
    assert math.isnan(place.began_s) and place.why


def test_a_flat_load_in_a_longer_flat_log_could_be_anywhere():
    load = requests(1, 30, 50, 50)
    log = BEGAN_S + requests(2, 600, 50, 50)
    place = placed(by_second(load), log)
    assert math.isnan(place.began_s) and ("as well" in place.why or "apart" in place.why)


def test_the_same_test_run_twice_is_not_told_apart():
    ended = requests()
    place = placed(by_second(ended), np.concatenate([BEGAN_S + ended, BEGAN_S + 300 + ended]))
    assert math.isnan(place.began_s) and "two places" in place.why


def test_a_handful_of_requests_places_nothing():
    few = np.array([0.1, 0.5, 3.0])
    assert "few" in placed(by_second(few), BEGAN_S + few).why
