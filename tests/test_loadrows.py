"""Requests logged one by one become a load curve that agrees with the requests."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.loadrows import LoadRows, load_of
from diagnose.readings import Labels


def rows(began, took, failed=None, **more):
    began, took = np.array(began, float), np.array(took, float)
    failed = np.zeros(began.size, bool) if failed is None else np.array(failed, bool)
    return LoadRows(began, took, failed, np.arange(1, began.size + 1), **more)


def test_a_request_counts_where_it_ended_and_is_in_flight_where_it_was():
    load = load_of("t", rows([100.0, 100.5], [0.25, 2.0]))
    (series,) = load.series
    assert series.at_s.tolist() == [101, 102, 103]
    assert series.requests.tolist() == [1, 0, 1]
    assert series.users == pytest.approx([0.75, 1.0, 0.5])
    assert not load.own_users


def test_users_of_the_tool_are_kept_and_held():
    load = load_of("t", rows([0.0, 3.2], [0.1, 0.1], users=np.array([5.0, 7.0])))
    assert load.series[0].users.tolist() == [5, 5, 5, 7]
    assert load.totals[0].users == 7 and load.own_users


def test_routes_have_their_own_series_and_failures_their_kinds():
    routes = Labels(np.array([0, 1, 0]), ("GET /a", "GET /b"))
    kinds = Labels(np.array([-1, 0, 0]), ("503 Service Unavailable",))
    load = load_of("t", rows([0, 0, 0], [1, 2, 3], [0, 1, 1], routes=routes, kinds=kinds))
    assert [(t.route, t.requests, t.failures) for t in load.totals] == [
        ("", 3, 2),
        ("GET /a", 2, 1),
        ("GET /b", 1, 1),
    ]
    assert [(e.route, e.kind, e.count) for e in load.errors] == [
        ("GET /a", "status", 1),
        ("GET /b", "status", 1),
    ]


def test_nothing_logged_is_no_load():
    assert load_of("t", rows([], [])).series == ()


@given(
    st.lists(st.tuples(st.floats(0, 50), st.floats(0, 5), st.booleans()), min_size=1, max_size=200)
)
def test_the_curve_sums_up_to_the_requests(requests):
    began, took, failed = zip(*requests, strict=True)
    load = load_of("t", rows(began, took, failed))
    series, whole = load.series[0], load.totals[0]
    assert series.requests.sum() == whole.requests == len(requests)
    assert series.failures.sum() == whole.failures == sum(failed)
    seconds = np.nansum(series.requests * series.mean_s)
    assert seconds == pytest.approx(sum(took), abs=1e-6)
    assert (series.users * series.interval_s).sum() == pytest.approx(sum(took), abs=1e-6)
    assert whole.p95_s == sorted(took)[max(0, -(-95 * len(took) // 100) - 1)]
