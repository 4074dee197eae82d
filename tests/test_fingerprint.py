"""A level that a series stood on is matched with the limit of that number, and no other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cases import GRID_S, LOAD_S, TURN_S, a_case, a_run, grows, ramp, step
from golden import EVERY, Goldens
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from diagnose.case import Run
from diagnose.fingerprint import notes, plateau
from diagnose.readings import Array

ACTIVE = "nginx.active_connections"
AFTER = GRID_S >= TURN_S


def said(signals, limits=None, role="load_balancer", **rest):
    case = a_case(role, signals, limits=limits, **rest)
    return notes(case.run)


def test_connections_that_stand_at_the_number_of_worker_connections() -> None:
    (says,) = said({ACTIVE: ramp(512)}, {"nginx.worker_connections": 512})
    assert says == (
        "the_load_balancer: client connections, idle ones included (stub_status) stood at 512 "
        "from 30 s on: nginx.worker_connections is 512 (raw/x/conf:3)"
    )


def test_a_proxy_of_two_workers_is_full_at_what_listening_leaves_of_them() -> None:
    limits = {"nginx.worker_connections": 64.0, "nginx.worker_processes": 2.0}
    (says,) = said({ACTIVE: ramp(62)}, limits, facts={"nginx.listen": "0.0.0.0:80"})
    assert "64 worker_connections less 2 kept" in says
    assert "× 2 workers, / 2 for a proxy, is 62" in says


def test_new_connections_that_use_up_the_ports_of_a_minute() -> None:
    opens = {"tcp.active_opens_per_s": ramp(470)}
    (says,) = said(opens, {"net.ephemeral_ports": 28232.0})
    assert says.endswith(": net.ephemeral_ports / 60 s in TIME_WAIT is 471/s (raw/x/conf:3)")


def test_an_accept_queue_holds_one_more_than_the_lower_of_backlog_and_somaxconn() -> None:
    queue = {"listen.queue_length": {":80": step(0, 129)}}
    limits = {"listen.backlog": {":80": 511.0, ":81": 129.0}, "net.somaxconn": 128.0}
    (says,) = said(queue, limits)
    assert "listen.backlog is 511, cut down to net.somaxconn 128" in says
    assert not said(queue, {"nginx.worker_connections": 128})  # that counts no queue


@pytest.mark.parametrize(
    ("metric", "limit", "value"),
    [
        ("db.connections", "db.max_connections", 100),
        ("db.connections", "app.pool_size", 20),
        ("process.open_files", "process.open_files_max", 1024),
        ("process.threads", "app.threads_max", 200),
        ("conntrack.entries", "conntrack.max", 65536),
        ("sock.time_wait", "net.ephemeral_ports", 28232),
        ("http.status_per_s", "nginx.limit_req_per_s", 50),
        ("haproxy.connections", "haproxy.max_connections", 2000),
        ("cache.memory_bytes", "cache.max_memory_bytes", 2.0**28),
    ],
)
def test_what_stands_at_a_limit_is_said_with_it(metric: str, limit: str, value: float) -> None:
    (says,) = said({metric: ramp(value)}, {limit: float(value)})
    assert f"{limit} is " in says


def test_a_limit_of_a_neighbour_is_said_with_its_name() -> None:
    run = a_run()
    a_case("application", {}, limits={"app.pool_size": 20.0}, run=run, name="b", sends_to=("c",))
    a_case("database", {"db.connections": ramp(20)}, run=run, name="c")
    (says,) = notes(run)
    assert says.endswith("at b, app.pool_size is 20 (raw/x/conf:3)")


def test_a_count_of_the_whole_host_says_nothing_of_a_neighbours_limit() -> None:
    run = a_run()
    a_case("application", {}, limits={"app.pool_size": 20.0}, run=run, name="b", sends_to=("c",))
    a_case("database", {"sock.tcp_established": ramp(20)}, run=run, name="c")
    assert not notes(run)


def test_a_number_of_many_limits_tells_none_from_the_others() -> None:
    names = ("nginx.worker_connections", "process.open_files_max", "haproxy.max_connections")
    (says,) = said({ACTIVE: ramp(1024)}, dict.fromkeys(names, 1024.0))
    assert all(f"{name} is 1,024" in says for name in names)
    assert says.endswith("; which of them, the number does not tell")


@pytest.mark.parametrize(
    "values",
    [grows(512), step(512, 512), np.full(GRID_S.shape, np.nan), ramp(480), ramp(530)],
    ids=["still rises", "never rose", "was not measured", "stands below", "stands above"],
)
def test_what_does_not_stand_at_the_number_is_no_match(values: Array) -> None:
    assert not said({ACTIVE: values}, {"nginx.worker_connections": 512})


def test_small_numbers_are_no_fingerprint() -> None:
    assert not said({ACTIVE: ramp(4)}, {"nginx.worker_connections": 4})


def test_the_number_of_users_who_stood_still_explains_itself() -> None:
    run = a_run()
    run.users = np.where(AFTER, 512.0, np.clip(GRID_S, 0, None) * 17)
    assert not said({ACTIVE: ramp(512)}, {"nginx.worker_connections": 512}, run=run)
    assert not said({ACTIVE: ramp(256)}, {"nginx.worker_connections": 256}, run=run, name="x")


def test_one_reading_that_fills_many_cells_is_no_plateau() -> None:
    case = a_case("load_balancer", {ACTIVE: ramp(512)}, limits={"nginx.worker_connections": 512})
    case.found[ACTIVE][""] = replace(case.found[ACTIVE][""], interval_s=20.0)
    assert not notes(case.run)


@given(
    arrays(float, GRID_S.size, elements=st.floats(0, 1000)),
    st.sampled_from([8, 64, 500, 512, 1000]),
)
def test_a_series_without_a_plateau_never_matches(values: Array, limit: int) -> None:
    after = values[AFTER]
    near = np.abs(after - limit) <= 0.02 * limit + 2
    matched = said({ACTIVE: values}, {"nginx.worker_connections": float(limit)})
    halved = np.abs(after - limit / 2) <= 0.01 * limit + 2
    assert not matched or max(near.mean(), halved.mean()) >= 1 / 3


@given(st.floats(100, 1e5), st.floats(0.1, 1.0))
def test_what_rises_to_the_end_never_stood(top: float, power: float) -> None:
    values = top * np.clip(GRID_S / LOAD_S, 0, None) ** max(power, 0.5)
    case = a_case("load_balancer", {ACTIVE: values})
    assert plateau(case.run, case.found[ACTIVE][""]) is None


@given(st.permutations(["a", "lb-1", "zz"]), st.integers(30, 5000))
def test_names_do_not_matter(names: list[str], number: int) -> None:
    def run_with(one: str, two: str) -> Run:
        run = a_run()
        limits = {"nginx.worker_connections": float(number)}
        a_case("load_balancer", {ACTIVE: ramp(number)}, limits=limits, run=run, name=one)
        a_case("database", {"db.connections": ramp(number)}, run=run, name=two)
        return run

    first, second, _ = names
    here = [says.replace(f"{first}:", "ONE:") for says in notes(run_with(first, second))]
    assert here == [says.replace("one:", "ONE:") for says in notes(run_with("one", "two"))]
    assert len(here) == 1


# What was planted in the recorded runs: 36 and 50 connections a worker; four of them listen.
PLANTED = {"founding": ("lb1", ("32", "64")), "lb1_worker_connections": ("lb1", ("46", "92"))}


@pytest.mark.parametrize("name", EVERY)
def test_recorded_runs_match_what_was_planted_and_nothing_else(golden: Goldens, name: str) -> None:
    found = notes(golden[name].run)
    component, levels = PLANTED.get(name, ("", ()))
    assert bool(found) == bool(component)
    for says in found:
        assert says.startswith(f"{component}: ")
        assert "worker_connections less 4 kept" in says
        assert any(f", is {level} (" in says for level in levels)
    assert set(found) <= set(golden[name].diagnosis.notes)
