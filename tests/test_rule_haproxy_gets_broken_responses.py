"""Responses that break off under load point behind; a few among many do not."""

from cases import a_case, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.haproxy_gets_broken_responses import BROKEN, haproxy_gets_broken_responses


def test_broken_responses_after_the_inflection_are_a_lead():
    case = a_case("lb", {BROKEN: {"api/app1": step(0, 4)}})
    outcome = haproxy_gets_broken_responses(case)
    assert isinstance(outcome, Finding)
    assert outcome.place is Place.BEHIND and not outcome.mechanism
    assert outcome.failures == 120
    assert outcome.missing == ("why the next tier closed: its log, and that of its kernel",)


def test_less_than_one_in_a_thousand_is_daily_life():
    case = a_case("lb", {BROKEN: {"api/app1": step(0, 0.11)}})
    assert isinstance(haproxy_gets_broken_responses(case), Cleared)


def test_as_many_before_the_inflection_are_background():
    case = a_case("lb", {BROKEN: {"api/app1": step(4, 4)}})
    assert isinstance(haproxy_gets_broken_responses(case), Cleared)


def test_clients_that_went_away_are_those_of_the_backend_alone():
    case = a_case("lb", {BROKEN: {"api/BACKEND": step(0, 9), "api/app1": step(0, 0)}})
    assert isinstance(haproxy_gets_broken_responses(case), Cleared)


def test_none_is_cleared_and_nothing_measured_is_not():
    case = a_case("lb", {BROKEN: {"api/app1": step(0, 0)}})
    assert isinstance(haproxy_gets_broken_responses(case), Cleared)
    assert isinstance(haproxy_gets_broken_responses(a_case("lb")), CannotTell)
