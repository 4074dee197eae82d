"""Long pauses that came with the load."""

from cases import a_case, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.garbage_collection_stops_the_application import (
    SAID,
    garbage_collection_stops_the_application,
)


def test_long_pauses_under_load_are_a_finding():
    outcome = garbage_collection_stops_the_application(a_case("app", {SAID: step(0, 0.5)}))
    assert isinstance(outcome, Finding)
    assert outcome.says == "garbage collection stopped the application 15 times for long"


def test_pauses_as_before_are_background():
    outcome = garbage_collection_stops_the_application(a_case("app", {SAID: step(0.5, 0.5)}))
    assert isinstance(outcome, Cleared)


def test_a_log_without_pauses_tells_nothing():
    outcome = garbage_collection_stops_the_application(a_case("app", {SAID: step(0, 0)}))
    assert isinstance(outcome, CannotTell)


def test_without_its_log_it_cannot_tell():
    assert isinstance(garbage_collection_stops_the_application(a_case("app")), CannotTell)
