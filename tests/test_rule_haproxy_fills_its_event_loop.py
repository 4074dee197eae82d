"""A loop that stays full under load is named; busy polling and a blip are not."""

import numpy as np
from cases import GRID_S, a_case, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.haproxy_fills_its_event_loop import BUSY, haproxy_fills_its_event_loop


def test_a_loop_without_a_pause_is_a_finding():
    outcome = haproxy_fills_its_event_loop(a_case("lb", {BUSY: ramp(1.0)}))
    assert isinstance(outcome, Finding)
    assert outcome.place is Place.INSIDE and outcome.mechanism
    assert 25 <= outcome.onset_s <= 30


def test_busy_polling_is_as_busy_when_idle():
    assert isinstance(haproxy_fills_its_event_loop(a_case("lb", {BUSY: step(1, 1)})), Cleared)


def test_a_moment_is_no_level():
    blip = np.where((GRID_S > 40) & (GRID_S < 45), 1.0, 0.4)
    assert isinstance(haproxy_fills_its_event_loop(a_case("lb", {BUSY: blip})), Cleared)


def test_a_loop_with_pauses_is_cleared_and_nothing_measured_is_not():
    outcome = haproxy_fills_its_event_loop(a_case("lb", {BUSY: ramp(0.6)}))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "HAProxy's event loop is 60 % busy"
    assert isinstance(haproxy_fills_its_event_loop(a_case("lb")), CannotTell)


def test_it_is_not_asked_where_nginx_runs():
    rule = haproxy_fills_its_event_loop
    assert rule.applies_to(a_case("lb"))
    assert not rule.applies_to(a_case("lb", limits={"nginx.worker_connections": 512.0}))
