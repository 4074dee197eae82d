"""Recorded load tests: what was planted is found, and nobody innocent is accused."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner
from golden import CULPRITS, EVERY, LIMITED, NETWORK, Goldens, blamed, failed_reader, first
from jsonschema import Draft202012Validator

from diagnose.analyze import analyze
from diagnose.cli import main
from diagnose.model import Diagnosis
from diagnose.reports import verdict_json

ONSET_WITHIN_S = 15.0
SCHEMA = json.loads(files("diagnose").joinpath("verdict.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [*LIMITED, *NETWORK])
def test_the_planted_culprit_is_the_first_suspect(golden: Goldens, name: str) -> None:
    diagnosis = golden[name].diagnosis
    assert first(diagnosis) in CULPRITS[name]
    assert diagnosis.suspects[0].level == "likely"


@pytest.mark.parametrize("name", EVERY)
def test_nobody_innocent_is_accused(golden: Goldens, name: str) -> None:
    one = golden[name]
    assert blamed(one.diagnosis) <= one.culprits
    assert not blamed(one.diagnosis) & set(one.truth["innocent"])


def test_both_culprits_of_the_founding_case_come_before_all_others(golden: Goldens) -> None:
    suspects = golden["founding"].diagnosis.suspects
    assert {(s.component, s.resource) for s in suspects[:2]} == CULPRITS["founding"]
    assert all(s.component != "db" for s in suspects[:2])


def test_a_run_without_a_limit_has_no_suspects(golden: Goldens) -> None:
    diagnosis = golden["healthy"].diagnosis
    assert diagnosis.verdict == "no_bottleneck"
    assert not diagnosis.suspects and not diagnosis.inflections


@pytest.mark.parametrize("name", [*LIMITED, *NETWORK])
def test_the_run_turned_when_users_first_felt_it(golden: Goldens, name: str) -> None:
    one = golden[name]
    turned = [turn.at_s + one.diagnosis.started_epoch_s for turn in one.diagnosis.inflections]
    assert min(abs(at - one.truth["onset"]) for at in turned) <= ONSET_WITHIN_S


@pytest.mark.parametrize("name", EVERY)
def test_the_load_lies_where_it_was_put(golden: Goldens, name: str) -> None:
    one = golden[name]
    assert abs(one.diagnosis.started_epoch_s - one.truth["load_start"]) < 3
    assert one.diagnosis.load is not None
    assert one.diagnosis.load.users_max == one.truth["load"]["users"]
    assert one.run.topology.path() == tuple(one.truth["path"])


@pytest.mark.parametrize("name", EVERY)
def test_the_verdict_keeps_to_its_schema(golden: Goldens, name: str) -> None:
    said = json.loads(verdict_json.dumps(golden[name].diagnosis))
    Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(said)
    assert said["verdict"] == ("no_bottleneck" if name == "healthy" else "bottleneck")


@pytest.mark.parametrize("name", EVERY)
def test_every_reader_reads_its_files(golden: Goldens, name: str) -> None:
    diagnosis = golden[name].diagnosis
    assert not failed_reader(diagnosis)
    for row in diagnosis.sources:
        assert row.unreadable <= 0.05 * row.lines, (row.path, row.examples)


@pytest.mark.parametrize("name", EVERY)
def test_what_is_said_points_at_lines_that_are_there(golden: Goldens, name: str) -> None:
    one = golden[name]
    cited = [e.source for s in one.diagnosis.suspects for e in (*s.for_, *s.against) if e.source]
    assert cited or name == "healthy"
    for source in cited:
        for place in source.replace(" → ", " + ").split(" + "):
            path, _, lines = place.partition(":")
            text = (one.path / path).read_bytes()
            last = int(lines.rpartition("-")[2] or 1)
            assert last <= text.count(b"\n") + 1, source


@pytest.mark.parametrize("name", EVERY)
def test_no_suspect_explains_more_than_there_was(golden: Goldens, name: str) -> None:
    one = golden[name]
    rise_s = max(one.diagnosis.ladder.rise_s, 0.0)
    for suspect in one.diagnosis.suspects:
        shares = (suspect.explains.seconds_share, suspect.explains.failures_share)
        assert all(not share > 1 for share in shares)
        gains = [r.gained_s for r in one.diagnosis.ladder.rungs if r.held_by(suspect.component)]
        assert not suspect.explains.seconds > max(0.0, *gains, sum(gains)) + 1e-9
        assert rise_s > 0 or not suspect.explains.seconds_share > 0


@pytest.mark.parametrize("name", EVERY)
def test_nothing_is_cleared_and_accused_or_cleared_unseen(golden: Goldens, name: str) -> None:
    diagnosis = golden[name].diagnosis
    accused = {(s.component, s.resource) for s in diagnosis.suspects}
    cleared = {(c.component, c.resource) for c in diagnosis.cleared}
    unseen = {u.component for u in diagnosis.unknown if u.resource == "*"}
    assert not accused & cleared
    assert not unseen & {component for component, _ in cleared}


@pytest.mark.parametrize("name", NETWORK)
def test_without_a_topology_the_culprit_is_the_same(
    golden: Goldens, tmp_path: Path, name: str
) -> None:
    run = shutil.copytree(golden.path(name), tmp_path / "run")
    (run / "diagnose.toml").unlink()
    diagnosis, _, _ = analyze(run, out=tmp_path / "out")
    assert first(diagnosis) in CULPRITS[name]
    assert blamed(diagnosis) == golden[name].culprits
    assert diagnosis.topology.path() == tuple(golden[name].truth["path"])


def test_who_listens_where_requests_are_sent_is_the_application(
    golden: Goldens, tmp_path: Path
) -> None:
    run = shutil.copytree(golden.path("app_filter"), tmp_path / "run")
    (run / "diagnose.toml").unlink()
    (run / "raw/svc/svc.log").unlink()
    diagnosis, _, _ = analyze(run, out=tmp_path / "out")
    assert diagnosis.topology.path() == ("gen", "gw-2", "edge", "svc")
    assert blamed(diagnosis) == {"svc"}


@pytest.mark.parametrize("name", ["founding", "healthy"])
def test_the_command_leaves_with_success(golden: Goldens, tmp_path: Path, name: str) -> None:
    path = str(golden.path(name))
    done = CliRunner().invoke(
        main, ["analyze", path, "--out", str(tmp_path), "--format", "json", "--quiet"]
    )
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.strip() == golden[name].diagnosis.sentence
    assert json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))["run"] == name


def test_a_broken_condition_leaves_with_one(golden: Goldens) -> None:
    path = str(golden.path("founding"))
    asked = ["analyze", path, "--format", "none", "--quiet", "--fail-on", "bottleneck, p95<1ms"]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 1
    assert done.stderr == "diagnose: --fail-on bottleneck: there is one\n"


def test_diagnosing_twice_says_the_same(golden: Goldens) -> None:
    def again() -> Diagnosis:
        return Goldens(golden._shared)["founding"].diagnosis

    assert verdict_json.dumps(again()) == verdict_json.dumps(golden["founding"].diagnosis)
