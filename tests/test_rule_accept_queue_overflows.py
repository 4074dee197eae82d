"""Overflows under load are found, old ones are not, and a look a second never clears."""

from cases import a_case, a_pair, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.accept_queue_overflows import DROPS, OVERFLOWS, QUEUE, accept_queue_overflows

BACKLOG = {"listen.backlog": {":80": 128.0, ":22": 128.0}}


def test_overflows_under_load_are_a_mechanism_in_front():
    signals = {OVERFLOWS: step(0, 5), DROPS: step(0, 5), QUEUE: {":80": step(3, 129)}}
    outcome = accept_queue_overflows(a_case("app", signals, limits=BACKLOG))
    assert isinstance(outcome, Finding) and outcome.mechanism
    assert outcome.place is Place.FRONT and outcome.onset_s == 30
    assert outcome.says == "an accept queue overflowed 150 times"
    assert outcome.evidence[2].says == "129 of 128 connections waited at :80"


def test_a_queue_at_its_backlog_is_enough():
    outcome = accept_queue_overflows(a_case("app", {QUEUE: {":80": step(3, 128)}}, limits=BACKLOG))
    assert isinstance(outcome, Finding) and outcome.missing == (OVERFLOWS,)


def test_room_in_the_queue_is_cleared_with_its_numbers():
    signals = {OVERFLOWS: step(0, 0), QUEUE: {":80": ramp(12), ":22": step(0, 0)}}
    outcome = accept_queue_overflows(a_case("app", signals, limits=BACKLOG))
    assert isinstance(outcome, Cleared)
    assert outcome.says.endswith("at most 12 of 128 connections waited at :80")


def test_overflows_that_never_stop_are_background():
    assert isinstance(accept_queue_overflows(a_case("app", {OVERFLOWS: step(1, 1)})), Cleared)


def test_a_short_queue_without_the_counter_clears_nothing():
    outcome = accept_queue_overflows(a_case("app", {QUEUE: {":80": ramp(12)}}, limits=BACKLOG))
    assert isinstance(outcome, CannotTell) and outcome.missing == (OVERFLOWS,)


def test_an_undated_pair_is_no_mechanism():
    case = a_case("app")
    case.found[OVERFLOWS] = {"": a_pair("the_app", OVERFLOWS, "", 400)}
    outcome = accept_queue_overflows(case)
    assert isinstance(outcome, Finding) and not outcome.mechanism and outcome.missing
    case.found[OVERFLOWS] = {"": a_pair("the_app", OVERFLOWS, "", 0)}
    assert isinstance(accept_queue_overflows(case), Cleared)


def test_without_anything_it_cannot_tell():
    assert isinstance(accept_queue_overflows(a_case("app")), CannotTell)
