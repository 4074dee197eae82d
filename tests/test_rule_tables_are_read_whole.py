"""Scans are named where they fill something, not because they grow with users."""

from cases import THROUGHPUT, a_case, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.tables_are_read_whole import ROWS, tables_are_read_whole


def test_scans_that_fill_the_processors_are_a_finding():
    case = a_case("db", {ROWS: 40_000 * THROUGHPUT, "cpu.busy_ratio": ramp(1.0)})
    outcome = tables_are_read_whole(case)
    assert isinstance(outcome, Finding)
    assert outcome.mechanism
    assert outcome.says == "the database reads whole tables: 40,000 rows a request read by scanning"


def test_scans_with_room_to_spare_are_only_a_lead():
    case = a_case("db", {ROWS: 40_000 * THROUGHPUT}, gained_s={Place.INSIDE: 0.3})
    outcome = tables_are_read_whole(case)
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism


def test_reading_the_status_each_second_is_cleared():
    outcome = tables_are_read_whole(a_case("db", {ROWS: step(600, 600)}))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "5 rows a request read by scanning"


def test_scans_that_hurt_nobody_are_cleared():
    case = a_case("db", {ROWS: 40_000 * THROUGHPUT}, gained_s={Place.INSIDE: 0.0})
    assert isinstance(tables_are_read_whole(case), Cleared)


def test_without_status_counters_it_cannot_tell():
    assert isinstance(tables_are_read_whole(a_case("db")), CannotTell)
