"""A named wait for an outsider is named; one for a component is left to its rules."""

from cases import a_case, a_run, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.application_waits_for_a_dependency import (
    SAID,
    WAIT,
    application_waits_for_a_dependency,
)


def test_a_wait_for_an_outsider_is_a_lead():
    case = a_case("app", {WAIT: {"payment": step(0.02, 0.3), "db": step(0.01, 0.01)}})
    outcome = application_waits_for_a_dependency(case)
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism and outcome.place is Place.BEHIND
    assert outcome.says == "requests wait 280 ms more for payment"


def test_timeouts_make_it_a_mechanism():
    case = a_case("app", {WAIT: {"payment": step(0.02, 0.3)}, SAID[0]: step(0, 1)})
    outcome = application_waits_for_a_dependency(case)
    assert isinstance(outcome, Finding)
    assert outcome.mechanism


def test_a_component_of_the_run_has_rules_of_its_own():
    run = a_run()
    waits = {"redis": step(0.001, 0.3)}
    case = a_case("app", {WAIT: waits}, run=run, sends_to=("the_cache",))
    a_case("cache", run=run)
    assert isinstance(application_waits_for_a_dependency(case), Cleared)


def test_a_fast_dependency_is_cleared_with_its_numbers():
    case = a_case("app", {WAIT: {"payment": step(0.02, 0.021)}})
    outcome = application_waits_for_a_dependency(case)
    assert isinstance(outcome, Cleared)
    assert outcome.says == "wait a request (payment): 20 ms before, 21 ms after"


def test_without_named_waits_it_cannot_tell():
    assert isinstance(application_waits_for_a_dependency(a_case("app")), CannotTell)
