"""A queue that comes with the load is named, with the maxconn that makes it."""

import pytest
from cases import a_case, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.haproxy_queues_requests_for_a_server import (
    MOST,
    QUEUE,
    SESSIONS,
    haproxy_queues_requests_for_a_server,
)
from diagnose.units import show

LIMIT = {MOST: {"api/app1": 30.0, "api/BACKEND": 200.0}}


def waiting(queue, **rest):
    signals = {QUEUE: {"api/BACKEND": queue}, SESSIONS: {"api/app1": ramp(30)}}
    return haproxy_queues_requests_for_a_server(a_case("lb", signals, **rest))


def test_a_queue_before_a_server_at_its_maxconn_is_a_whole_chain():
    outcome = waiting(step(0, 60), limits=LIMIT)
    assert isinstance(outcome, Finding)
    assert outcome.place is Place.INSIDE and outcome.mechanism and not outcome.missing
    assert outcome.onset_s == 30
    assert outcome.says == f"{show(60)} requests wait in the queue of api/BACKEND"
    assert any(e.says == "maxconn of api/app1: 30" for e in outcome.evidence)


def test_it_claims_no_more_seconds_than_the_queue_holds():
    outcome = waiting(step(0, 60), limits=LIMIT)
    assert outcome.seconds == pytest.approx(60 / 120)


def test_the_fullconn_of_a_backend_completes_no_chain():
    outcome = waiting(step(0, 60), limits={MOST: {"api/BACKEND": 30.0}})
    assert isinstance(outcome, Finding)
    assert outcome.missing


def test_a_queue_that_stood_before_the_load_is_no_effect_of_it():
    assert isinstance(waiting(step(5, 5), limits=LIMIT), Cleared)


def test_an_empty_queue_is_cleared():
    outcome = waiting(step(0, 0.2))
    assert isinstance(outcome, Cleared)
    assert outcome.source


def test_without_show_stat_it_cannot_tell():
    assert isinstance(haproxy_queues_requests_for_a_server(a_case("lb")), CannotTell)
