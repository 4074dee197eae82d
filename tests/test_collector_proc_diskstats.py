"""/proc/diskstats: means between outputs, partitions, wrapped counters, torn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head
from diagnose.readings import Form

REAL = FIXTURES / "proc_diskstats" / "stamped.txt"
ROW = "   8       0 {} {} 0 {} {} {} 0 {} {} 0 {} {} 0 0 0 0\n"


def test_a_real_file_is_told_by_its_content_and_read():
    assert kind_of(REAL) == "proc_diskstats"
    reading, bad = read(REAL, "proc_diskstats")
    assert bad.count == 0
    assert {s.part for s in reading.samples} == {"vda"}
    assert sample(reading, "disk.writes_per_s", "vda").form is Form.COUNTER
    util = sample(reading, "disk.util_ratio", "vda")
    assert util.form is Form.MEAN
    assert ((util.values >= 0) & (util.values <= 1)).all()


def test_means_are_worked_out_by_hand(tmp_path):
    text = "# 1795406687\n" + ROW.format("sda", 10, 100, 50, 20, 200, 80, 500, 130)
    text += "# 1795406689\n" + ROW.format("sda", 20, 180, 70, 50, 400, 200, 1500, 270)
    reading, _ = read(write(tmp_path, text), "proc_diskstats")
    got = {s.metric: s.values.tolist() for s in reading.samples}
    assert got["disk.read_bytes_per_s"] == [100 * 512, 180 * 512]
    assert got["disk.util_ratio"] == [0.5]
    assert got["disk.queue_length"] == [0.07]
    assert got["disk.read_await_s"] == [0.002]
    assert got["disk.write_await_s"] == [0.004]
    assert got["disk.await_s"] == [0.0035]


def test_partitions_and_idle_disks_are_left_out(tmp_path):
    rows = [ROW.format(name, *[5] * 8) for name in ("sda", "sda1", "nvme0n1", "nvme0n1p1", "xvdb1")]
    rows.append(ROW.format("loop0", *[0] * 8))
    reading, bad = read(write(tmp_path, "".join(rows)), "proc_diskstats")
    assert {s.part for s in reading.samples} == {"sda", "nvme0n1", "xvdb1"}
    assert bad.count == 0


def test_a_counter_that_fell_back_is_not_measured(tmp_path):
    text = "# 1795406687\n" + ROW.format("sda", 9, 9, 9, 9, 9, 9, 9, 9)
    text += "# 1795406688\n" + ROW.format("sda", 1, 9, 9, 9, 9, 9, 9, 9)
    reading, _ = read(write(tmp_path, text), "proc_diskstats")
    assert np.isnan(sample(reading, "disk.queue_length", "sda").values).all()


def test_a_torn_line_is_noted(tmp_path):
    text = REAL.read_text()
    text = text[: text.rindex("vda") + 12].replace("\n", "\r\n")
    _, bad = read(write(tmp_path, text), "proc_diskstats")
    assert bad.count == 1


@pytest.mark.parametrize("text", ["8 0 sda 1 2\n", "8 0 1 2 3\n", "8 0 sda\n", "\0"])
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "proc_diskstats"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=8))
def test_what_we_write_we_read_back(tmp_path_factory, busy_ms):
    totals = np.cumsum([1, *busy_ms])
    text = "".join(
        f"# {1795406687 + i}\n" + ROW.format("vda", 1, 1, 1, 1, 1, 1, total, 1)
        for i, total in enumerate(totals)
    )
    file = write(tmp_path_factory.mktemp("diskstats"), text)
    assert kind_of(file) == "proc_diskstats"
    reading, _ = read(file, "proc_diskstats")
    util = sample(reading, "disk.util_ratio", "vda").values
    np.testing.assert_allclose(util, np.array(busy_ms) / 1000)
