"""Many buffered responses are a lead; large downloads now and then are not."""

from cases import a_case, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.nginx_buffers_responses_on_disk import (
    BUFFERED,
    OWN,
    nginx_buffers_responses_on_disk,
)


def judged(values):
    case = a_case("lb", {BUFFERED: values, OWN: step(0.001, 0.2)})
    return nginx_buffers_responses_on_disk(case)


def test_many_buffered_responses_are_a_lead():
    outcome = judged(step(0, 30))
    assert isinstance(outcome, Finding) and not outcome.mechanism and len(outcome.evidence) == 2


def test_few_steady_or_none_are_cleared():
    for values in (step(0, 0.5), step(9, 9), step(0, 0)):
        assert isinstance(judged(values), Cleared)


def test_without_a_log_it_cannot_tell():
    assert isinstance(nginx_buffers_responses_on_disk(a_case("lb")), CannotTell)
