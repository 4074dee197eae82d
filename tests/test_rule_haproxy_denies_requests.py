"""Denials that begin with the load are named; scanners that are always denied are not."""

from cases import a_case, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.haproxy_denies_requests import DENIED, haproxy_denies_requests


def test_denials_after_the_inflection_are_a_finding():
    outcome = haproxy_denies_requests(a_case("lb", {DENIED: {"web/FRONTEND": step(0, 20)}}))
    assert isinstance(outcome, Finding)
    assert outcome.mechanism and outcome.failures == 600
    assert outcome.says == "HAProxy denied 600 requests at web/FRONTEND"


def test_a_scanner_that_is_always_denied_is_background():
    case = a_case("lb", {DENIED: {"web/FRONTEND": step(20, 20)}})
    assert isinstance(haproxy_denies_requests(case), Cleared)


def test_fewer_than_one_in_a_hundred_are_cleared():
    case = a_case("lb", {DENIED: {"web/FRONTEND": step(0, 0.5)}})
    assert isinstance(haproxy_denies_requests(case), Cleared)


def test_none_is_cleared_and_nothing_measured_is_not():
    case = a_case("lb", {DENIED: {"web/FRONTEND": step(0, 0)}})
    assert isinstance(haproxy_denies_requests(case), Cleared)
    assert isinstance(haproxy_denies_requests(a_case("lb")), CannotTell)
