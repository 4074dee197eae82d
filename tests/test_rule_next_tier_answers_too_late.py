"""Answers that come too late point at the tier behind, and are never a mechanism."""

from cases import a_case, a_run, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.next_tier_answers_too_late import (
    HEADER,
    LIMIT,
    TIMED_OUT,
    next_tier_answers_too_late,
)


def test_timeouts_name_the_machine_behind():
    run = a_run()
    signals = {TIMED_OUT: step(0, 2), HEADER: step(0.1, 9)}
    case = a_case("lb", signals, run=run, sends_to=("api",), limits={LIMIT: 10.0})
    a_case("app", run=run, name="api")
    outcome = next_tier_answers_too_late(case)
    assert isinstance(outcome, Finding) and not outcome.mechanism
    assert outcome.place is Place.BEHIND and outcome.failures == 60
    assert outcome.says == "api did not answer in time 60 times"
    assert outcome.evidence[2].says == "proxy_read_timeout is 10 s"


def test_without_a_topology_it_says_the_next_tier():
    outcome = next_tier_answers_too_late(a_case("lb", {TIMED_OUT: step(0, 2)}))
    assert outcome.says.startswith("the next tier did not answer")


def test_a_silent_log_clears_and_no_log_is_no_answer():
    assert isinstance(next_tier_answers_too_late(a_case("lb", {TIMED_OUT: step(0, 0)})), Cleared)
    assert isinstance(next_tier_answers_too_late(a_case("lb", {TIMED_OUT: step(1, 1)})), Cleared)
    assert isinstance(next_tier_answers_too_late(a_case("lb")), CannotTell)
