"""Failures born at the application are named when they came with the load."""

from cases import a_case, grows, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.application_fails_requests_itself import (
    BORN,
    REQUESTS,
    SAID,
    application_fails_requests_itself,
)


def test_failures_that_came_with_the_load_are_a_lead():
    case = a_case("app", {BORN: step(0, 10), REQUESTS: step(100, 100)})
    outcome = application_fails_requests_itself(case)
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism
    assert outcome.failures == 300 and outcome.seconds == 0


def test_a_panic_beside_them_is_a_mechanism():
    signals = {BORN: step(0, 10), REQUESTS: step(100, 100), SAID[0]: step(0, 1)}
    outcome = application_fails_requests_itself(a_case("app", signals))
    assert isinstance(outcome, Finding)
    assert outcome.mechanism


def test_a_route_that_always_fails_is_cleared_with_its_share():
    case = a_case("app", {BORN: grows(5), REQUESTS: grows(100)})
    outcome = application_fails_requests_itself(case)
    assert isinstance(outcome, Cleared)
    assert outcome.says == "5 % of its requests failed before, 5 % after"


def test_without_statuses_it_cannot_tell():
    assert isinstance(application_fails_requests_itself(a_case("app")), CannotTell)
