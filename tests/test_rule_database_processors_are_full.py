"""The database's processors are judged as others are, behind its statements."""

import numpy as np
from cases import GRID_S, THROUGHPUT, a_case, ramp

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.database_processors_are_full import database_processors_are_full

BUSY = "cpu.busy_ratio"


def test_full_processors_are_a_finding_that_a_slow_statement_explains():
    assert isinstance(database_processors_are_full(a_case("db", {BUSY: ramp(1.0)})), Finding)
    assert "slow_query" in database_processors_are_full.explained_by


def test_a_burst_before_the_ramp_is_cleared():
    blip = np.where(GRID_S < -4, 0.98, 0.2 * THROUGHPUT / THROUGHPUT.max())
    outcome = database_processors_are_full(a_case("db", {BUSY: blip}))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "20 % busy"


def test_waiting_for_the_disk_is_idle_time():
    signals = {BUSY: ramp(0.11), "cpu.iowait_ratio": ramp(0.88)}
    assert isinstance(database_processors_are_full(a_case("db", signals)), Cleared)


def test_without_processor_times_it_cannot_tell():
    assert isinstance(database_processors_are_full(a_case("db")), CannotTell)
