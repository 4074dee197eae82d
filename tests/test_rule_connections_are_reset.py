"""Resets that last are a lead; a burst when the load stops is not."""

import numpy as np
from cases import GRID_S, a_case, a_pair, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.connections_are_reset import GOT, SENT, connections_are_reset


def judged(values, **more):
    return connections_are_reset(a_case("lb", {SENT: values, **more}))


def test_resets_that_multiply_and_last_are_a_lead():
    outcome = judged(step(1, 80), **{GOT: step(0, 20)})
    assert isinstance(outcome, Finding) and not outcome.mechanism and outcome.onset_s == 30
    assert len(outcome.evidence) == 2


def test_a_burst_at_the_end_of_the_load_is_no_finding():
    outcome = judged(np.where(GRID_S >= 57, 60.0, 0.0))
    assert isinstance(outcome, Cleared) and "one burst" in outcome.says


def test_health_checks_few_and_none_are_cleared():
    assert "background" in judged(step(5, 5)).says
    assert isinstance(judged(step(0, 0.5)), Cleared)
    assert isinstance(judged(step(0, 0)), Cleared)


def test_an_undated_pair_and_no_counter_tell_nothing():
    case = a_case("lb")
    assert isinstance(connections_are_reset(case), CannotTell)
    case.found[SENT] = {"": a_pair("the_lb", SENT, "", 900)}
    assert isinstance(connections_are_reset(case), CannotTell)
