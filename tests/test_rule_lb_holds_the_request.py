"""Own time that rises with the symptom is a lead; own time that stays is cleared."""

from cases import a_case, a_run, never, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.lb_holds_the_request import OWN, TOTAL, lb_holds_the_request


def test_own_time_that_carries_the_rise_is_a_lead():
    case = a_case("lb", {OWN: step(0.002, 0.302), TOTAL: step(0.1, 0.5)}, run=a_run(rise_s=0.4))
    outcome = lb_holds_the_request(case)
    assert isinstance(outcome, Finding) and not outcome.mechanism
    assert outcome.place is Place.INSIDE and round(outcome.seconds, 3) == 0.3
    assert "300 ms more inside" in outcome.says and outcome.onset_s == 30


def test_own_time_that_is_a_small_part_of_the_rise_is_cleared():
    outcome = lb_holds_the_request(a_case("lb", {OWN: step(0.002, 0.03)}, run=a_run(rise_s=0.4)))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "own time a request: 2 ms before, 30 ms after"


def test_a_millisecond_is_noise_even_where_users_felt_nothing():
    run = a_run(limited=False)
    assert isinstance(
        lb_holds_the_request(a_case("lb", {OWN: step(0.001, 0.003)}, run=run)), Cleared
    )


def test_without_timings_it_cannot_tell():
    assert isinstance(lb_holds_the_request(a_case("lb", {OWN: never()})), CannotTell)
    assert isinstance(lb_holds_the_request(a_case("lb")), CannotTell)
