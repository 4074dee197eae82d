"""A load tool's bare summary: what it tells, and the command line of that tool that tells more."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from reading import FIXTURES

from diagnose.analyze import analyze
from diagnose.cli import main
from diagnose.model import Diagnosis
from diagnose.plugins import best_command

BARE = ("wrk/plain.txt", "siege/summary.json", "hey/summary.txt", "ab/saturated.txt",
        "httperf/print_reply.txt", "autocannon/default.err", "vegeta/report.txt",
        "fortio/overload.json", "oha/ramp.json", "wrk2/below.txt")  # fmt: skip


def of(tmp_path: Path, *names: str) -> Diagnosis:
    run = tmp_path / "run"
    run.mkdir()
    for name in names:
        shutil.copy(FIXTURES / name, run)
    return analyze(run)[0]


@pytest.mark.parametrize("name", BARE)
def test_a_summary_finds_no_inflection_and_names_the_command_that_would(name, tmp_path):
    told = of(tmp_path, name)
    assert told.verdict == "insufficient_evidence" and not told.inflections and not told.suspects
    assert told.load is not None and told.load.requests > 0
    assert "without a time series no inflection can be found" in told.sentence
    assert best_command(told.load.tool) in told.sentence


def test_a_load_that_failed_is_said_to_be_none(tmp_path):
    told = of(tmp_path, "autocannon/refused.json")
    assert "2,014 of 2,014 requests failed" in told.sentence and "Mend it" in told.sentence
    assert "To find it" not in told.sentence


@pytest.mark.parametrize("name", ["ab/refused.err", "wrk/refused.err"])
def test_a_tool_that_got_no_response_is_quoted(name, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy(FIXTURES / name, run)
    done = CliRunner().invoke(main, ["analyze", str(run), "--format", "none"])
    assert done.exit_code == 3 and "got no response at all" in done.output
    assert "efused" in done.output and "Traceback" not in done.output


CUT = {
    "autocannon/rate.json": (700, "the result breaks off"),
    "oha/ramp.json": (2000, "the result breaks off"),
    "oha/ramp.csv": (74, "a header and no rows"),
    "wrk/plain.txt": (120, "it was killed"),
}


@pytest.mark.parametrize("name", CUT)
def test_a_result_that_is_not_there_is_told_in_its_tools_words(name, tmp_path):
    size, said = CUT[name]
    run = tmp_path / "run"
    run.mkdir()
    (run / "result").write_bytes((FIXTURES / name).read_bytes()[:size])
    done = CliRunner().invoke(main, ["analyze", str(run), "--format", "none"])
    words = " ".join(done.output.split())
    assert done.exit_code == 3 and said in words and "Traceback" not in words
    assert best_command(name.partition("/")[0]) in words


def test_a_rate_that_was_not_held_is_said(tmp_path):
    told = of(tmp_path, "httperf/overload.txt")
    missed = [check for check in told.fitness if check.check == "rate_held"]
    assert missed and "/s" in missed[0].says
    assert told.verdict != "no_bottleneck"


@pytest.mark.parametrize(
    "name, says",
    [
        ("wrk/plain.txt", "wrk waits for each response (closed model)"),
        ("wrk2/below.txt", "wrk2 counts response times from when a request was due"),
        ("vegeta/report.txt", "vegeta did not wait for responses"),
    ],
)
def test_coordinated_omission_is_said_of_the_tool_that_has_it(name, says, tmp_path):
    (model,) = (c for c in of(tmp_path, name).fitness if c.check == "open_model")
    assert model.says.startswith(says)
    assert ("coordinated omission" in model.says) is (model.ok is None)


def test_a_tools_own_report_is_read_and_never_written_over(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy(FIXTURES / "vegeta" / "report.txt", run)
    (run / "report.html").write_text("<!DOCTYPE html><title>Locust</title>")
    for _ in range(2):
        done = CliRunner().invoke(main, ["analyze", str(run), "--format", "html,json"])
        assert done.exit_code == 4 and "vegeta" in done.output
    assert (run / "report.html").read_text() == "<!DOCTYPE html><title>Locust</title>"
    assert "diagnose" in (run / "diagnose-report.html").read_text("utf-8")[:2000]


def test_a_handful_of_intervals_acquits_nobody(tmp_path):
    """Artillery tells its load in rows of ten seconds."""
    told = of(tmp_path, "artillery/report.html.gz")
    assert told.load is not None and 0 < told.load.intervals < 10 and not told.inflections
    assert any(check.check == "load_told_finely" for check in told.fitness)
    assert told.verdict == "insufficient_evidence"
    assert f"in {told.load.intervals} intervals" in told.sentence or "too little" in told.sentence


def test_a_course_without_response_times_acquits_nobody(tmp_path):
    """Locust's JSON counts requests by second, and times them in whole only."""
    told = of(tmp_path, "locust_json/final.json.gz")
    assert told.verdict == "insufficient_evidence"
    assert "no response times" in told.sentence or "too little" in told.sentence
