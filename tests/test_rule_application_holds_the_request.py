"""Own time points at the application; time that cannot be split points at nobody."""

from cases import a_case, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.application_holds_the_request import OWN, TOTAL, application_holds_the_request


def test_added_own_time_is_a_lead():
    outcome = application_holds_the_request(a_case("app", {OWN: step(0.02, 0.3)}))
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism
    assert outcome.evidence[0].says == "own time a request: 20 ms before, 300 ms after"
    assert outcome.onset_s == 30


def test_own_time_as_before_is_cleared_with_its_numbers():
    outcome = application_holds_the_request(a_case("app", {OWN: step(0.25, 0.252)}))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "own time a request: 250 ms before, 252 ms after"


def test_the_last_tier_needs_no_named_waits():
    assert isinstance(
        application_holds_the_request(a_case("app", {TOTAL: step(0.02, 0.3)})), Finding
    )


def test_whole_times_with_somebody_behind_cannot_be_split():
    case = a_case("app", {TOTAL: step(0.02, 0.3)}, sends_to=("db",))
    assert isinstance(application_holds_the_request(case), CannotTell)


def test_without_times_it_cannot_tell():
    assert isinstance(application_holds_the_request(a_case("app")), CannotTell)
