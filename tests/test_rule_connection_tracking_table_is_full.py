"""A full table is told by the kernel or by its numbers; a level without a limit tells nothing."""

from cases import a_case, grows, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.connection_tracking_table_is_full import (
    ENTRIES,
    FULL_LOG,
    connection_tracking_table_is_full,
)

MAX = {"conntrack.max": 10000.0}


def judged(signals, limits=None, role="router"):
    return connection_tracking_table_is_full(a_case(role, signals, limits=limits))


def test_the_kernels_word_is_enough():
    outcome = judged({FULL_LOG: step(0, 0.2)})
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.place is Place.PATH


def test_a_table_at_its_maximum_is_a_mechanism():
    outcome = judged({ENTRIES: step(4000, 9990)}, MAX, role="lb")
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.place is Place.FRONT
    assert outcome.evidence[0].says == "9,990 of 10,000 connections tracked"


def test_ninety_percent_is_a_lead_only():
    outcome = judged({ENTRIES: step(4000, 9200)}, MAX)
    assert isinstance(outcome, Finding) and not outcome.mechanism


def test_entries_that_grow_with_users_and_have_room_are_cleared():
    outcome = judged({ENTRIES: grows(3000), FULL_LOG: step(0, 0)}, MAX)
    assert isinstance(outcome, Cleared) and "of 10,000 connections tracked" in outcome.says


def test_a_silent_kernel_log_clears_and_a_level_without_a_limit_does_not():
    assert isinstance(judged({FULL_LOG: step(0, 0)}), Cleared)
    assert isinstance(judged({ENTRIES: ramp(3000)}), CannotTell)
    assert isinstance(judged({}), CannotTell)
