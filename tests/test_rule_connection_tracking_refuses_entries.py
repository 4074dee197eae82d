"""Inserts that fail as load grows are found; a few races at any load are not."""

from cases import a_case, a_pair, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.plugins import RULES
from diagnose.rules.connection_tracking_refuses_entries import (
    FAILED,
    connection_tracking_refuses_entries,
)


def judged(values):
    return connection_tracking_refuses_entries(a_case("router", {FAILED: values}))


def test_inserts_that_fail_under_load_are_found():
    outcome = judged(step(0, 6))
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.onset_s == 30


def test_a_steady_race_and_a_rare_one_are_cleared():
    assert isinstance(judged(step(1, 1)), Cleared)
    assert isinstance(judged(step(0, 0.1)), Cleared)
    assert isinstance(judged(step(0, 0)), Cleared)


def test_an_undated_pair_is_a_lead_at_most():
    case = a_case("router")
    case.found[FAILED] = {"": a_pair("the_router", FAILED, "", 500)}
    outcome = connection_tracking_refuses_entries(case)
    assert isinstance(outcome, Finding) and not outcome.mechanism


def test_hosts_are_asked_only_where_it_was_measured():
    assert isinstance(connection_tracking_refuses_entries(a_case("router")), CannotTell)
    assert not RULES["connection-tracking-refuses-entries"].applies_to(a_case("lb"))
