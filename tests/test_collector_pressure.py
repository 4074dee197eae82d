"""PSI: stamped, as grep, cat and tail print it, of control groups, torn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head
from diagnose.readings import Form

HERE = FIXTURES / "pressure"
SIX = {
    f"{resource}.pressure_{who}_ratio"
    for resource in ("cpu", "disk", "memory")
    for who in ("some", "full")
}


def test_totals_become_running_seconds():
    assert kind_of(HERE / "stamped.txt") == "pressure"
    reading, bad = read(HERE / "stamped.txt", "pressure")
    some = sample(reading, "cpu.pressure_some_ratio")
    assert some.form is Form.COUNTER
    line = (HERE / "stamped.txt").read_text().splitlines()[some.lines[1] - 1]
    assert float(line.partition("total=")[2]) / 1e6 == some.values[1]
    assert bad.count == 0


@pytest.mark.parametrize("name", ["grep.txt", "cat.txt", "tail.txt"])
def test_each_way_to_print_three_files_gives_six_series(name):
    assert kind_of(HERE / name) == "pressure"
    reading, bad = read(HERE / name, "pressure")
    assert {s.metric for s in reading.samples} == SIX
    assert bad.count == 0


def test_cat_and_tail_agree():
    by_cat, _ = read(HERE / "cat.txt", "pressure")
    by_tail, _ = read(HERE / "tail.txt", "pressure")
    for metric in SIX:
        assert sample(by_cat, metric).values == sample(by_tail, metric).values


def test_a_resource_that_is_not_named_is_not_guessed():
    reading, bad = read(HERE / "one.txt", "pressure")
    assert reading.samples == []
    assert "grep . /proc/pressure/*" in reading.notes[0]
    assert bad.count == 0


def test_interrupts_are_told_from_memory(tmp_path):
    psi = "{} avg10=0.00 avg60=0.00 avg300=0.00 total={}\n"
    whos = ["some", "full", "some", "full", "full", "some", "full"]
    text = "".join(psi.format(who, 1_000_000 * i) for i, who in enumerate(whos, 1))
    reading, _ = read(write(tmp_path, text), "pressure")
    got = {s.metric: s.values[0] for s in reading.samples}
    assert (got["disk.pressure_full_ratio"], got["memory.pressure_some_ratio"]) == (4, 6)


def test_a_control_group_is_a_part(tmp_path):
    line = "/sys/fs/cgroup/a.slice/cpu.pressure:some avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"
    reading, _ = read(write(tmp_path, line), "pressure")
    assert [s.part for s in reading.samples] == ["a.slice"]


def test_a_torn_line_is_noted(tmp_path):
    text = (HERE / "grep.txt").read_text().rstrip()[:-12]
    reading, bad = read(write(tmp_path, text.replace("\n", "\r\n")), "pressure")
    assert bad.count == 1
    assert len(sample(reading, "memory.pressure_full_ratio").values) == 2


@pytest.mark.parametrize("text", ["cpu some text\n", "some full\n", "total=12\n", "\xff\0"])
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "pressure"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 2**50), min_size=1, max_size=9))
def test_what_we_write_we_read_back(tmp_path_factory, totals):
    text = "".join(
        f"# {1795406687 + i}\nio some avg10=0.00 avg60=0.00 avg300=0.00 total={total}\n"
        for i, total in enumerate(totals)
    )
    file = write(tmp_path_factory.mktemp("psi"), text)
    assert kind_of(file) == "pressure"
    reading, bad = read(file, "pressure")
    got = sample(reading, "disk.pressure_some_ratio")
    np.testing.assert_allclose(got.values, np.array(totals) / 1e6)
    assert (bad.count, got.at_s[0]) == (0, 1795406687)
