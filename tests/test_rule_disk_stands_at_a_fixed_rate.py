"""A rate that stands still counts only where requests wait for it."""

from cases import a_case, ramp, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.disk_stands_at_a_fixed_rate import disk_stands_at_a_fixed_rate


def a_disk(queue, await_s, util=None):
    signals = {
        "disk.reads_per_s": {"nvme1n1": ramp(3000)},
        "disk.writes_per_s": {"nvme1n1": step(0, 0)},
        "disk.await_s": {"nvme1n1": await_s},
        "disk.queue_length": {"nvme1n1": queue},
    }
    if util is not None:
        signals["disk.util_ratio"] = {"nvme1n1": util}
    return disk_stands_at_a_fixed_rate(a_case("db", signals))


def test_a_flat_rate_with_waiting_requests_is_a_finding():
    outcome = a_disk(step(0.5, 30), step(0.0008, 0.01), step(0.5, 0.7))
    assert isinstance(outcome, Finding)
    assert outcome.says.startswith("nvme1n1 does 3,000 requests a second and no more")


def test_a_steady_load_without_waiting_is_cleared():
    assert isinstance(a_disk(step(0.5, 1.5), step(0.0008, 0.0009), step(0.3, 0.4)), Cleared)
    outcome = a_disk(step(0.5, 1.5), step(0.0008, 0.0009))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "nvme1n1 does 3,000 requests a second, and none waits for it longer"


def test_without_rates_it_cannot_tell():
    assert isinstance(disk_stands_at_a_fixed_rate(a_case("db")), CannotTell)
