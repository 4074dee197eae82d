"""Connections closed in use are a lead; a handful of keep-alive races is not."""

import numpy as np
from cases import GRID_S, a_case, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.next_tier_closes_connections import (
    CLOSED,
    RESET,
    next_tier_closes_connections,
)


def judged(**signals):
    return next_tier_closes_connections(a_case("lb", signals))


def test_closed_and_reset_connections_are_a_lead():
    outcome = judged(**{CLOSED: step(0, 4), RESET: step(0, 1)})
    assert isinstance(outcome, Finding) and not outcome.mechanism
    assert outcome.failures == 150 and outcome.says.endswith("in use 120 times")


def test_a_few_races_are_cleared():
    races = np.where(np.isin(GRID_S, (12, 41, 50)), 1.0, 0.0)
    assert isinstance(judged(**{RESET: races}), Cleared)
    assert isinstance(judged(**{RESET: step(0, 0), CLOSED: step(0, 0)}), Cleared)


def test_without_a_log_it_cannot_tell():
    assert isinstance(judged(), CannotTell)
