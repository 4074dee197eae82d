"""Errors of connecting that come with the load point behind; steady ones do not."""

from cases import a_case, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.haproxy_cannot_connect_to_a_server import (
    AGAIN,
    FAILED,
    haproxy_cannot_connect_to_a_server,
)


def test_errors_after_the_inflection_are_a_lead_to_the_tier_behind():
    signals = {
        FAILED: {"api/app1": step(0, 2), "api/BACKEND": step(0, 3)},
        AGAIN: {"api/BACKEND": step(0, 9)},
    }
    outcome = haproxy_cannot_connect_to_a_server(a_case("lb", signals))
    assert isinstance(outcome, Finding)
    assert outcome.place is Place.BEHIND and not outcome.mechanism
    assert outcome.failures == 90  # of the backend: those of its server are among them
    assert {e.metric for e in outcome.evidence} == {FAILED, AGAIN}
    assert outcome.missing


def test_a_server_that_is_always_down_is_background():
    case = a_case("lb", {FAILED: {"api/old": step(1, 1)}})
    assert isinstance(haproxy_cannot_connect_to_a_server(case), Cleared)


def test_errors_before_the_inflection_alone_are_a_restart():
    case = a_case("lb", {FAILED: {"api/app1": step(3, 0, idle=0)}})
    assert isinstance(haproxy_cannot_connect_to_a_server(case), Cleared)


def test_none_is_cleared():
    outcome = haproxy_cannot_connect_to_a_server(a_case("lb", {FAILED: {"api/a": step(0, 0)}}))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "HAProxy reached its servers every time"


def test_without_show_stat_it_cannot_tell():
    assert isinstance(haproxy_cannot_connect_to_a_server(a_case("lb")), CannotTell)
