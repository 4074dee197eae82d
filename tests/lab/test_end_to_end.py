"""Real parts from end to end: Locust → router → nginx → nginx → application → MariaDB, each a host
of its own; `diagnose collect RUN -- locust …`, then `diagnose analyze RUN`.

A fault is planted, and the verdict must name it; without one nobody may be accused.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from .hosts import missing
from .stack import Stack, locust, stack

pytestmark = pytest.mark.lab
DIAGNOSE = str(Path(sys.executable).with_name("diagnose"))
if lack := missing():
    pytest.skip(f"the lab needs {lack}", allow_module_level=True)


def collected(lab: Stack, **environment: str) -> dict:
    """One load test, collected and diagnosed on the client; verdict.json."""
    lab.environment = {"LAB_USERS": "60", "LAB_RAMP_S": "30", "LAB_RUN_S": "45", **environment}
    load = [*locust(), "--csv", "run", "--csv-full-history"]
    done = lab.client(DIAGNOSE, "collect", "run42", "--", *load)
    assert done.returncode in (0, 1), done.stdout + done.stderr  # Locust's own status
    assert (lab.home / "run42" / "manifest.json").is_file(), done.stderr
    shown = lab.client(DIAGNOSE, "analyze", "run42", "--format", "json")
    assert shown.returncode in (0, 4), shown.stdout + shown.stderr
    print(done.stderr, shown.stdout)  # for whoever reads a failure
    return json.loads((lab.home / "run42" / "verdict.json").read_text())


def accused(verdict: dict) -> list[tuple[str, str]]:
    return [(s["component"], s["resource"]) for s in verdict["suspects"] if s["level"] == "likely"]


def first(verdict: dict) -> tuple[str, str]:
    assert verdict["suspects"], verdict["sentence"]
    return verdict["suspects"][0]["component"], verdict["suspects"][0]["resource"]


def test_a_healthy_stack_accuses_nobody():
    with stack() as lab:
        verdict = collected(lab)
    assert verdict["verdict"] == "no_bottleneck", verdict["sentence"]
    assert verdict["suspects"] == []
    asked = {s["path"].split("/")[1] for s in verdict["sources"]}
    assert asked >= {"client", "router", "lb1", "lb2", "api", "db", "mon"}
    assert verdict["unrecognized"] == []


def test_too_few_worker_connections_are_named():
    with stack(connections=40, think_s=0.25) as lab:
        verdict = collected(lab, LAB_FRESH_CONNECTIONS="1", LAB_USERS="90")
    assert first(verdict) == ("lb1", "connections"), verdict["sentence"]
    assert {c for c, _ in accused(verdict)} <= {"lb1"}


def test_a_missing_index_is_named():
    with stack(indexed=False, rows=1_000_000) as lab:
        verdict = collected(lab)
    assert first(verdict)[0] == "db", verdict["sentence"]
    assert first(verdict)[1] in ("slow_query", "cpu")
    assert {c for c, _ in accused(verdict)} <= {"db"}


def test_a_router_that_drops_is_named():
    with stack() as lab:
        lab.hosts["router"].run(
            *("tc", "qdisc", "add", "dev", "lan0", "root", "tbf"),
            *("rate", "150kbit", "burst", "3000", "limit", "6000"),
        )
        verdict = collected(lab)
    assert first(verdict)[0] == "router", verdict["sentence"]
    assert {c for c, _ in accused(verdict)} <= {"router"}
