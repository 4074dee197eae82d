"""The load as users felt it: counts are kept, bursts spread, lateness taken out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tier_logs import BEGIN_S, GRID, LOAD_S, a_tier

from diagnose.ingest import Source
from diagnose.loadchoice import Chosen, Telling, all_tests, choose
from diagnose.loadcurve import LoadCurve, from_tier, from_tool
from diagnose.loadseries import window_of
from diagnose.loadseries import window_of_requests as window_of_ends
from diagnose.readings import Array, Load, LoadSeries, LoadTotals, Reading
from diagnose.tiers import TierLog

SECONDS = np.arange(1.0, LOAD_S + 1)


def a_series(
    requests: Array, *, mean_s: Array | float = 0.2, users: Array | float = 10.0, route: str = ""
) -> LoadSeries:
    """One row a second."""
    n = requests.size

    def column(given: Array | float) -> Array:
        return np.broadcast_to(np.asarray(given, float), n).copy()

    none = np.full(n, math.nan)
    return LoadSeries(
        BEGIN_S + np.arange(1.0, n + 1),
        np.ones(n),
        column(users),
        requests.astype(float),
        requests * 0.1,
        column(mean_s),
        none,
        none,
        none,
        np.arange(1, n + 1),
        route,
    )


def a_source(*series: LoadSeries, path: str = "a.csv", totals: tuple[LoadTotals, ...] = ()):
    reading = Reading(loads=[Load("locust", series, totals)])
    return Source(path, "client", "odd", "odd", "load_generator", reading)


def chosen_of(*sources: Source) -> Chosen | None:
    nothing = Telling({}, lambda path: math.nan, lambda: None)
    return choose(all_tests(list(sources)), nothing)


def curve_of(series: LoadSeries, log: TierLog | None = None, **more) -> LoadCurve:
    chosen = chosen_of(a_source(series, **more))
    assert chosen is not None
    return from_tool(chosen, GRID, log)


STEADY = a_series(np.full(60, 50))


# -- which file ---------------------------------------------------------------------------------
def test_the_series_of_all_routes_with_most_requests_speaks() -> None:
    whole, part = a_series(np.full(60, 50)), a_series(np.full(60, 90), route="GET /")
    short = a_source(a_series(np.full(9, 50)), path="b.csv")
    chosen = chosen_of(short, a_source(part, whole))
    assert chosen is not None and chosen.series is not None
    assert chosen.series.requests is whole.requests
    assert chosen_of(a_source(part)) is None and chosen_of() is None


def test_the_load_lasts_from_the_first_users_to_the_last_requests() -> None:
    requests = np.r_[np.zeros(5), np.full(20, 7), np.zeros(10)]
    users = np.r_[np.zeros(3), np.full(32, 4)]
    window = window_of(a_series(requests, users=users), 100.0)
    assert (window.begin_s - BEGIN_S, window.end_s - BEGIN_S) == (103.0, 125.0)


def test_stragglers_after_the_last_user_are_no_load() -> None:
    users = np.r_[np.full(20, 4), np.zeros(10)]
    window = window_of(a_series(np.full(30, 7), users=users), 0.0)
    assert window.end_s - BEGIN_S == 20.0


def test_a_quiet_day_around_a_test_is_no_load() -> None:
    trickle = np.arange(0, 86_400, 120.0)
    test = 40_000 + np.arange(0, 300, 0.05)
    window = window_of_ends(np.r_[trickle, test, math.nan])
    assert window is not None
    assert 39_900 < window.begin_s <= 40_000 and 40_299 < window.end_s < 40_420
    assert window_of_ends(np.array([1.0])) is None


# -- on the grid ------------------------------------------------------------------------------
def test_counts_and_seconds_are_kept() -> None:
    curve = curve_of(a_series(SECONDS, mean_s=np.linspace(0.1, 0.7, 60)))
    assert curve.requests.sum() == pytest.approx(SECONDS.sum())
    assert curve.failed.sum() == pytest.approx(0.1 * SECONDS.sum())
    assert curve.seconds.sum() == pytest.approx((SECONDS * np.linspace(0.1, 0.7, 60)).sum())
    assert curve.summary.requests == SECONDS.sum()


def test_a_mean_over_a_stretch_counts_each_request_once() -> None:
    requests = np.where(SECONDS <= 30, 10, 90)
    curve = curve_of(a_series(requests, mean_s=np.where(SECONDS <= 30, 1.0, 0.1)))
    assert curve.mean_during(0, 60, GRID) == pytest.approx((300 * 1.0 + 2700 * 0.1) / 3000)
    assert curve.mean_during(0, 30, GRID) == pytest.approx(1.0)
    assert math.isnan(curve.mean_during(100, 200, GRID))


def test_reports_in_bursts_become_a_steady_rate() -> None:
    bursts = np.where(SECONDS % 3 == 0, 150, 0)
    rate = curve_of(a_series(bursts)).throughput_per_s
    inside = rate[(GRID.cells_s >= 5) & (GRID.cells_s < 55)]
    assert inside == pytest.approx(np.full(inside.size, 50.0), rel=0.02)


def test_a_real_silence_stays_silent() -> None:
    requests = np.where((SECONDS > 20) & (SECONDS <= 40), 0, 50)
    rate = curve_of(a_series(requests)).throughput_per_s
    assert rate[(GRID.cells_s >= 25) & (GRID.cells_s < 35)].max() < 1


def test_outside_the_load_nothing_is_known() -> None:
    curve = curve_of(STEADY)
    outside = (GRID.cells_s < 0) | (GRID.cells_s >= LOAD_S)
    for column in (curve.throughput_per_s, curve.mean_s, curve.failures_per_s):
        assert np.isnan(column[outside]).all() and np.isfinite(column[~outside]).all()
    assert np.isnan(curve.users[outside]).all()


def test_a_tool_that_tells_no_times_leaves_them_unknown() -> None:
    curve = curve_of(a_series(np.full(60, 50), mean_s=math.nan))
    assert np.isnan(curve.mean_s).all()
    assert np.nanmax(curve.throughput_per_s) == pytest.approx(50)


def test_counts_that_come_late_are_moved_to_when_the_first_tier_saw_them() -> None:
    at = np.sort(np.random.default_rng(1).uniform(0, 1, 3000) ** 0.5) * 56  # a ramp
    late = np.bincount((at + 4.0).astype(int), minlength=60)[:60]
    curve = curve_of(a_series(late), a_tier("lb1", at, 0.1))
    assert any("4.0 s late against lb1's log" in note for note in curve.notes)
    there = np.cumsum(GRID.count(at + BEGIN_S))
    assert np.abs(np.cumsum(curve.requests) - there).max() < 0.02 * at.size


def test_a_steady_load_is_moved_by_nothing() -> None:
    at = (np.arange(3000) + 0.3) * 0.02
    assert not curve_of(STEADY, a_tier("lb1", at, 0.1)).notes


# -- totals ---------------------------------------------------------------------------------
def test_the_tool_s_own_totals_are_taken_where_they_are_of_this_test() -> None:
    mine = LoadTotals(3010, 7, 0.2, 0.15, 0.5, 0.9)
    other = LoadTotals(90_000, 1, 9.0)
    summary = curve_of(STEADY, totals=(other, mine)).summary
    assert (summary.requests, summary.failures, summary.p95_s) == (3010, 7, 0.5)
    alone = curve_of(STEADY, totals=(other,)).summary
    assert alone.requests == 3000 and math.isnan(alone.p95_s)
    assert alone.mean_s == pytest.approx(0.2)


def test_without_a_tool_the_first_tier_tells_and_says_so() -> None:
    at = (np.arange(3000) + 0.3) * 0.02
    status = np.where(at >= 30, 503, 200)
    curve = from_tier(a_tier("lb1", at, np.where(at < 30, 0.1, 0.4), status=status), GRID)
    assert (curve.summary.tool, curve.summary.requests, curve.summary.failures) == ("", 3000, 1500)
    assert curve.mean_during(30, 60, GRID) == pytest.approx(0.4)
    assert "read off raw/lb1/log" in curve.notes[0]
