"""The PDF: any name can be set, the same run gives the same bytes, a missing font is told."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from sample_diagnosis import founding, healthy, renamed, too_little

from diagnose.plugins import REPORTS
from diagnose.reports import pdf as room
from diagnose.reports.figures import figures
from diagnose.reports.pdf_content import content

SAMPLES = [founding, healthy, too_little]
HOSTILE = "#let x = 1 *b* _i_ $x^2$ [c] @ref <label> \"q\" 's' \\ ` // /* = + -"


def written(tmp_path, diagnosis, run, name="report.pdf"):
    REPORTS["pdf"].write(diagnosis, run, tmp_path / name)
    return tmp_path / name


def text_of(path):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    told = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
    return told.stdout.decode("utf-8").replace("\u00a0", " ")


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_verdict_can_be_set(sample, tmp_path):
    assert written(tmp_path, *sample()).read_bytes().startswith(b"%PDF")


def test_a_name_is_never_markup(tmp_path):
    diagnosis, run = founding()
    text = text_of(written(tmp_path, renamed(diagnosis, run, HOSTILE), run))
    assert "#let x = 1 *b* _i_ $x^2$ [c] @ref <label>" in text


def test_the_same_run_gives_the_same_bytes(tmp_path):
    one = written(tmp_path, *founding(), name="a.pdf").read_bytes()
    assert one == written(tmp_path, *founding(), name="b.pdf").read_bytes()
    assert b"CreationDate" not in one


def test_a_missing_font_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "eastern_fonts", list)
    assert "has no font" in text_of(written(tmp_path, *founding()))
    monkeypatch.setattr(room, "eastern_fonts", lambda: ["DejaVu Serif"])
    assert "has no font" not in text_of(written(tmp_path, *founding()))


def test_nothing_is_told_where_no_such_letter_stands(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "eastern_fonts", list)
    assert "has no font" not in text_of(written(tmp_path, *healthy()))


def test_the_verdict_comes_first_and_pages_are_numbered(tmp_path):
    diagnosis, run = founding()
    text = text_of(written(tmp_path, diagnosis, run))
    assert text.strip().startswith("Bottleneck") and "1 of " in text


def test_no_column_of_a_table_is_empty():
    for sample in SAMPLES:
        diagnosis, run = sample()
        for table in content(diagnosis, run, figures(diagnosis, run)).values():
            if isinstance(table, dict) and "rows" in table:
                assert all(any(column) for column in zip(*table["rows"], strict=True))
