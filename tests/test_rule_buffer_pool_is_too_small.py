"""Misses count where they fill the disk; the disk stays the first suspect."""

from cases import a_case, ramp, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.buffer_pool_is_too_small import (
    FREE,
    MISSES,
    PAGES,
    buffer_pool_is_too_small,
)

DISK = {
    "disk.util_ratio": {"vdb": ramp(0.99)},
    "disk.queue_length": {"vdb": step(0.1, 12)},
    "disk.read_await_s": {"vdb": step(0.001, 0.012)},
    "disk.reads_per_s": {"vdb": ramp(1200)},
    "disk.writes_per_s": {"vdb": ramp(50)},
}
POOL = {MISSES: step(0.05, 0.19), PAGES: ramp(1200), FREE: step(0, 0)}


def test_misses_that_fill_the_disk_are_a_lead():
    case = a_case("db", {**POOL, **DISK}, limits={"db.buffer_pool_bytes": 64 * 2**20})
    outcome = buffer_pool_is_too_small(case)
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism
    assert outcome.evidence[-1].says == "the buffer pool has 64 MiB"


def test_waits_for_a_free_page_are_a_mechanism():
    outcome = buffer_pool_is_too_small(a_case("db", {FREE: step(0, 30)}))
    assert isinstance(outcome, Finding)
    assert outcome.mechanism


def test_misses_with_room_on_the_disk_are_cleared_with_their_numbers():
    outcome = buffer_pool_is_too_small(a_case("db", POOL))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "19 % of page requests read the disk, 0 waits for a free page"


def test_a_disk_full_of_writes_is_another_matter():
    writes = {"disk.reads_per_s": {"vdb": ramp(20)}, "disk.writes_per_s": {"vdb": ramp(900)}}
    assert isinstance(buffer_pool_is_too_small(a_case("db", {**POOL, **DISK, **writes})), Cleared)


def test_without_status_counters_it_cannot_tell():
    assert isinstance(buffer_pool_is_too_small(a_case("db")), CannotTell)
