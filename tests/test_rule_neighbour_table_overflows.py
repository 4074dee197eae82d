"""One message under load is enough; a silent log clears, no log is no answer."""

import numpy as np
from cases import GRID_S, a_case, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.neighbour_table_overflows import OVERFLOW, neighbour_table_overflows


def test_a_single_message_under_load_is_a_mechanism():
    once = np.where(GRID_S == 35, 1.0, 0.0)
    outcome = neighbour_table_overflows(a_case("router", {OVERFLOW: once}))
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.place is Place.PATH


def test_messages_that_came_before_the_load_too_are_background():
    outcome = neighbour_table_overflows(a_case("router", {OVERFLOW: step(1, 1)}))
    assert isinstance(outcome, Cleared) and "background" in outcome.says


def test_a_silent_log_clears_and_no_log_is_no_answer():
    assert isinstance(neighbour_table_overflows(a_case("router", {OVERFLOW: step(0, 0)})), Cleared)
    assert isinstance(neighbour_table_overflows(a_case("router")), CannotTell)
