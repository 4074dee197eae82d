"""maxconn that is reached and held is named; a server's limit and idle crowds are not."""

from cases import a_case, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.haproxy_takes_no_more_connections import (
    MAXCONN,
    OF_PROXY,
    SESSIONS,
    TAKEN,
    haproxy_takes_no_more_connections,
)


def test_connections_at_maxconn_are_a_finding():
    case = a_case("lb", {TAKEN: ramp(200)}, limits={MAXCONN: 200.0})
    outcome = haproxy_takes_no_more_connections(case)
    assert isinstance(outcome, Finding)
    assert outcome.place is Place.FRONT and outcome.mechanism
    assert outcome.says == "200 of 200 connections are taken"


def test_a_frontend_has_a_limit_of_its_own():
    signals = {TAKEN: ramp(100), SESSIONS: {"web/FRONTEND": ramp(100)}}
    limits = {MAXCONN: 4000.0, OF_PROXY: {"web/FRONTEND": 100.0}}
    outcome = haproxy_takes_no_more_connections(a_case("lb", signals, limits=limits))
    assert isinstance(outcome, Finding)
    assert outcome.says == "100 of 100 connections of web/FRONTEND are taken"


def test_a_server_at_its_maxconn_is_not_this():
    signals = {TAKEN: ramp(100), SESSIONS: {"web/app1": ramp(30)}}
    limits = {MAXCONN: 4000.0, OF_PROXY: {"web/app1": 30.0}}
    outcome = haproxy_takes_no_more_connections(a_case("lb", signals, limits=limits))
    assert isinstance(outcome, Cleared)


def test_connections_that_stood_there_when_idle_are_no_effect_of_the_load():
    case = a_case("lb", {TAKEN: step(199, 199)}, limits={MAXCONN: 200.0})
    assert isinstance(haproxy_takes_no_more_connections(case), Cleared)


def test_room_is_cleared_with_its_number():
    case = a_case("lb", {TAKEN: ramp(200)}, limits={MAXCONN: 2000.0})
    outcome = haproxy_takes_no_more_connections(case)
    assert isinstance(outcome, Cleared)
    assert "of 2,000 connections are taken" in outcome.says


def test_without_a_limit_it_cannot_tell():
    case = a_case("lb", {TAKEN: ramp(200)})
    assert isinstance(haproxy_takes_no_more_connections(case), CannotTell)
    only_a_server = {OF_PROXY: {"web/app1": 30.0}}
    case = a_case("lb", {TAKEN: ramp(200)}, limits=only_a_server)
    assert isinstance(haproxy_takes_no_more_connections(case), CannotTell)
