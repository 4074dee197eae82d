"""A full zone is a lead; a line in a burst is not."""

import numpy as np
from cases import GRID_S, a_case, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.nginx_shared_zone_is_full import FULL, nginx_shared_zone_is_full


def test_a_zone_that_stays_full_is_a_lead():
    outcome = nginx_shared_zone_is_full(a_case("lb", {FULL: step(0, 3)}))
    assert isinstance(outcome, Finding) and not outcome.mechanism and outcome.missing


def test_a_single_line_and_a_silent_log_are_cleared():
    once = np.where(GRID_S == 31, 1.0, 0.0)
    assert isinstance(nginx_shared_zone_is_full(a_case("lb", {FULL: once})), Cleared)
    assert isinstance(nginx_shared_zone_is_full(a_case("lb", {FULL: step(0, 0)})), Cleared)


def test_without_a_log_it_cannot_tell():
    assert isinstance(nginx_shared_zone_is_full(a_case("lb")), CannotTell)
