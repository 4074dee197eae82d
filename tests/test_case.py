"""Numbers over a window."""

import numpy as np
import pytest
from cases import GRID_S, a_case

WAIT = "http.wait_s"


def test_the_mean_time_of_a_request_counts_each_request_once():
    slow = (GRID_S >= 30) & (GRID_S < 45)
    found = {
        WAIT: {"db": np.where(slow, 2.0, 1.0)},
        "http.requests_per_s": np.where(slow, 10.0, 30.0),
    }
    case = a_case("app", found)
    assert case.after(WAIT, "db") == pytest.approx((2 * 10 + 1 * 30) / 40)
    assert case.before(WAIT, "db") == 1.0


def test_without_the_number_of_requests_each_moment_counts_alike():
    case = a_case("app", {WAIT: {"db": np.where(GRID_S < 45, 2.0, 1.0)}})
    assert case.after(WAIT, "db") == 1.5


def test_a_count_is_whole():
    case = a_case("db", {"db.refused_connections_per_s": np.where(GRID_S == 40, 60.7, 0.0)})
    assert ": 61 while the load ran" in case.count("db.refused_connections_per_s").says
