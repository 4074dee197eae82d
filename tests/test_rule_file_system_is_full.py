"""Writes that failed are named; a disk that was full before is not."""

from cases import a_case, grows, step

from diagnose.metrics import message
from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.file_system_is_full import SPACE, file_system_is_full

SAID = message("db", "disk_full")


def test_the_message_is_a_mechanism():
    outcome = file_system_is_full(a_case("db", {SAID: step(0, 1)}))
    assert isinstance(outcome, Finding)
    assert outcome.says == "30 writes failed for want of space"


def test_filling_up_under_load_is_a_lead():
    outcome = file_system_is_full(a_case("app", {SPACE: {"/var": step(0.9, 1.0)}}))
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism
    assert outcome.says == "/var went from 90 % to 100 % full"


def test_full_before_with_nobody_complaining_is_cleared():
    outcome = file_system_is_full(a_case("app", {SPACE: {"/snap": step(1.0, 1.0)}}))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "/snap 100 % full, and nobody complained"


def test_space_to_spare_is_cleared():
    outcome = file_system_is_full(a_case("app", {SPACE: {"/": grows(0.4)}, SAID: step(0, 0)}))
    assert isinstance(outcome, Cleared)


def test_without_df_and_logs_it_cannot_tell():
    assert isinstance(file_system_is_full(a_case("app")), CannotTell)
