"""/proc/stat: ratios between outputs, lone outputs, counters that fall, torn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head
from diagnose.readings import Form

REAL = FIXTURES / "proc_stat" / "stamped.txt"


def test_ratios_are_worked_out_between_outputs():
    assert kind_of(REAL) == "proc_stat"
    reading, bad = read(REAL, "proc_stat")
    assert bad.count == 0
    busy = sample(reading, "cpu.busy_ratio")
    cores = [sample(reading, "cpu.core_busy_ratio", f"cpu{i}").values for i in range(2)]
    assert busy.form is Form.MEAN
    np.testing.assert_allclose(busy.values, np.mean(cores, axis=0), atol=0.02)
    assert sample(reading, "cpu.context_switches_per_s").form is Form.COUNTER
    assert [limit.value for limit in reading.limits] == [2]
    lines = REAL.read_text().splitlines()
    assert all(lines[number - 1].startswith("cpu ") for number in busy.lines)


def test_ticks_are_shared_out_by_hand(tmp_path):
    text = "# 1795406687\ncpu  100 0 50 800 50 0 0 0 0 0\ncpu0 100 0 50 800 50 0 0 0 0 0\n"
    text += "# 1795406688\ncpu  130 10 60 830 40 5 10 5 0 0\ncpu0 130 10 60 830 40 5 10 5 0 0\n"
    reading, _ = read(write(tmp_path, text), "proc_stat")
    got = {s.metric: s.values[0] for s in reading.samples}
    assert got["cpu.user_ratio"] == pytest.approx(0.3)
    assert got["cpu.steal_ratio"] == pytest.approx(0.05)
    assert got["cpu.core_softirq_ratio"] == pytest.approx(0.1)
    # iowait fell from 50 to 40: it counts as none.
    assert got["cpu.busy_ratio"] == pytest.approx(0.7)
    assert got["cpu.iowait_ratio"] == 0


def test_a_lone_output_gives_no_ratio(tmp_path):
    text = "cpu  1 2 3 4\r\ncpu0 1 2 3 4\r\nctxt 7\r\nprocs_running 1\r\n"
    reading, bad = read(write(tmp_path, text), "proc_stat")
    got = {s.metric: s.values.tolist() for s in reading.samples}
    assert got == {"cpu.context_switches_per_s": [7], "cpu.run_queue": [0]}
    assert bad.count == 0


def test_a_torn_line_is_noted(tmp_path):
    torn = REAL.read_text() + "# 1795416999\ncpu  1 2\n"
    _, bad = read(write(tmp_path, torn), "proc_stat")
    assert [line for _, line in bad.kept] == ["cpu  1 2"]


@pytest.mark.parametrize("text", ["cpu 1\n", "cpu  1 2 3 4\n", "cpu0 1 2 3 4\n", "\0"])
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "proc_stat"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 999), min_size=8, max_size=8), min_size=1, max_size=6))
def test_what_we_write_we_read_back(tmp_path_factory, steps):
    totals = np.cumsum([[0] * 8, *steps], axis=0)
    text = ""
    for i, row in enumerate(totals):
        ticks = " ".join(map(str, row))
        text += f"# {1795406687 + i}\ncpu  {ticks} 0 0\ncpu0 {ticks} 0 0\n"
    file = write(tmp_path_factory.mktemp("stat"), text)
    assert kind_of(file) == "proc_stat"
    reading, _ = read(file, "proc_stat")
    expected = [row[0] / sum(row) if sum(row) else np.nan for row in steps]
    np.testing.assert_allclose(sample(reading, "cpu.user_ratio").values, expected)
