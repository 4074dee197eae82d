"""Retries that multiply under load are a lead; one dead server of several is not."""

from cases import a_case, step

from diagnose.case import REQUESTS
from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.tier_tries_requests_again import AGAIN, tier_tries_requests_again


def trying(again, requests):
    return tier_tries_requests_again(a_case("lb", {AGAIN: again, REQUESTS: requests}))


def test_tries_that_multiply_after_the_inflection_are_a_lead():
    outcome = trying(step(0, 60), step(100, 120))
    assert isinstance(outcome, Finding)
    assert outcome.place is Place.BEHIND and not outcome.mechanism
    assert outcome.says == "0.5 further tries for each request, 0 before"
    assert outcome.missing


def test_a_dead_server_makes_a_steady_share_of_tries():
    assert isinstance(trying(step(30, 60, idle=0), step(60, 120)), Cleared)


def test_a_few_tries_among_many_requests_are_cleared():
    assert isinstance(trying(step(0, 6), step(100, 120)), Cleared)


def test_none_is_cleared_and_nothing_measured_is_not():
    outcome = trying(step(0, 0), step(100, 120))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "no request was tried again"
    assert isinstance(tier_tries_requests_again(a_case("lb")), CannotTell)
