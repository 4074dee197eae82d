"""The kernel's own words on a disk."""

from cases import a_case, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.disk_fails_or_hangs import SAID, disk_fails_or_hangs


def test_errors_of_a_disk_are_a_finding():
    outcome = disk_fails_or_hangs(a_case("db", {SAID[0]: step(0, 1)}))
    assert isinstance(outcome, Finding)
    assert outcome.onset_s == 30


def test_errors_as_before_are_background():
    outcome = disk_fails_or_hangs(a_case("db", {SAID[0]: step(2, 2)}))
    assert isinstance(outcome, Cleared)


def test_a_quiet_kernel_is_cleared():
    assert isinstance(disk_fails_or_hangs(a_case("db", {SAID[0]: step(0, 0)})), Cleared)


def test_without_its_log_it_cannot_tell():
    assert isinstance(disk_fails_or_hangs(a_case("db")), CannotTell)
