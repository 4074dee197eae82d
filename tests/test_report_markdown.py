"""report.md: short, and nothing in it is taken for Markdown."""

from __future__ import annotations

import re

import pytest
from sample_diagnosis import founding, healthy, renamed, too_little

from diagnose.plugins import REPORTS
from diagnose.reports.markdown import text


@pytest.mark.parametrize("sample", [founding, healthy, too_little])
def test_the_verdict_comes_first(sample, tmp_path):
    REPORTS["md"].write(*sample(), tmp_path / "report.md")
    written = (tmp_path / "report.md").read_text("utf-8")
    assert written.startswith("## ") and sample()[0].sentence in written
    assert written == text(sample()[0])


def test_tables_have_as_many_cells_in_every_row():
    for table in re.findall(r"(?:^\|.*\n)+", text(founding()[0]), re.MULTILINE):
        cells = {len(re.split(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(cells) == 1


def test_a_name_is_never_markup():
    diagnosis, run = founding()
    shown = text(renamed(diagnosis, run, "<script>|*x*\n# y"))
    outside_code = re.sub(r"(`+) ?.*?\1", "", shown)
    assert not re.search(r"(?<!\\)<script", outside_code)
    assert not re.search(r"^# y", shown, re.MULTILINE)


def test_it_is_short():
    assert len(text(founding()[0]).splitlines()) < 80
