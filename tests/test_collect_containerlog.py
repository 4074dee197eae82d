"""What a real container printed is had from its engine, cut to the window."""

from __future__ import annotations

import time

import pytest
from container_engine import containers, podman

from diagnose.collect import containerlog
from diagnose.collect.keeper import Keeper
from diagnose.collect.plan import Part
from diagnose.hosts.local import LocalSession
from diagnose.hosts.session import Target
from diagnose.manifest import Manifest
from diagnose.places import Place

TALK = (
    'i=0; while [ $i -lt 40 ]; do echo "line $i"; echo "error $i" >&2; i=$((i+1)); done; sleep 99'
)


@pytest.fixture(scope="module")
def talking(tmp_path_factory):
    with containers(tmp_path_factory.mktemp("images")) as made:
        name = made.run(made.busybox(), "sh", "-c", TALK)
        end_s = time.monotonic() + 20
        while "line 39" not in podman("logs", name):
            assert time.monotonic() < end_s
            time.sleep(0.1)
        yield name


@pytest.fixture
def keeper(tmp_path):
    (tmp_path / "run" / "raw").mkdir(parents=True)
    return Keeper(tmp_path / "run", Manifest(tmp_path / "run"), 1 << 24)


def part(name):
    return Part("api", "app", Place("local", container=name))


def test_both_streams_of_the_window_are_had(talking, keeper):
    here, now_s = LocalSession(Target("local")), time.time()
    containerlog.fetch(here, part(talking), now_s - 60, now_s, keeper)
    text = (keeper.run / "raw" / "api" / containerlog.FILE).read_text()
    assert text.count("line ") == text.count("error ") == 40


def test_outside_of_the_window_it_is_silent(talking, keeper):
    here, now_s = LocalSession(Target("local")), time.time()
    containerlog.fetch(here, part(talking), now_s - 9000, now_s - 8000, keeper)
    assert (keeper.run / "raw" / "api" / containerlog.FILE).read_bytes() == b""


def test_a_container_that_no_engine_has_is_a_failure(keeper):
    here, now_s = LocalSession(Target("local")), time.time()
    containerlog.fetch(here, part("nobody-has-this"), now_s - 60, now_s, keeper)
    (failure,) = keeper.manifest.failures
    assert failure.file == containerlog.FILE and failure.why and failure.how
