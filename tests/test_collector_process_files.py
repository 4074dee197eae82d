"""Open files of processes: stamped, processes that come and go, torn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head

REAL = FIXTURES / "process_files" / "stamped.txt"


def test_a_real_file_is_told_by_its_content_and_read():
    assert kind_of(REAL) == "process_files"
    reading, bad = read(REAL, "process_files")
    assert bad.count == 0
    assert len(reading.samples) == 3
    lines = REAL.read_text().splitlines()
    worker = sample(reading, "process.open_files", "nginx 15657")
    for value, number in zip(worker.values, worker.lines, strict=True):
        assert f"fds={value:.0f} " in lines[number - 1]
    assert {limit.part: limit.value for limit in reading.limits} == {
        "nginx 15656": 20000,
        "nginx 15657": 8192,
        "nginx 15658": 8192,
    }


def test_a_lone_output_has_no_time_and_unlimited_is_no_limit(tmp_path):
    file = write(tmp_path, "\ufeff7 tmux: server fds=3 soft=unlimited hard=unlimited tmux\r\n")
    assert kind_of(file) == "process_files"
    reading, _ = read(file, "process_files")
    assert np.isnan(sample(reading, "process.open_files", "tmux: server 7").at_s).all()
    assert reading.limits == []


def test_a_torn_line_is_noted_without_its_command_line(tmp_path):
    text = REAL.read_text() + "# 1795406999.1\n15656 nginx fds=12 soft= hard= secret"
    _, bad = read(write(tmp_path, text), "process_files")
    assert [line for _, line in bad.kept] == ["15656 nginx fds=12 soft="]


@pytest.mark.parametrize("text", ["15656 nginx fds\n", "1 a fds=1\n", "1 2 3\n", "\0"])
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "process_files"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_what_we_write_we_read_back(tmp_path_factory, counts):
    text = "".join(
        f"# {1795406687 + i}\n12 api fds={count} soft=1024 hard=4096 api --x\n"
        for i, count in enumerate(counts)
    )
    file = write(tmp_path_factory.mktemp("fds"), text)
    assert kind_of(file) == "process_files"
    reading, _ = read(file, "process_files")
    got = sample(reading, "process.open_files", "api 12")
    np.testing.assert_array_equal(got.values, counts)
    assert got.at_s[-1] == 1795406687 + len(counts) - 1
