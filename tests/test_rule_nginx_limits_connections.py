"""Refused requests are found with their limit; a silent log clears."""

from cases import a_case, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.nginx_limits_connections import LIMIT, REFUSED, nginx_limits_connections


def test_refused_requests_are_failures_born_here():
    case = a_case("lb", {REFUSED: step(0, 8)}, limits={LIMIT: 100.0})
    outcome = nginx_limits_connections(case)
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.place is Place.INSIDE
    assert outcome.failures == 240 and outcome.evidence[1].says == "limit_conn is 100 a key"


def test_a_silent_log_and_old_refusals_are_cleared():
    for values in (step(0, 0), step(2, 2)):
        assert isinstance(nginx_limits_connections(a_case("lb", {REFUSED: values})), Cleared)


def test_without_a_log_it_cannot_tell():
    assert isinstance(nginx_limits_connections(a_case("lb")), CannotTell)
