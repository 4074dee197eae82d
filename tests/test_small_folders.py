"""A handful of files gathered by hand gives what it can give, and says what is lacking."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from golden import CULPRITS, NAMES, Goldens, blamed, failed_reader, first

from diagnose import topology
from diagnose.analyze import analyze
from diagnose.model import Diagnosis

HISTORY, ACCESS = "raw/client/run_stats_history.csv", "raw/lb1/access.log"
BEHIND_LB1 = ("api_cpu", "db_disk", "db_slow_query")


def gathered(run: Path, to: Path, files: dict[str, str]) -> Path:
    """Copy files of a run under other names."""
    for source, name in files.items():
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(run / source, to / name)
    return to


def diagnosed(folder: Path) -> Diagnosis:
    diagnosis, _, _ = analyze(folder, out=folder / "out")
    assert not failed_reader(diagnosis)
    return diagnosis


def mute(diagnosis: Diagnosis) -> dict[str, str]:
    """Components of which nothing was measured, with how to collect it."""
    return {u.component: u.how_to_collect for u in diagnosis.unknown if u.resource == "*"}


def where_most_went(diagnosis: Diagnosis) -> str:
    return max(diagnosis.ladder.rungs, key=lambda r: r.gained_s).name


# -- a load test's result and one log -----------------------------------------------------------
@pytest.mark.parametrize("name", NAMES)
def test_a_result_and_one_log_tell_where_the_time_went(
    golden: Goldens, tmp_path: Path, name: str
) -> None:
    files = {HISTORY: "result.csv", ACCESS: "some.log"}
    diagnosis = diagnosed(gathered(golden.path(name), tmp_path, files))
    assert diagnosis.topology.path() == ("load_generator", "lb", "10.77.2.2:80")
    assert not blamed(diagnosis), "an access log shows no mechanism"
    assert mute(diagnosis)["10.77.2.2:80"], "how to measure what stands behind"
    if name == "healthy":
        assert diagnosis.verdict == "no_bottleneck"
        return
    assert diagnosis.verdict == "insufficient_evidence"
    assert abs(diagnosis.ladder.unexplained_s) < 0.005
    if name in BEHIND_LB1:
        assert where_most_went(diagnosis) == "behind lb"
        assert first(diagnosis) == ("10.77.2.2:80", "unexplained")
    elif name == "lb1_worker_connections":  # requests failed, and were no slower
        most = max(diagnosis.ladder.births, key=lambda b: b.failures)
        assert most.name == "in front of lb"
    else:
        assert where_most_went(diagnosis) == "in front of lb"


@pytest.mark.parametrize("name", NAMES)
def test_a_log_alone_accuses_and_acquits_nobody(golden: Goldens, tmp_path: Path, name: str) -> None:
    diagnosis = diagnosed(gathered(golden.path(name), tmp_path, {ACCESS: "some.log"}))
    assert diagnosis.verdict == "insufficient_evidence"
    assert not blamed(diagnosis)
    assert any("read off some.log" in note for note in diagnosis.notes)
    if name in BEHIND_LB1:
        assert "is behind lb" in diagnosis.sentence
    else:
        assert "what users felt cannot be told" in diagnosis.sentence


@pytest.mark.parametrize("name", NAMES)
def test_a_result_alone_tells_when_the_run_turned(
    golden: Goldens, tmp_path: Path, name: str
) -> None:
    diagnosis = diagnosed(gathered(golden.path(name), tmp_path, {HISTORY: "result.csv"}))
    assert not diagnosis.suspects
    assert list(mute(diagnosis)) == ["server"]
    if name == "healthy":
        assert diagnosis.verdict == "no_bottleneck"
        return
    assert diagnosis.verdict == "insufficient_evidence"
    truth = golden[name].truth
    at = diagnosis.inflections[0].at_s + diagnosis.started_epoch_s
    assert abs(at - truth["onset"]) <= 15


def test_a_result_and_a_host_of_unknown_kind_belong_together(
    golden: Goldens, tmp_path: Path
) -> None:
    files = {HISTORY: "result.csv", "raw/db/iostat.json": "box7/iostat.json"}
    diagnosis = diagnosed(gathered(golden.path("db_disk"), tmp_path, files))
    assert diagnosis.topology.path() == ("load_generator", "box7")
    assert first(diagnosis) == ("box7", "disk")


# -- metrics without a load ---------------------------------------------------------------------
@pytest.mark.parametrize("layout", ["{host}/sadf.json", "{host}-sadf.json"])
def test_metrics_of_hosts_alone_are_not_enough(
    golden: Goldens, tmp_path: Path, layout: str
) -> None:
    run = golden.path("db_disk")
    hosts = [path.parent.name for path in sorted(run.glob("raw/*/sadf.json"))]
    files = {f"raw/{host}/sadf.json": layout.format(host=host) for host in hosts}
    diagnosis = diagnosed(gathered(run, tmp_path, files))
    assert diagnosis.verdict == "insufficient_evidence"
    assert not diagnosis.suspects
    assert "no load test result and no access log" in diagnosis.sentence
    assert set(hosts) == {c.name for c in diagnosis.topology.components}


# -- whole runs without a diagnose.toml -----------------------------------------------------------
def a_whole_run(run: Path, to: Path, layout: str) -> Path:
    files = {
        f"raw/{path.parent.name}/{path.name}": layout.format(host=path.parent.name, file=path.name)
        for path in run.glob("raw/*/*")
    }
    return gathered(run, to, files)


@pytest.mark.parametrize("layout", ["{host}/{file}", "{host}-{file}"])
@pytest.mark.parametrize("name", NAMES)
def test_a_whole_run_without_a_topology_is_diagnosed_alike(
    golden: Goldens, tmp_path: Path, name: str, layout: str
) -> None:
    guessed = diagnosed(a_whole_run(golden.path(name), tmp_path, layout))
    assert guessed.topology.path() == tuple(golden[name].truth["path"])
    assert first(guessed) in CULPRITS[name] or name == "healthy"
    assert blamed(guessed) <= golden[name].culprits
    assert guessed.verdict == golden[name].diagnosis.verdict
    told = topology.read(tmp_path / "diagnose.toml")
    assert told is not None and told[0].path() == guessed.topology.path()


@pytest.mark.parametrize("layout", ["{host}/{file}", "{host}_{file}", "{file}.{host}.txt"])
def test_the_guess_that_was_written_leads_to_the_same_verdict(
    golden: Goldens, tmp_path: Path, layout: str
) -> None:
    folder = a_whole_run(golden.path("founding"), tmp_path, layout)
    guessed, again = diagnosed(folder), diagnosed(folder)
    assert again.topology.declared and not guessed.topology.declared
    assert again.sentence == guessed.sentence
    assert again.suspects == guessed.suspects


def test_a_guess_never_overwrites_what_is_there(golden: Goldens, tmp_path: Path) -> None:
    folder = gathered(golden.path("healthy"), tmp_path, {HISTORY: "result.csv"})
    (folder / "diagnose.toml").write_text('[run]\nname = "mine"\n', encoding="utf-8")
    diagnosis = diagnosed(folder)
    assert diagnosis.run == "mine"
    assert diagnosis.topology.path() == ("load_generator", "server")
    assert (folder / "diagnose.toml").read_text(encoding="utf-8") == '[run]\nname = "mine"\n'
