"""Overflows tell of short connections, and are never a mechanism."""

from cases import a_case, a_pair, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.time_wait_table_overflows import (
    OVERFLOWS,
    SAID,
    WAITING,
    time_wait_table_overflows,
)


def judged(**signals):
    return time_wait_table_overflows(a_case("lb", signals))


def test_overflows_under_load_are_a_lead():
    outcome = judged(**{OVERFLOWS: step(0, 40), WAITING: step(900, 16384)})
    assert isinstance(outcome, Finding) and not outcome.mechanism and len(outcome.evidence) == 2


def test_none_and_steady_ones_are_cleared():
    assert isinstance(judged(**{OVERFLOWS: step(0, 0), SAID: step(0, 0)}), Cleared)
    assert isinstance(judged(**{OVERFLOWS: step(7, 7)}), Cleared)


def test_an_undated_pair_misses_its_course_and_nothing_read_is_no_answer():
    case = a_case("lb")
    assert isinstance(time_wait_table_overflows(case), CannotTell)
    case.found[OVERFLOWS] = {"": a_pair("the_lb", OVERFLOWS, "", 800)}
    assert time_wait_table_overflows(case).missing
