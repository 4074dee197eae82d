"""A full table is told by the kernel or by its numbers; growth with room is not."""

import numpy as np
from cases import GRID_S, a_case, grows, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.system_file_table_is_full import OPEN, SAID, system_file_table_is_full

MAX = {"files.system_max": 65536.0}


def judged(signals, limits=MAX):
    return system_file_table_is_full(a_case("app", signals, limits=limits))


def test_the_kernels_word_and_a_table_at_its_maximum_are_mechanisms():
    once = np.where(GRID_S == 33, 1.0, 0.0)
    assert judged({SAID: once}).mechanism
    outcome = judged({OPEN: step(9000, 65500)})
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.onset_s == 30


def test_nine_tenths_are_a_lead():
    assert not judged({OPEN: step(9000, 60000)}).mechanism


def test_growth_with_users_and_room_is_cleared():
    outcome = judged({OPEN: grows(600), SAID: step(0, 0)})
    assert isinstance(outcome, Cleared) and "of 65,536 files open" in outcome.says
    assert isinstance(judged({SAID: step(0, 0)}), Cleared)


def test_without_a_maximum_or_anything_it_cannot_tell():
    assert isinstance(judged({OPEN: grows(600)}, limits=None), CannotTell)
    assert isinstance(judged({}), CannotTell)
