"""Levels of load stand in every report, with their knee."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest
from reading import FIXTURES

import diagnose
from diagnose.analyze import analyze
from diagnose.case import Run
from diagnose.model import Diagnosis
from diagnose.plugins import REPORTS
from diagnose.reports.figures import figures
from diagnose.reports.load_levels import levels
from diagnose.reports.terminal import render
from diagnose.reports.verdict_json import document

SCHEMA = json.loads((Path(diagnose.__file__).parent / "verdict.schema.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def siege(tmp_path_factory: pytest.TempPathFactory) -> tuple[Diagnosis, Run]:
    """Seven runs of siege at 1 to 64 users, one line each in its log."""
    folder = tmp_path_factory.mktemp("siege") / "run"
    folder.mkdir()
    shutil.copy(FIXTURES / "siege" / "siege.log", folder)
    diagnosis, run, _ = analyze(folder)
    return diagnosis, run


def test_the_json_has_every_level_and_the_knee(siege):
    found = document(siege[0])
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    told = found["levels"]
    assert told["raised"] == "users"
    users = [level["users"] for level in told["steps"]]
    assert users == sorted(users) and len(users) >= 6
    knee = told["knee"]
    assert told["steps"][knee["flat_from"]]["throughput_per_s"] >= 0.9 * knee["plateau_per_s"]
    assert all("siege.log" in level["source"] for level in told["steps"])


def test_the_terminal_draws_a_bar_a_level(siege):
    shown = render(*siege, colour=False, width=100)
    block = shown.partition("Levels of load\n")[2].partition("\n\n")[0].splitlines()
    assert len(block) == 1 + len(siege[0].steps.levels) + 1
    assert "throughput" in block[0] and "█" in block[1]
    assert "no more beyond" in block[-1]


def test_the_drawing_is_of_levels(siege):
    drawn = figures(*siege)
    assert drawn.knee is not None and drawn.knee.title == "Throughput against users"
    assert "Most throughput" in drawn.knee.says


@pytest.mark.parametrize("name", ["html", "md"])
def test_pages_have_the_table(siege, name, tmp_path):
    REPORTS[name].write(*siege, tmp_path / "report")
    page = (tmp_path / "report").read_text("utf-8")
    assert "Levels of load" in page and "no more beyond" in page


def test_one_test_has_no_levels(siege):
    from sample_diagnosis import founding

    diagnosis, run = founding()
    assert document(diagnosis)["levels"] is None and levels(diagnosis).rows == ()
    assert "Levels of load" not in render(diagnosis, run, colour=False, width=100)
