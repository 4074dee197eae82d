"""Steal under load is named, a little of it is not."""

from cases import a_case, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.hypervisor_takes_processor_time import (
    STEAL,
    hypervisor_takes_processor_time,
)


def test_steal_under_load_is_a_finding():
    outcome = hypervisor_takes_processor_time(a_case("app", {STEAL: step(0.01, 0.3)}))
    assert isinstance(outcome, Finding)
    assert outcome.says == "30 % of the time went to other guests"


def test_it_hits_a_generator_in_front_of_the_first_tier():
    outcome = hypervisor_takes_processor_time(a_case("load_generator", {STEAL: step(0, 0.3)}))
    assert isinstance(outcome, Finding)
    assert outcome.place is Place.FRONT


def test_a_little_steal_is_cleared_with_its_number():
    outcome = hypervisor_takes_processor_time(a_case("app", {STEAL: step(0.002, 0.004)}))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "0.4 % of the time went to other guests"


def test_steal_that_was_there_before_is_background():
    assert isinstance(
        hypervisor_takes_processor_time(a_case("app", {STEAL: step(0.2, 0.21)})), Cleared
    )


def test_without_steal_it_cannot_tell():
    assert isinstance(hypervisor_takes_processor_time(a_case("app")), CannotTell)
