"""A lag that grows under load is a lead; one on purpose, and a moment, are not."""

import numpy as np
from cases import GRID_S, a_case, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.replica_falls_behind import LAG, replica_falls_behind


def test_a_lag_that_grows_after_the_inflection_is_a_lead():
    outcome = replica_falls_behind(a_case("db", {LAG: np.clip(GRID_S - 30.0, 0, None)}))
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism and outcome.missing


def test_a_replica_delayed_on_purpose_is_not_accused():
    assert isinstance(replica_falls_behind(a_case("db", {LAG: step(3600, 3600)})), Cleared)


def test_a_moment_of_lag_is_cleared():
    moment = np.where((GRID_S > 40) & (GRID_S < 45), 20.0, 0.0)
    assert isinstance(replica_falls_behind(a_case("db", {LAG: moment})), Cleared)


def test_no_lag_is_cleared_with_its_number_and_nothing_measured_is_not():
    outcome = replica_falls_behind(a_case("db", {LAG: step(0, 0.5)}))
    assert isinstance(outcome, Cleared)
    assert outcome.source
    assert isinstance(replica_falls_behind(a_case("db")), CannotTell)
