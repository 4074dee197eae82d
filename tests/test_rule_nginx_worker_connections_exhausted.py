"""Slots that run out are named; slots to spare are cleared; no log is no answer."""

from cases import a_case, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.nginx_worker_connections_exhausted import (
    ACTIVE,
    DROPPED,
    REFUSED,
    nginx_worker_connections_exhausted,
)


def test_refusals_under_load_are_a_finding():
    case = a_case("lb", {REFUSED: step(0, 5)}, limits={"nginx.worker_connections": 512})
    outcome = nginx_worker_connections_exhausted(case)
    assert isinstance(outcome, Finding)
    assert outcome.failures == 150
    assert outcome.onset_s == 30
    assert "150 while the load ran" in outcome.evidence[0].says
    assert outcome.evidence[-1].source == "raw/x/conf:3"


def test_stub_status_alone_is_enough():
    outcome = nginx_worker_connections_exhausted(a_case("lb", {DROPPED: step(0, 2)}))
    assert isinstance(outcome, Finding)


def test_slots_to_spare_are_cleared_with_their_number():
    case = a_case(
        "lb",
        {REFUSED: step(0, 0), ACTIVE: step(20, 100)},
        limits={"nginx.worker_connections": 512, "nginx.worker_processes": 2},
    )
    outcome = nginx_worker_connections_exhausted(case)
    assert isinstance(outcome, Cleared)
    assert outcome.says == "100 connections held of 1,024 slots, and none refused"


def test_without_log_and_status_it_cannot_tell():
    assert isinstance(nginx_worker_connections_exhausted(a_case("lb")), CannotTell)
