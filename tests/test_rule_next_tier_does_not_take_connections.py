"""Refused and unanswered connections point at the next tier, and are never a mechanism."""

from cases import a_case, a_run, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.plugins import RULES
from diagnose.rules.next_tier_does_not_take_connections import (
    BY_APP,
    CONNECT,
    REFUSED,
    TIMED_OUT,
    next_tier_does_not_take_connections,
)


def judged(role="lb", **signals):
    run = a_run()
    case = a_case(role, signals, run=run, name="lb2", sends_to=("sw",))
    a_case("switch", run=run, name="sw", sends_to=("api",))
    a_case("app", run=run, name="api")
    return next_tier_does_not_take_connections(case)


def test_connects_that_time_out_name_the_machine_behind():
    outcome = judged(**{TIMED_OUT: step(0, 5), REFUSED: step(0, 1), CONNECT: step(0.001, 2)})
    assert isinstance(outcome, Finding) and not outcome.mechanism
    assert outcome.place is Place.BEHIND and outcome.failures == 180
    assert outcome.says == "connecting timed out towards api 150 times"
    assert "what api counts" in outcome.missing[0] and len(outcome.evidence) == 3
    assert "listen_backlog" in RULES["next-tier-does-not-take-connections"].explained_by


def test_an_applications_own_log_tells_it_too():
    assert "refused by api" in judged(role="app", **{BY_APP: step(0, 5)}).says


def test_a_silent_log_and_an_old_refusal_are_cleared():
    assert isinstance(judged(**{REFUSED: step(0, 0)}), Cleared)
    assert isinstance(judged(**{REFUSED: step(1, 1)}), Cleared)


def test_without_a_log_it_cannot_tell():
    assert isinstance(judged(), CannotTell)
