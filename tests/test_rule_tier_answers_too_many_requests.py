"""The innermost tier that says 429 is the one with the limit."""

from cases import a_case, a_run, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.tier_answers_too_many_requests import (
    TOO_MANY,
    tier_answers_too_many_requests,
)


def judged(outer, inner=None):
    run = a_run()
    case = a_case("lb", {TOO_MANY: outer}, run=run, name="lb", sends_to=("api",))
    a_case("app", {} if inner is None else {TOO_MANY: inner}, run=run, name="api")
    return tier_answers_too_many_requests(case)


def test_429_that_none_behind_said_is_a_mechanism_here():
    outcome = judged(step(0, 30), step(0, 0))
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.place is Place.INSIDE
    assert outcome.failures == 900 and not outcome.missing


def test_429_of_the_tier_behind_is_passed_on():
    outcome = judged(step(0, 30), step(0, 30))
    assert isinstance(outcome, Cleared) and outcome.says.endswith("passed on from api")


def test_where_nobody_knows_of_the_tier_behind_it_is_a_lead():
    outcome = judged(step(0, 30))
    assert not outcome.mechanism and "its access log" in outcome.missing[0]


def test_few_steady_or_none_are_cleared():
    for values in (step(0, 0.5), step(9, 9), step(0, 0)):
        assert isinstance(judged(values), Cleared)


def test_without_a_log_it_cannot_tell():
    assert isinstance(tier_answers_too_many_requests(a_case("lb")), CannotTell)
