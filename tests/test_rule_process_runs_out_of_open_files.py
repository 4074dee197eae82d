"""A process at its limit is found; one that grows with users and has room is cleared."""

from cases import a_case, grows, step

from diagnose.model import CannotTell, Cleared, Finding, Place, Tier
from diagnose.rules.process_runs_out_of_open_files import (
    MAX,
    OPEN,
    SAID,
    process_runs_out_of_open_files,
)

LIMITS = {MAX: {"nginx:7": 1024.0, "sshd:9": 20.0}}


def judged(signals, limits=None, tier=None):
    return process_runs_out_of_open_files(a_case("lb", signals, limits=limits, tier=tier))


def test_the_log_is_a_mechanism():
    outcome = judged({SAID[0]: step(0, 3)})
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.place is Place.FRONT
    assert outcome.says == "a process ran out of open files 90 times" and outcome.onset_s == 30


def test_where_failures_are_born_it_is_inside():
    tier = Tier("the_lb", 9, 5, 0, 0, 0.1, 0.1)
    assert judged({SAID[0]: step(0, 3)}, tier=tier).place is Place.INSIDE


def test_open_files_at_the_limit_are_a_mechanism_and_near_it_a_lead():
    full = {OPEN: {"nginx:7": step(100, 1020), "sshd:9": step(4, 4)}}
    assert judged(full, LIMITS).mechanism
    near = {OPEN: {"nginx:7": step(100, 900), "sshd:9": step(4, 4)}}
    outcome = judged(near, LIMITS)
    assert not outcome.mechanism and outcome.says.startswith("nginx:7 holds 88 %")


def test_growth_with_room_is_cleared_with_its_numbers():
    outcome = judged({OPEN: {"nginx:7": grows(300)}, SAID[0]: step(0, 0)}, LIMITS)
    assert isinstance(outcome, Cleared) and outcome.says.endswith("of 1,024 files open by nginx:7")


def test_a_silent_log_clears_and_a_level_without_its_limit_does_not():
    assert isinstance(judged({SAID[0]: step(0, 0)}), Cleared)
    assert isinstance(judged({OPEN: {"java:1": grows(300)}}, LIMITS), CannotTell)
    assert isinstance(judged({}), CannotTell)
