"""Table locks are named when many statements wait."""

from cases import a_case, grows, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.tables_are_waited_for import QUERIES, WAITS, tables_are_waited_for


def test_a_quarter_of_the_statements_waiting_is_a_finding():
    outcome = tables_are_waited_for(a_case("db", {WAITS: step(0, 50), QUERIES: grows(200)}))
    assert isinstance(outcome, Finding)
    assert outcome.onset_s == 30


def test_a_few_waits_are_cleared_with_their_number():
    outcome = tables_are_waited_for(a_case("db", {WAITS: step(0, 1), QUERIES: grows(200)}))
    assert isinstance(outcome, Cleared)


def test_waits_that_were_there_before_are_background():
    outcome = tables_are_waited_for(a_case("db", {WAITS: step(50, 50), QUERIES: step(200, 200)}))
    assert isinstance(outcome, Cleared)
    assert "background" in outcome.says


def test_without_status_counters_it_cannot_tell():
    assert isinstance(tables_are_waited_for(a_case("db")), CannotTell)
