"""diagnose compare: what moved, by how much with an interval, and what was set anew."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from golden import Goldens
from small_run import cut_down, says_it_clearly

from diagnose import compare as comparing
from diagnose import effects
from diagnose.case import Run
from diagnose.cli import main
from diagnose.compare import Comparison, between, regressions
from diagnose.compare_text import as_json, as_text
from diagnose.differences import differences
from diagnose.effects import Bins, effect
from diagnose.reports import verdict_json
from diagnose.told import Told, of_diagnosis


def told(golden: Goldens, name: str, **changed: object) -> Told:
    one = golden[name]
    return of_diagnosis(one.diagnosis, replace(one.run, **changed), name)


def against(golden: Goldens, first: str, second: str) -> Comparison:
    return between(told(golden, first), told(golden, second))


def run(*asked: object) -> Result:
    return CliRunner().invoke(main, ["compare", *map(str, asked)])


# -- recorded runs --------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["founding", "healthy"])
def test_of_a_run_and_itself_no_difference_can_be_told(golden: Goldens, name: str) -> None:
    found = against(golden, name, name)
    assert found.bottleneck == ("none" if name == "healthy" else "same")
    assert not any(e.differs for e in found.effects)
    assert found.differences is not None and not found.differences.rows
    assert regressions(found) == ([], [])


def test_a_bottleneck_that_moved_is_told_with_what_was_set_anew(golden: Goldens) -> None:
    found = against(golden, "db_disk", "founding")
    assert found.bottleneck == "moved"
    assert found.says.startswith("it moved from db disk (likely) to ")
    assert found.differences is not None
    rows = {(r.component, r.name): r for r in found.differences.rows}
    conf = rows["lb1", "nginx.worker_connections"]
    for name, value, source in (
        ("db_disk", conf.before, conf.source_before),
        ("founding", conf.after, conf.source_after),
    ):
        path, _, line = source.rpartition(":")
        text = (golden.path(name) / path).read_text().splitlines()[int(line) - 1]
        assert "worker_connections" in text and value.replace(",", "") in text


def test_a_bottleneck_that_is_gone_or_has_come(golden: Goldens) -> None:
    mended = against(golden, "db_disk", "healthy")
    assert mended.bottleneck == "gone"
    assert mended.effect(comparing.PEAK).low > 0
    assert regressions(mended) == ([], [])
    broken = against(golden, "healthy", "db_disk")
    assert broken.bottleneck == "appeared"
    assert {comparing.PEAK, comparing.MEAN} <= set(regressions(broken)[0])


def test_a_run_that_never_turned_has_no_knee_to_compare(golden: Goldens) -> None:
    knee = against(golden, "db_disk", "healthy").effect(comparing.KNEE)
    assert knee.why == "healthy never turned" and not knee.has_interval


def test_the_limit_of_a_process_is_compared_though_its_number_is_new(golden: Goldens) -> None:
    found = against(golden, "db_disk", "founding").differences
    assert found is not None
    assert set(found.after_only) == {"mon"} and not found.before_only
    one = told(golden, "founding")
    assert one.run is not None
    lb1 = one.run.cases["lb1"]
    files = [replace(c, value=64.0) for c in lb1.limits["process.open_files_max"]]
    lower = replace(lb1, limits={**lb1.limits, "process.open_files_max": files})
    cases = {**one.run.cases, "lb1": lower}
    rows = differences(one.run, replace(one.run, cases=cases)).rows
    assert [(r.component, r.name, r.part, r.after) for r in rows] == [
        ("lb1", "process.open_files_max", "nginx", "64")
    ]


def test_a_component_that_is_new_is_named_once(golden: Goldens) -> None:
    run = golden["founding"].run
    fewer = tuple(c for c in run.topology.components if c.name != "mon")
    before = replace(run, topology=replace(run.topology, components=fewer))
    [row] = differences(before, run).rows
    assert (row.component, row.before, row.after) == ("mon", "not in this run", "other")


def test_throughput_that_followed_a_lower_load_is_no_regression(golden: Goldens) -> None:
    before = told(golden, "healthy")
    run = golden["healthy"].run
    half = told(golden, "healthy", throughput_per_s=run.throughput_per_s / 2)
    assert comparing.PEAK in regressions(between(before, half))[0]
    lower = replace(half, name="half", users_max=half.users_max / 2)
    worse, untold = regressions(between(before, lower))
    assert comparing.PEAK not in worse
    assert untold == ["peak throughput: half never turned, and its load was another"]


# -- the interval ---------------------------------------------------------------------------------
def slower(run: Run, times: float) -> np.ndarray:
    noise = np.random.default_rng(1).normal(1, 0.1, run.latency_s.size)
    return run.latency_s * times * noise


@pytest.mark.parametrize("name", ["founding", "healthy"])
def test_latencies_scaled_by_a_factor_are_found_by_that_factor(golden: Goldens, name: str) -> None:
    scaled = told(golden, name, latency_s=slower(golden[name].run, 1.3))
    mean = between(told(golden, name), scaled).effect(comparing.MEAN)
    assert mean.differs and mean.low <= 0.3 <= mean.high
    assert mean.high - mean.low < 0.2
    assert regressions(between(told(golden, name), scaled)) == ([comparing.MEAN], [])
    assert regressions(between(told(golden, name), scaled), tolerance=0.6) == ([], [])


def made(seed: int, n: int = 80, slower: float = 1.0, users: float = np.nan) -> Bins:
    """A flat load whose response times wander (first-order autocorrelation of one half)."""
    chance = np.random.default_rng(seed)
    wander = np.zeros(n)
    for i in range(1, n):
        wander[i] = 0.5 * wander[i - 1] + chance.normal(0, 0.1)
    rate, none = np.full(n, 100.0), np.full(n, np.nan)
    mean_s = 0.2 * slower * np.exp(wander)
    return Bins(3.0, np.full(n, users), rate, 0 * rate, mean_s, none, np.ones(n, np.bool_))


@pytest.mark.parametrize("n", [12, 80])
@pytest.mark.parametrize("users", [np.nan, 50.0])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(n: int, users: float) -> None:
    held = 0
    for seed in range(60):
        a, b = made(2 * seed, n, users=users), made(2 * seed + 1, n, slower=1.3, users=users)
        found = effect("mean", "s", effects.mean_time, a, b)
        held += found.low <= 0.3 <= found.high
    assert held >= 53


def test_too_few_bins_make_no_interval() -> None:
    found = effect("mean", "s", effects.mean_time, made(1, n=5), made(2, n=80))
    assert not found.has_interval and found.why == "5 bins of 3 s; 8 are needed"


def test_what_was_not_measured_is_not_compared() -> None:
    found = effect("p95", "s", effects.p95_time, made(1), made(2))
    assert np.isnan(found.change) and found.why == "neither run tells it"


def test_runs_are_paired_only_where_they_were_loaded_alike() -> None:
    assert effects.loaded_alike(made(1, users=50), made(2, users=51))
    assert not effects.loaded_alike(made(1, users=50), made(2, users=100))
    assert not effects.loaded_alike(made(1, users=50), made(2, n=40, users=50))
    assert not effects.loaded_alike(made(1), made(2))


# -- the command ----------------------------------------------------------------------------------
@pytest.fixture
def small(golden: Goldens, tmp_path: Path) -> Path:
    return cut_down(golden.path("lb1_worker_connections"), tmp_path / "before")


def test_another_limit_is_named_with_its_line(small: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(small, tmp_path / "after"))
    conf = other / "raw/lb1/nginx.conf"
    lines = conf.read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if "worker_connections" in line)
    lines[at] = "    worker_connections 4321;"
    conf.write_text("\n".join(lines))
    done = run(small, other, "--json", "--fail-on-regression")
    assert done.exit_code == 0, done.output
    [found] = json.loads(done.stdout)["comparisons"]
    assert len(found["differences"]["rows"]) == 1
    [row] = [r for r in found["differences"]["rows"] if r["name"] == "nginx.worker_connections"]
    assert (row["component"], row["after"]) == ("lb1", "4,321")
    assert row["source_after"] == f"raw/lb1/nginx.conf:{at + 1}"
    assert found["effects"][2]["differs"] is False


def test_verdicts_alone_are_compared_without_intervals(golden: Goldens, tmp_path: Path) -> None:
    for name in ("db_disk", "healthy"):
        (tmp_path / name).mkdir()
        text = verdict_json.dumps(golden[name].diagnosis)
        (tmp_path / name / "verdict.json").write_text(text, encoding="utf-8")
    done = run(tmp_path / "db_disk", tmp_path / "healthy" / "verdict.json", "--fail-on-regression")
    assert "it is gone: it was db disk" in done.stdout
    assert "no interval" in done.stdout and "only verdict.json is there" in done.stdout
    assert done.exit_code == 4 and "not judged" in done.stderr


def test_a_regression_leaves_with_one(golden: Goldens) -> None:
    paths = golden.path("healthy"), golden.path("lb1_worker_connections")
    done = run(*paths, "--fail-on-regression")
    assert done.exit_code == 1
    assert "diagnose: lb1_worker_connections: a regression of the " in done.stderr


def test_what_cannot_be_compared_is_said_in_one_sentence(small: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    says_it_clearly(run(empty, small), 3, "holds nothing that diagnose can read")
    says_it_clearly(run(tmp_path / "nowhere", small), 3, "does not exist")
    says_it_clearly(run(small), 2, "one run alone has nothing to be compared with")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema_version": 2}', "\x00", "null"])
def test_a_damaged_verdict_is_said_to_be_none(small: Path, tmp_path: Path, text: str) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "verdict.json").write_text(text)
    says_it_clearly(run(alone, small), 3, "this is no verdict of this version of diagnose")


def test_text_and_json_tell_the_same_in_any_terminal(golden: Goldens) -> None:
    found = against(golden, "db_disk", "founding")
    plain = as_text([found], ascii=True, width=80)
    assert plain.isascii() and "\x1b" not in plain
    assert "\x1b[" in as_text([found], colour=True)
    said = json.loads(as_json([found], 0.05))["comparisons"][0]
    assert said["bottleneck"]["says"].split()[-2] in plain
    assert said["regressions"] == regressions(found)[0]
