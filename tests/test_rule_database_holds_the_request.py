"""Time in the database points at it, and never more than points."""

from dataclasses import replace

from cases import a_case, a_run, step

from diagnose.model import CannotTell, Cleared, Finding, Place, Rung
from diagnose.rules.database_holds_the_request import database_holds_the_request


def judged(before, after):
    run = a_run()
    a_case("app", {"http.wait_s": {"db": step(before, after)}}, run=run, sends_to=("the_db",))
    return database_holds_the_request(a_case("db", run=run))


def test_added_time_in_the_database_is_a_lead():
    outcome = judged(0.01, 0.3)
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism
    assert outcome.evidence[0].says == "10 ms a request in the database before, 300 ms after"
    assert outcome.onset_s == 30
    assert "disk" in database_holds_the_request.explained_by


def test_a_database_as_fast_as_before_is_cleared_with_its_numbers():
    outcome = judged(0.0015, 0.0017)
    assert isinstance(outcome, Cleared)
    assert "1.5 ms a request in the database before, 1.7 ms after" in outcome.says


def test_a_small_part_of_the_rise_is_cleared():
    assert isinstance(judged(0.01, 0.03), Cleared)


def test_without_time_in_the_database_it_cannot_tell():
    assert isinstance(database_holds_the_request(a_case("db")), CannotTell)


def test_time_that_the_application_may_hold_as_well_is_not_the_databases():
    case = a_case("db")
    owners = (("the_app", Place.INSIDE), ("the_db", Place.INSIDE), ("the_lb", Place.BEHIND))
    shared = Rung("behind the_lb", owners, 0.02, 0.8)
    case.run.ladder = replace(case.run.ladder, rungs=(shared,))
    assert isinstance(database_holds_the_request(case), CannotTell)
    case.run.ladder = replace(case.run.ladder, rungs=(replace(shared, owners=owners[1:]),))
    assert isinstance(database_holds_the_request(case), Finding)
