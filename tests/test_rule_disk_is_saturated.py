"""Any host's disk is judged like the database's; hosts that share one are not."""

from cases import a_case, a_run, ramp, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.disk_is_saturated import disk_is_saturated

UTIL, QUEUE, WRITE = "disk.util_ratio", "disk.queue_length", "disk.write_await_s"
FULL = {
    UTIL: {"sda": ramp(0.99)},
    QUEUE: {"sda": step(0.1, 6)},
    WRITE: {"sda": step(0.002, 0.02)},
}


def test_a_full_disk_of_a_load_balancer_is_a_finding():
    assert isinstance(disk_is_saturated(a_case("lb", FULL)), Finding)


def test_a_slow_answer_of_a_disk_shared_with_another_host_is_cleared():
    signals = {UTIL: {"sda": step(0.01, 0.09)}, QUEUE: {"sda": step(0.0, 0.1)}}
    signals[WRITE] = {"sda": step(0.002, 0.09)}
    outcome = disk_is_saturated(a_case("app", signals))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "sda 9 % busy, 90 ms a request, 0.1 queued"


def test_a_bystander_is_not_accused():
    run = a_run()
    a_case("load_generator", run=run, sends_to=("the_app",))
    a_case("app", run=run)
    assert isinstance(disk_is_saturated(a_case("other", FULL, run=run)), Cleared)


def test_without_disk_figures_it_cannot_tell():
    assert isinstance(disk_is_saturated(a_case("app")), CannotTell)
