"""Series of several files are put together without losing or doubling a request."""

import math

import numpy as np
import pytest

from diagnose.loadseries import one_after_another, side_by_side
from diagnose.readings import LoadSeries


def a_series(begin_s, requests, *, mean_s=0.2, users=4.0, width=1.0):
    requests = np.asarray(requests, float)
    n, full = requests.size, np.full
    none = full(n, math.nan)
    at_s = begin_s + width * np.arange(1, n + 1)
    columns = (full(n, float(width)), full(n, float(users)), requests, requests / 10)
    return LoadSeries(
        at_s, *columns, full(n, mean_s), none, none, none, np.arange(n), notes=("cut",)
    )


def test_generators_side_by_side_are_added_up():
    one, other = a_series(100, [10] * 20, mean_s=0.1), a_series(105.5, [30] * 10, mean_s=0.5)
    both = side_by_side([one, other])
    assert both.requests.sum() == pytest.approx(500)
    assert both.failures.sum() == pytest.approx(50)
    assert (both.requests * np.nan_to_num(both.mean_s)).sum() == pytest.approx(20 + 150)
    assert both.users.max() == 8 and both.users[0] == 4
    assert np.isnan(both.p95_s).all() and both.notes == ("cut",)


def test_series_of_different_width_are_added_up_on_the_wider():
    both = side_by_side([a_series(0, [10] * 20), a_series(0, [100, 100], width=10)])
    assert both.interval_s.tolist() == [10, 10]
    assert both.requests.tolist() == pytest.approx([200, 200])


def test_runs_one_behind_another_stand_in_the_order_of_their_times():
    whole = one_after_another([a_series(50, [7] * 3), a_series(10, [5] * 3)])
    assert whole.at_s.tolist() == [11, 12, 13, 51, 52, 53]
    assert whole.requests.tolist() == [5, 5, 5, 7, 7, 7]
