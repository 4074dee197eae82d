"""One kill under load is enough."""

import numpy as np
from cases import GRID_S, a_case, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.kernel_kills_for_want_of_memory import SAID, kernel_kills_for_want_of_memory


def test_one_kill_is_a_finding():
    outcome = kernel_kills_for_want_of_memory(
        a_case("app", {SAID[0]: np.where(GRID_S == 31, 1.0, 0.0)})
    )
    assert isinstance(outcome, Finding)
    assert outcome.onset_s == 31


def test_a_kill_before_the_load_is_no_matter():
    before = np.where(GRID_S == -5, 1.0, 0.0)
    assert isinstance(kernel_kills_for_want_of_memory(a_case("app", {SAID[0]: before})), Cleared)


def test_a_quiet_kernel_is_cleared():
    outcome = kernel_kills_for_want_of_memory(a_case("app", {SAID[0]: step(0, 0)}))
    assert isinstance(outcome, Cleared)


def test_without_its_log_it_cannot_tell():
    assert isinstance(kernel_kills_for_want_of_memory(a_case("app")), CannotTell)
