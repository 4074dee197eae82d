"""A limit that is met and costs something is named; one filled by cached files is not."""

from cases import a_case, a_pair, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.container_meets_its_memory_limit import (
    FAULTS,
    HITS,
    LIMIT,
    PRESSURE,
    container_meets_its_memory_limit,
)


def meeting(hits, **rest):
    case = a_case("app", {HITS: {"api": hits}, **rest}, limits={LIMIT: {"api": 2.0**28}})
    return container_meets_its_memory_limit(case)


def test_a_limit_that_is_met_while_tasks_wait_for_memory_is_a_finding():
    outcome = meeting(step(0, 40), **{PRESSURE: step(0.0, 0.3)})
    assert isinstance(outcome, Finding)
    assert outcome.mechanism and outcome.onset_s == 30
    assert outcome.says == "api met its memory limit 1,200 times"
    assert any(e.says.startswith("its memory limit is") for e in outcome.evidence)


def test_pages_that_are_read_again_tell_of_it_as_well():
    assert isinstance(meeting(step(0, 40), **{FAULTS: step(1, 80)}), Finding)


def test_a_container_full_of_cached_files_waits_for_nothing():
    outcome = meeting(step(0, 40), **{PRESSURE: step(0.0, 0.01), FAULTS: step(1, 1)})
    assert isinstance(outcome, Cleared)
    assert isinstance(meeting(step(0, 40), **{FAULTS: step(0, 1)}), Cleared)  # a program begins
    assert outcome.says.endswith("and nothing waited for it")


def test_a_limit_that_was_met_as_often_before_is_background():
    assert isinstance(meeting(step(40, 40), **{PRESSURE: step(0.0, 0.3)}), Cleared)


def test_a_limit_that_was_never_met_is_cleared():
    outcome = meeting(step(0, 0))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "no control group met its memory limit"


def test_without_what_it_costs_it_cannot_tell():
    assert isinstance(meeting(step(0, 40)), CannotTell)
    assert isinstance(container_meets_its_memory_limit(a_case("app")), CannotTell)


def test_a_pair_of_readings_proves_nothing():
    case = a_case("app", {PRESSURE: step(0.0, 0.3)})
    case.found[HITS] = {"api": a_pair("the_app", HITS, "api", 900)}
    outcome = container_meets_its_memory_limit(case)
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism and outcome.missing
