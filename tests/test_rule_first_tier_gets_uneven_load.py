"""One machine with most of the load is a lead; even shares and unlike machines are cleared."""

from cases import a_case, a_run, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.first_tier_gets_uneven_load import REQUESTS, first_tier_gets_uneven_load


def judged(*machines):
    run = a_run()
    names = [f"web{i}" for i, _ in enumerate(machines, 1)]
    case = a_case("load_generator", run=run, sends_to=tuple(names))
    for name, (role, rate) in zip(names, machines, strict=True):
        a_case(role, {} if rate is None else {REQUESTS: rate}, run=run, name=name)
    return first_tier_gets_uneven_load(case)


def test_a_share_that_tips_over_is_a_lead():
    outcome = judged(("lb", step(40, 110)), ("lb", step(40, 10)))
    assert isinstance(outcome, Finding) and not outcome.mechanism and not outcome.against
    assert outcome.says == "web1 gets 1.83 times the mean of 2 machines"
    assert outcome.place is Place.FRONT and outcome.component == "the_load_generator"


def test_a_share_that_was_always_uneven_has_that_against_it():
    outcome = judged(("lb", ramp(110)), ("lb", ramp(10)))
    assert outcome.against[0].says == "web1 got 1.83 times the mean before the inflection too"


def test_even_shares_and_a_single_machine_are_cleared():
    assert isinstance(judged(("lb", ramp(60)), ("lb", ramp(55))), Cleared)
    assert "nothing to balance" in judged(("lb", ramp(60))).says


def test_machines_of_different_roles_are_not_compared():
    assert isinstance(judged(("lb", ramp(110)), ("app", ramp(10))), CannotTell)


def test_a_machine_without_a_log_cannot_tell():
    assert isinstance(judged(("lb", ramp(110)), ("lb", None)), CannotTell)
