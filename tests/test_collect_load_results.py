"""A load that `diagnose collect RUN -- COMMAND` ran: its results are found, its end is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DIAGNOSE = str(Path(sys.executable).with_name("diagnose"))
RESULTS = "timeStamp,elapsed,label,responseCode,success,allThreads\n" + "".join(
    f"{1700000000000 + 100 * i},{20 + i % 7},home,200,true,4\n" for i in range(50)
)


@pytest.fixture
def collect(tmp_path):
    """Run it with a load, on this machine alone: what it said, and its manifest."""
    text = '[components.client]\nrole = "load_generator"\nhost = "local"\n'
    (tmp_path / "diagnose.toml").write_text(text)
    (tmp_path / "prepared").mkdir()
    (tmp_path / "prepared" / "results.csv").write_text(RESULTS)
    os.utime(tmp_path / "prepared" / "results.csv", (1_700_000_000, 1_700_000_000))  # of old

    def collect(load):
        done = subprocess.run(
            [DIAGNOSE, "collect", "run", "--", "sh", "-c", load],
            cwd=tmp_path, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stderr, json.loads((tmp_path / "run" / "manifest.json").read_text())

    return collect


def test_results_that_the_load_wrote_are_not_called_missing(collect):
    said, told = collect("sleep 1; cat prepared/results.csv > results.csv")
    assert "results.csv" in {entry["file"] for entry in told["files"]}
    assert "results" not in {entry["file"] for entry in told["failures"]}
    assert "no results of" not in said and "the load ended" not in said


def test_a_load_that_wrote_none_and_failed_is_told_so(collect):
    said, told = collect("sleep 1; exit 3")
    assert "results" in {entry["file"] for entry in told["failures"]}
    assert "the load ended with status 3" in said


def test_a_load_that_a_signal_ended_is_told_so(collect):
    said, _ = collect("kill -9 $$")
    assert "the load ended with signal 9" in said
