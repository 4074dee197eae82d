"""One crash under load is enough; a silent log clears."""

import numpy as np
from cases import GRID_S, a_case, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.nginx_workers_crash import DIED, nginx_workers_crash


def test_one_crash_is_a_mechanism():
    outcome = nginx_workers_crash(a_case("lb", {DIED: np.where(GRID_S == 40, 1.0, 0.0)}))
    assert isinstance(outcome, Finding) and outcome.mechanism and "crashed once" in outcome.says


def test_a_crash_before_the_inflection_only_is_no_cause():
    early = nginx_workers_crash(a_case("lb", {DIED: np.where(GRID_S == 4, 1.0, 0.0)}))
    assert isinstance(early, Cleared)


def test_a_silent_log_clears_and_no_log_is_no_answer():
    assert isinstance(nginx_workers_crash(a_case("lb", {DIED: step(0, 0)})), Cleared)
    assert isinstance(nginx_workers_crash(a_case("lb")), CannotTell)
