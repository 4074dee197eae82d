"""The database's own words, while the load ran."""

import numpy as np
from cases import GRID_S, a_case, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.checkpoints_come_too_often import ANY, SAID, checkpoints_come_too_often


def test_its_own_words_are_a_finding():
    said = np.where((GRID_S >= 30) & (GRID_S % 10 == 0), 1.0, 0.0)
    outcome = checkpoints_come_too_often(a_case("db", {SAID: said}))
    assert isinstance(outcome, Finding)


def test_checkpoints_in_good_time_are_cleared():
    outcome = checkpoints_come_too_often(a_case("db", {SAID: step(0, 0), ANY: step(0, 0)}))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "no checkpoint came too early"


def test_without_its_log_it_cannot_tell():
    assert isinstance(checkpoints_come_too_often(a_case("db")), CannotTell)
