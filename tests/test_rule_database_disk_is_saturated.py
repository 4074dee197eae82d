"""A full disk is named by use, queue and time together, never by iowait."""

from cases import a_case, grows, never, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.database_disk_is_saturated import database_disk_is_saturated

UTIL, QUEUE, READ = "disk.util_ratio", "disk.queue_length", "disk.read_await_s"


def a_disk(util, queue, await_s, more=None, **rest):
    signals = {UTIL: {"vdb": util}, QUEUE: {"vdb": queue}, READ: {"vdb": await_s}, **(more or {})}
    return database_disk_is_saturated(a_case("db", signals, **rest))


def test_busy_with_a_queue_and_slower_requests_is_a_finding():
    outcome = a_disk(ramp(0.99), step(0.5, 14), step(0.001, 0.012), gained_s={Place.INSIDE: 0.3})
    assert isinstance(outcome, Finding)
    assert outcome.mechanism and outcome.grows_with_load
    assert outcome.onset_s <= 30
    expected = "vdb is busy all the time, and a request there takes 12 times as long as at ease"
    assert outcome.says == expected
    assert outcome.evidence[0].says == "a request at vdb takes 1 ms at ease, 12 ms now"


def test_iowait_and_a_few_slow_writes_are_cleared_with_their_numbers():
    more = {"cpu.iowait_ratio": grows(0.1)}
    outcome = a_disk(grows(0.2), grows(0.3), step(0.001, 0.005), more)
    assert isinstance(outcome, Cleared)
    assert outcome.says.startswith("vdb ")
    assert "5 ms a request" in outcome.says


def test_busy_without_a_queue_is_a_disk_that_works_in_parallel():
    assert isinstance(a_disk(ramp(0.99), step(0.5, 1.2), step(0.001, 0.0011)), Cleared)


def test_as_busy_before_the_load_is_background():
    outcome = a_disk(step(0.97, 0.98), step(5, 5.5), step(0.02, 0.021))
    assert isinstance(outcome, Cleared)
    assert outcome.says.endswith("the same before the load")


def test_a_disk_that_was_idle_before_is_judged_by_its_time():
    outcome = a_disk(step(0.0, 0.99), step(0.0, 9), step(0.0, 0.03))
    assert isinstance(outcome, Finding)
    assert outcome.says.endswith("a request there takes 30 ms")


def test_a_full_disk_that_nobody_waits_for_says_so():
    gained = {Place.INSIDE: 0.001}
    outcome = a_disk(ramp(0.99), step(0.5, 14), step(0.001, 0.012), gained_s=gained)
    assert isinstance(outcome, Finding)
    assert outcome.against


def test_without_the_queue_and_the_time_it_cannot_tell():
    case = a_case("db", {UTIL: {"vdb": ramp(0.99)}})
    assert isinstance(database_disk_is_saturated(case), CannotTell)
    assert isinstance(a_disk(never(), never(), never()), CannotTell)
