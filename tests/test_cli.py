"""The command line: its listings, its exit codes, and how little it loads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from golden import Goldens
from jsonschema import Draft202012Validator
from small_run import analyze, cut_down, says_it_clearly

from diagnose import __version__
from diagnose.cli import main
from diagnose.plugins import COLLECTORS, RULES, best_command, load

HEAVY = ("pandas", "numpy", "scipy", "matplotlib", "paramiko", "typst", "pyarrow", "zstandard")


def run(*asked: str) -> Result:
    return CliRunner().invoke(main, list(asked))


def test_the_command_line_loads_no_heavy_library() -> None:
    asked = f"import sys, diagnose.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_names_every_command_and_every_exit_code() -> None:
    assert all(name in run("--help").output for name in main.commands)
    said = " ".join(run("analyze", "--help").output.split())
    for code in ("0 a verdict", "1 a condition", "2 usage", "3 input", "4 evidence"):
        assert code in said
    assert run("--version").output.strip() == f"diagnose, version {__version__}"


def test_listings_list_everything() -> None:
    load("rules")
    load("collectors")
    assert all(name in run("rules").output for name in RULES)
    assert all(c.title in run("formats").output for c in COLLECTORS.values())
    Draft202012Validator.check_schema(json.loads(run("schema").output))


def test_formats_name_the_one_command_line_of_each_load_tool() -> None:
    shown = run("formats").output
    for tool in {c.tool for c in COLLECTORS.values() if c.tool}:
        assert f"\n  → {best_command(tool)}\n" in f"{shown}\n", tool


@pytest.mark.parametrize("name", ["disk-is-saturated", "disk_is_saturated"])
def test_explain_prints_the_page_of_a_rule(name: str) -> None:
    done = run("explain", name)
    assert done.exit_code == 0
    assert "How it decides:" in done.output and "Resource: disk" in done.output


def test_explain_knows_what_was_meant() -> None:
    done = run("explain", "disk-is-saturate")
    says_it_clearly(done, 2, "there is no rule 'disk-is-saturate'")
    assert "did you mean disk-is-saturated" in done.stderr


# -- exit codes ---------------------------------------------------------------------------------
@pytest.fixture
def folder(golden: Goldens, tmp_path: Path) -> Path:
    return cut_down(golden.path("lb1_worker_connections"), tmp_path / "run")


@pytest.mark.parametrize(
    ("more", "code", "what"),
    [
        (("--fail-on", "p95>>1"), 2, "--fail-on does not understand 'p95>>1'"),
        (("--format", "docx"), 2, "there is no report 'docx'"),
        (("--symptom", "lb1.nothing"), 2, "there is no series 'lb1.nothing'"),
        (("--format", "json", "--out", "/dev/null/x"), 3, "cannot write"),
    ],
)
def test_what_cannot_be_done_is_said(
    folder: Path, more: tuple[str, ...], code: int, what: str
) -> None:
    says_it_clearly(analyze(folder, *more), code, what)


@pytest.mark.parametrize(
    ("line", "code", "what"),
    [
        ("[run", 3, "no valid TOML"),
        ('[run]\nbegin = "2020-01-01T00:00:00Z"\nend = "2020-01-02T00:00:00Z"', 2, "holds no load"),
        ('[run]\nbegin = "2026-11-24"\nend = "2026-11-23"', 2, "ends before it begins"),
    ],
)
def test_a_mistake_in_diagnose_toml_is_said(folder: Path, line: str, code: int, what: str) -> None:
    (folder / "diagnose.toml").write_text(line, encoding="utf-8")
    says_it_clearly(analyze(folder), code, what)


def test_a_long_window_is_cut_to_the_load(folder: Path) -> None:
    toml = (folder / "diagnose.toml").read_text(encoding="utf-8")
    text = toml.replace("[run]", '[run]\nbegin = "1970-01-01T00:00:00Z"')
    (folder / "diagnose.toml").write_text(text, encoding="utf-8")
    assert analyze(folder).exit_code in (0, 4)


def test_too_little_evidence_is_an_exit_code_of_its_own(folder: Path) -> None:
    done = analyze(folder / "raw/lb1/nstat.txt")
    assert (done.exit_code, done.stderr) == (4, "")
    assert "no load test result and no access log" in done.stdout


def test_json_on_stdout_is_the_verdict(folder: Path) -> None:
    done = run("analyze", str(folder), "--format", "none", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["suspects"][0]["component"] == "lb1"
    assert not list(folder.glob("*.json")), "no report was asked for"


def test_reports_are_written_whole_beside_the_run(folder: Path, tmp_path: Path) -> None:
    done = run("analyze", str(folder), "--format", "json,md", "--out", str(tmp_path / "out"))
    assert done.exit_code == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["report.md", "verdict.json"]
    assert str(tmp_path / "out" / "verdict.json") in done.stdout


def test_reports_of_an_earlier_run_are_no_source(folder: Path) -> None:
    first = run("analyze", str(folder), "--format", "json,md", "--quiet")
    again = run("analyze", str(folder), "--format", "json,md", "--quiet")
    assert first.stdout == again.stdout
    said = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    assert all(row["path"].startswith("raw/") for row in said["sources"])
