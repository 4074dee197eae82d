"""vmstat: the mean since boot is left out, zones, translated heads, repeated heads, torn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head
from diagnose.readings import Form

HERE = FIXTURES / "vmstat_text"
HEAD = " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st UTC\n"
ROW = " {} 0 0 1 1 1 8 4 0 0 1 900 {} 5 {} 1 0 2026-11-23 04:00:{:02}\n"


def test_the_mean_since_boot_is_left_out():
    assert kind_of(HERE / "utc.txt") == "vmstat_text"
    reading, bad = read(HERE / "utc.txt", "vmstat_text")
    assert bad.count == 0
    assert not reading.naive
    busy = sample(reading, "cpu.busy_ratio")
    assert (len(busy.values), busy.form) == (3, Form.MEAN)
    assert np.diff(busy.at_s).tolist() == [1, 1]
    assert sample(reading, "cpu.run_queue").form is Form.GAUGE


def test_local_times_bear_no_zone_and_heads_may_be_translated():
    assert kind_of(HERE / "german_tokyo.txt") == "vmstat_text"
    reading, bad = read(HERE / "german_tokyo.txt", "vmstat_text")
    assert reading.naive
    assert [fact.value for fact in reading.facts] == ["JST"]
    assert bad.count == 0


def test_without_times_a_note_names_the_command():
    reading, _ = read(HERE / "no_times.txt", "vmstat_text")
    assert np.isnan(sample(reading, "cpu.run_queue").at_s).all()
    assert reading.notes == ["the rows bear no times; run `vmstat -t 1`"]


def test_a_single_row_gives_nothing_and_says_why(tmp_path):
    reading, _ = read(write(tmp_path, HEAD + ROW.format(1, 2, 92, 1)), "vmstat_text")
    assert reading.samples == []
    assert "since boot" in reading.notes[0]


def test_swapping_is_counted_in_pages(tmp_path):
    text = HEAD + ROW.format(1, 2, 92, 1) + ROW.format(3, 4, 90, 2)
    reading, _ = read(write(tmp_path, text), "vmstat_text")
    got = {s.metric: s.values.tolist() for s in reading.samples}
    assert got["memory.swap_in_pages_per_s"] == [2.0]
    assert got["memory.swap_out_pages_per_s"] == [1.0]
    assert got["cpu.busy_ratio"] == pytest.approx([0.09])
    assert got["cpu.run_queue"] == [3]


@pytest.mark.parametrize(("rows", "expected"), [(22, 43), (5, 8)])
def test_a_head_that_comes_early_is_that_of_another_run(tmp_path, rows, expected):
    page = HEAD + "".join(ROW.format(1, 2, 92, i) for i in range(rows))
    reading, _ = read(write(tmp_path, page + page), "vmstat_text")
    assert len(sample(reading, "cpu.run_queue").values) == expected


def test_a_torn_line_is_noted(tmp_path):
    text = (HERE / "utc.txt").read_text().rstrip()[:-25].replace("\n", "\r\n")
    reading, bad = read(write(tmp_path, text), "vmstat_text")
    assert bad.count == 1
    assert len(sample(reading, "cpu.run_queue").values) == 2


@pytest.mark.parametrize("text", ["r b swpd\n", "procs\n", "us sy id wa\n", "\0"])
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "vmstat_text"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 999), st.integers(0, 94)), min_size=1, max_size=15))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    text = HEAD + ROW.format(0, 0, 94, 0)
    text += "".join(ROW.format(r, user, 94 - user, i) for i, (r, user) in enumerate(rows, 1))
    file = write(tmp_path_factory.mktemp("vmstat"), text)
    assert kind_of(file) == "vmstat_text"
    reading, bad = read(file, "vmstat_text")
    np.testing.assert_allclose(sample(reading, "cpu.user_ratio").values, [u / 100 for _, u in rows])
    np.testing.assert_allclose(sample(reading, "cpu.run_queue").values, [r for r, _ in rows])
    assert bad.count == 0
