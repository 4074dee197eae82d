"""Refused and delayed requests are found; a silent log clears; no log is no answer."""

from cases import a_case, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.nginx_limits_requests import (
    DELAYED,
    LIMIT,
    REFUSED,
    STATUS,
    nginx_limits_requests,
)


def judged(limits=None, **signals):
    return nginx_limits_requests(a_case("lb", signals, limits=limits))


def test_refused_requests_are_failures_born_here():
    signals = {REFUSED: step(0, 8), STATUS: {"503": step(0, 8), "200": step(90, 90)}}
    outcome = judged({LIMIT: {"one": 50.0}}, **signals)
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.place is Place.INSIDE
    assert outcome.failures == 240 and outcome.onset_s == 30
    assert outcome.evidence[-1].says == "the rate of zone one is 50/s a key"


def test_delays_alone_hold_seconds():
    outcome = judged(**{REFUSED: step(0, 0), DELAYED: step(0, 9)})
    assert outcome.says == "limit_req delayed 270 requests" and outcome.failures != outcome.failures


def test_a_silent_log_clears_and_no_log_is_no_answer():
    assert isinstance(judged(**{REFUSED: step(0, 0), DELAYED: step(0, 0)}), Cleared)
    assert isinstance(judged(), CannotTell)


def test_refusals_of_others_before_the_load_are_background():
    assert isinstance(judged(**{REFUSED: step(2, 2)}), Cleared)
