"""Segments dropped at the socket are a lead; a trickle is not."""

from cases import a_case, a_pair, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.receive_buffers_overflow import (
    BACKLOG,
    PRUNED,
    QUEUE,
    receive_buffers_overflow,
)


def judged(**signals):
    return receive_buffers_overflow(a_case("app", signals))


def test_drops_that_grow_are_a_lead():
    outcome = judged(**{QUEUE: step(0, 8), PRUNED: step(0, 30)})
    assert isinstance(outcome, Finding) and not outcome.mechanism and len(outcome.evidence) == 2


def test_a_trickle_and_none_are_cleared():
    for values in (step(0, 0.5), step(4, 4), step(0, 0)):
        assert isinstance(judged(**{BACKLOG: values}), Cleared)


def test_an_undated_pair_and_no_counter_tell_nothing():
    case = a_case("app")
    assert isinstance(receive_buffers_overflow(case), CannotTell)
    case.found[QUEUE] = {"": a_pair("the_app", QUEUE, "", 50)}
    assert isinstance(receive_buffers_overflow(case), CannotTell)
