"""What the terminal shows: verdict first, within its width, in its alphabet."""

from __future__ import annotations

import re
from dataclasses import replace

import click
import numpy as np
import pytest
from sample_diagnosis import founding, healthy, renamed, too_little

from diagnose.plugins import REPORTS
from diagnose.reports.pen import columns
from diagnose.reports.terminal import render
from diagnose.scalability import scalability

SAMPLES = [founding, healthy, too_little]


def shown(sample=founding, width=80, colour=False, ascii=False):
    return render(*sample(), colour=colour, width=width, ascii=ascii)


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("width", [72, 80, 120, 200])
@pytest.mark.parametrize("ascii", [False, True])
def test_no_line_is_wider_than_the_terminal(sample, width, ascii):
    assert all(columns(line) <= width for line in shown(sample, width, ascii=ascii).split("\n"))


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_verdict_comes_first(sample):
    head = shown(sample).split("\n\n")[0].replace("\n", " ")
    assert sample()[0].sentence in head


def test_every_number_of_the_evidence_is_shown():
    text = shown()
    for suspect in founding()[0].suspects:
        for number in re.findall(r"\d[\d,.]*\d", " ".join(e.says for e in suspect.for_)):
            assert number in text


def test_a_number_is_never_parted_from_its_unit():
    assert not re.search(r"\d\n\s*(ms|%|s)\b", shown())


@pytest.mark.parametrize("sample", SAMPLES)
def test_ascii_is_ascii(sample):
    assert shown(sample, ascii=True).isascii()


def test_colour_changes_nothing_but_colour():
    assert click.unstyle(shown(colour=True)) == shown(colour=False)


def test_a_name_cannot_steer_the_terminal():
    diagnosis, run = founding()
    text = render(renamed(diagnosis, run, "a\x1b[2Jb\x07"), run, colour=False, width=80)
    assert "\x1b" not in text and "\x07" not in text


def test_a_long_name_keeps_its_numbers_on_the_page():
    diagnosis, run = founding()
    text = render(renamed(diagnosis, run, "eu-west-" * 12), run, colour=False, width=80)
    assert all(columns(line) <= 80 for line in text.split("\n"))


def test_the_curve_marks_where_the_run_turned():
    lines = shown().split("\n")
    axis = next(line for line in lines if "▲" in line)
    throughput = next(line for line in lines if line.startswith("  throughput"))
    assert throughput[axis.index("▲") - 12] < throughput[axis.index("▲")]


def test_the_text_report_is_the_same_without_colour(tmp_path):
    REPORTS["text"].write(*founding(), tmp_path / "report.txt")
    assert (tmp_path / "report.txt").read_text("utf-8") == shown(width=100)


def test_how_throughput_grows_with_users_is_told_where_it_can_be():
    users = np.arange(10.0, 130.0, 10.0)
    law = scalability(users, 2.5 * users / (1 + 0.02 * (users - 1) + 1e-4 * users * (users - 1)))
    d, run = founding()
    told = render(replace(d, scalability=law), run, colour=False, width=100)
    assert "throughput peaks at" in told and "about 99 users" in told
    assert "throughput peaks" not in render(d, run, colour=False, width=100)
