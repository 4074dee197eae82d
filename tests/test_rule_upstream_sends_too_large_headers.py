"""Headers that are too large under load are found; a route that always fails is no limit."""

from cases import a_case, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.upstream_sends_too_large_headers import (
    TOO_BIG,
    upstream_sends_too_large_headers,
)

REQUESTS = "http.requests_per_s"


def judged(**signals):
    return upstream_sends_too_large_headers(a_case("lb", signals))


def test_more_of_them_per_request_are_a_mechanism():
    outcome = judged(**{TOO_BIG: step(0, 10), REQUESTS: ramp(100)})
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.place is Place.INSIDE
    assert outcome.failures == 300 and outcome.onset_s == 30
    assert outcome.says == "the next tier sent headers that were too large 300 times"


def test_a_share_of_requests_that_always_fails_is_cleared():
    outcome = judged(**{TOO_BIG: ramp(10), REQUESTS: ramp(100)})
    assert isinstance(outcome, Cleared) and "for as many of the requests before" in outcome.says


def test_none_is_cleared_and_no_log_is_no_answer():
    assert judged(**{TOO_BIG: step(0, 0)}).says == "every response header fitted its buffer"
    assert isinstance(judged(), CannotTell)
