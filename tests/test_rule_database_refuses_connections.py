"""Refusals are named, a full table that turns nobody away is not."""

from cases import a_case, a_run, ramp, step

from diagnose.metrics import message
from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.database_refuses_connections import (
    OPEN,
    REFUSED,
    database_refuses_connections,
)

LIMIT = {"db.max_connections": 151}


def test_counted_refusals_are_a_finding():
    case = a_case("db", {REFUSED: step(0, 4), OPEN: ramp(151)}, limits=LIMIT)
    outcome = database_refuses_connections(case)
    assert isinstance(outcome, Finding)
    assert outcome.failures == 120 and outcome.place is Place.FRONT
    assert outcome.evidence[-1].says == "max_connections is 151"


def test_what_the_application_was_told_is_enough():
    run = a_run()
    heard = {message("app", "too_many_connections"): step(0, 2)}
    a_case("app", heard, run=run, sends_to=("the_db",))
    outcome = database_refuses_connections(a_case("db", {OPEN: ramp(151)}, run=run))
    assert isinstance(outcome, Finding)
    assert outcome.onset_s == 30 and outcome.grows_with_load


def test_all_taken_with_failures_is_a_lead():
    case = a_case("db", {OPEN: ramp(151)}, limits=LIMIT, run=a_run(failures=40))
    outcome = database_refuses_connections(case)
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism


def test_a_pool_that_takes_them_all_is_cleared():
    outcome = database_refuses_connections(a_case("db", {OPEN: step(150, 150)}, limits=LIMIT))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "150 of 151 connections taken, none refused"


def test_without_status_and_log_it_cannot_tell():
    assert isinstance(database_refuses_connections(a_case("db")), CannotTell)
