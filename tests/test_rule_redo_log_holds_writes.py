"""Waits for the log are a mechanism, late flushing is a lead."""

from cases import a_case, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.redo_log_holds_writes import AGE, LATE, WAITS, redo_log_holds_writes


def test_log_waits_are_a_finding():
    outcome = redo_log_holds_writes(a_case("db", {WAITS: step(0, 6)}))
    assert isinstance(outcome, Finding)
    assert outcome.mechanism and outcome.onset_s == 30


def test_a_redo_log_full_of_changes_is_a_finding():
    outcome = redo_log_holds_writes(a_case("db", {AGE: step(0.3, 0.92)}))
    assert isinstance(outcome, Finding)
    assert outcome.says == "writes wait for the redo log"


def test_late_flushing_alone_is_a_lead():
    outcome = redo_log_holds_writes(a_case("db", {LATE: step(0, 0.2)}))
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism


def test_room_in_the_log_is_cleared_with_its_number():
    outcome = redo_log_holds_writes(a_case("db", {WAITS: step(0, 0), AGE: step(0.2, 0.4)}))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "0 waits for the log buffer, redo log 40 % full"


def test_without_status_counters_it_cannot_tell():
    assert isinstance(redo_log_holds_writes(a_case("db")), CannotTell)
