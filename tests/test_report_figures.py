"""Drawings: the same bytes each time, nothing lost by thinning, nothing drawn of nothing."""

from __future__ import annotations

import re

import numpy as np
import pytest
from sample_diagnosis import founding, healthy, renamed, too_little

from diagnose.reports import drawing, series
from diagnose.reports import figures as room
from diagnose.reports.figures import figures
from diagnose.reports.figures_load import onsets


def test_the_same_run_gives_the_same_bytes():
    one = [f.svg for f in figures(*founding()).all()]
    room._last.clear()
    assert one == [f.svg for f in figures(*founding()).all()]


def test_reports_share_the_drawings_of_one_diagnosis():
    diagnosis, run = founding()
    assert figures(diagnosis, run) is figures(diagnosis, run)
    assert figures(*founding()) is not figures(diagnosis, run)


def test_text_stays_text_and_no_date_is_written():
    for figure in figures(*founding()).all():
        assert "<text" in figure.svg and "<metadata" not in figure.svg
        assert not re.search(r"20\d\d-\d\d-\d\d", figure.svg)


def test_ids_of_two_drawings_differ():
    drawn = figures(*founding()).all()
    ids = [i for f in drawn for i in re.findall(r'\bid="([^"]+)"', f.svg)]
    assert len(ids) == len(set(ids))
    for figure in drawn:
        used = re.findall(r'(?:href="|url\()#([^")]+)', figure.svg)
        assert set(used) <= set(re.findall(r'\bid="([^"]+)"', figure.svg))


def test_every_colour_is_of_the_palette():
    colours = {c for f in figures(*founding()).all() for c in re.findall(r"#[0-9a-f]{6}", f.svg)}
    assert colours <= set(drawing.PALETTE.values())


def test_a_run_that_never_turned_has_no_band():
    assert drawing.BAND not in figures(*healthy()).load.svg
    assert drawing.BAND in figures(*founding()).load.svg


def test_of_nothing_nothing_is_drawn():
    assert figures(*too_little()).all() == []


def test_names_are_escaped():
    diagnosis, run = founding()
    drawn = figures(renamed(diagnosis, run, "<script>$x^2$"), run)
    assert "<script" not in drawn.load.svg and "$x^2$" in drawn.load.svg


def test_a_cited_limit_is_a_dashed_line():
    connections = figures(*founding()).suspects[1][1]
    assert "limit 256" in connections.says and "stroke-dasharray" in connections.svg


def test_onsets_come_in_the_order_of_time():
    told = onsets(*founding())
    assert [o.component for o in told[:2]] == ["router", "lb1"]
    assert [o.at_s for o in told] == sorted(o.at_s for o in told)


@pytest.mark.parametrize("length", [3_600, 86_400])
def test_a_long_run_is_thinned_and_keeps_its_peaks(length):
    seconds = np.arange(float(length))
    values = np.sin(seconds / 50.0)
    values[length // 3] = 9.0
    at_s, shown = series.outline(seconds, values, 400)
    assert at_s.size <= 800 and shown.max() == 9.0 and shown.min() == values.min()
    assert (np.diff(at_s) > 0).all()
