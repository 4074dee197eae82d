"""What would be full at which throughput: of what requests pass, and of all that they hold."""

from __future__ import annotations

import numpy as np
import pytest
from cases import GRID_S, a_case, a_run, step
from golden import Goldens

from diagnose.capacity import capacities
from diagnose.model import Capacity

WORKERS = {"nginx.worker_connections": 100.0, "nginx.worker_processes": 2.0}


def of(signals, beside=None) -> dict[str, Capacity]:
    run = a_run()
    run.throughput_per_s = np.where(GRID_S >= 0, 10 + 2 * GRID_S, np.nan)
    a_case("load_generator", run=run, sends_to=("the_lb",))
    a_case("lb", signals, run=run, limits=WORKERS)
    a_case("other", beside, run=run)
    return {f"{c.component} {c.part}": c for c in capacities(run)}


def climbing(per_request: float):
    return np.where(GRID_S >= 0, per_request * (10 + 2 * GRID_S), 0.0)


def test_a_proxy_holds_a_connection_on_either_side():
    alone = of({"nginx.active_connections": climbing(1.0)})
    assert alone["the_lb "].full_at_per_s == pytest.approx(200)
    sides = {"nginx.active_connections": climbing(1.0), "nginx.writing": climbing(1.0)}
    both = of({**sides, "http.upstream_s": step(0.02, 0.02)})
    assert both["the_lb "].full_at_per_s == pytest.approx(100)


def test_a_bystander_limits_nothing():
    found = of({}, {"cpu.busy_ratio": climbing(0.01)})
    assert not found


def test_a_disk_with_two_names_stands_once():
    disks = {"dev254-16": climbing(0.005), "vdb": climbing(0.0052), "vdc": climbing(0.0053)}
    found = of({"disk.util_ratio": disks})
    assert sorted(found) == ["the_lb vdb", "the_lb vdc"]


def test_connections_were_full_where_they_ran_out(golden: Goldens) -> None:
    one = golden["lb1_worker_connections"]
    scarcest = one.diagnosis.capacity[0]
    turned = one.diagnosis.inflections[0].throughput_per_s
    assert (scarcest.component, scarcest.resource) == ("lb1", "connections")
    assert scarcest.full_at_per_s == pytest.approx(turned, rel=0.2)
