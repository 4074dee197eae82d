"""Several files of load tools: one test or more, generators side by side, levels of load."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from reading import FIXTURES

from diagnose.analyze import analyze
from diagnose.model import Diagnosis

BEGAN_S = 1_795_406_693.0
HEADER = (
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,"
    "failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n"
)


def jtl(
    began_s: float,
    rate: float,
    users: int,
    *,
    seconds: int = 40,
    took_ms: float = 50,
    first: int = 0,
) -> str:
    """A JMeter result at one steady load."""
    rng = np.random.default_rng(users + first)
    starts = began_s + np.arange(0, seconds, 1 / rate)
    took = rng.gamma(20, took_ms / 20, starts.size)
    rows = [
        f"{1000 * at:.0f},{ms:.0f},home,200,OK,T 1-{first + i % users},text,true,,612,120,"
        f"{users},{users},http://x/,{ms:.0f},0,0\n"
        for i, (at, ms) in enumerate(zip(starts, took, strict=True))
    ]
    return HEADER + "".join(rows)


def of(folder: Path, **files: str) -> Diagnosis:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_jtl", ".jtl")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return analyze(folder)[0]


def test_runs_at_rising_load_are_levels_and_have_a_knee(tmp_path):
    rates = {1: 20.0, 2: 40.0, 4: 80.0, 8: 160.0, 16: 160.0}
    files = {
        f"c{users}_jtl": jtl(BEGAN_S + 60 * i, rate, users, took_ms=1000 * users / rate)
        for i, (users, rate) in enumerate(rates.items())
    }
    told = of(tmp_path, **files)
    assert told.steps is not None and list(told.steps.loads) == [1, 2, 4, 8, 16]
    assert told.steps.knee is not None
    assert told.steps.levels[told.steps.knee.flat].users == 8
    assert told.load.requests == sum(40 * r for r in rates.values())
    assert told.verdict == "insufficient_evidence" and "from 8 users on" in told.sentence


def test_a_level_that_was_repeated_is_told_by_its_last_run(tmp_path):
    rates = [(1, 20.0), (2, 40.0), (4, 80.0), (4, 70.0)]
    files = {f"run{i}_jtl": jtl(BEGAN_S + 60 * i, r, u) for i, (u, r) in enumerate(rates)}
    told = of(tmp_path, **files)
    assert [round(level.throughput_per_s) for level in told.steps.levels] == [20, 40, 70]
    assert any("left aside: run2.jtl" in note for note in told.notes)


def test_two_generators_at_the_same_time_are_one_load(tmp_path):
    told = of(
        tmp_path,
        east__result_jtl=jtl(BEGAN_S, 50, 10, first=0),
        west__result_jtl=jtl(BEGAN_S + 3, 30, 6, first=100),
    )
    assert told.load.requests == 40 * 80 and told.steps is None
    assert told.load.users_max == pytest.approx(16, abs=1)
    assert any("added up as generators of one load" in note for note in told.notes)


def test_a_copy_is_counted_once(tmp_path):
    text = jtl(BEGAN_S, 50, 10)
    told = of(tmp_path, a_jtl=text, b_jtl=text)
    assert told.load.requests == 40 * 50


def test_when_a_load_without_a_clock_began_is_what_the_user_says(tmp_path):
    shutil.copy(FIXTURES / "hey" / "timeouts.csv", tmp_path / "hey.csv")
    bare = analyze(tmp_path, out=tmp_path / "out")[0]
    assert not bare.load.started
    assert any("writes no wall clock" in note and "load_began" in note for note in bare.notes)
    began = datetime.fromtimestamp(BEGAN_S, UTC).isoformat()
    toml = f'[run]\nload_began = "{began}"\n[components.client]\nrole = "load_generator"\n'
    (tmp_path / "diagnose.toml").write_text(toml)
    told = analyze(tmp_path, out=tmp_path / "out")[0]
    assert told.load.started[:19] == began[:19]
    assert not any("writes no wall clock" in note for note in told.notes)


def test_the_load_of_the_larger_test_is_judged_and_the_other_named(tmp_path):
    shutil.copy(FIXTURES / "wrk" / "plain.txt", tmp_path)
    told = of(tmp_path, a_jtl=jtl(BEGAN_S, 50, 10))
    assert told.load.tool == "jmeter"
    assert any("plain.txt: results of wrk were left aside" in note for note in told.notes)
