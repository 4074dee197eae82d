"""Connections opened for each statement count when they became more."""

from cases import a_case, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.database_connections_churn import (
    OPENED,
    QUERIES,
    database_connections_churn,
)


def test_more_connections_for_each_statement_are_a_lead():
    signals = {OPENED: step(1, 80), QUERIES: step(100, 200)}
    case = a_case("db", signals, gained_s={Place.FRONT: 0.2})
    outcome = database_connections_churn(case)
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism
    assert outcome.says == "0.4 connections opened for each statement, 0.01 before"


def test_an_application_without_a_pool_is_cleared_with_its_number():
    signals = {OPENED: ramp(100), QUERIES: ramp(200)}
    case = a_case("db", signals, gained_s={Place.FRONT: 0.2})
    outcome = database_connections_churn(case)
    assert isinstance(outcome, Cleared)
    assert outcome.says == "0.5 connections opened for each statement, 0.5 before"


def test_a_pool_is_cleared():
    signals = {OPENED: step(0, 0.5), QUERIES: ramp(200)}
    assert isinstance(database_connections_churn(a_case("db", signals)), Cleared)


def test_without_status_counters_it_cannot_tell():
    assert isinstance(database_connections_churn(a_case("db")), CannotTell)
