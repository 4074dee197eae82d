"""Temporary tables on disk matter when that disk is full."""

from cases import a_case, grows, ramp, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.temporary_tables_go_to_disk import (
    ALL,
    ON_DISK,
    temporary_tables_go_to_disk,
)

DISK = {
    "disk.util_ratio": {"vdb": ramp(0.99)},
    "disk.queue_length": {"vdb": step(0.1, 12)},
    "disk.write_await_s": {"vdb": step(0.001, 0.012)},
}
TABLES = {ON_DISK: ramp(60), ALL: ramp(100)}


def test_tables_on_a_full_disk_are_a_lead():
    outcome = temporary_tables_go_to_disk(a_case("db", {**TABLES, **DISK}))
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism


def test_tables_on_a_disk_with_room_are_cleared_with_their_number():
    outcome = temporary_tables_go_to_disk(a_case("db", {ON_DISK: grows(60), ALL: grows(100)}))
    assert isinstance(outcome, Cleared)
    assert "temporary tables on disk while the load ran" in outcome.says


def test_a_full_disk_without_such_tables_is_another_rule():
    signals = {ON_DISK: step(0, 0), ALL: step(1, 1), **DISK}
    assert isinstance(temporary_tables_go_to_disk(a_case("db", signals)), Cleared)


def test_without_status_counters_it_cannot_tell():
    assert isinstance(temporary_tables_go_to_disk(a_case("db")), CannotTell)
