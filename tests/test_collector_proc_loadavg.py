"""/proc/loadavg and uptime: stamped, lone, other locales, torn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head

HERE = FIXTURES / "proc_loadavg"


def test_a_stamped_file_is_told_by_its_content_and_read():
    assert kind_of(HERE / "stamped.txt") == "proc_loadavg"
    reading, bad = read(HERE / "stamped.txt", "proc_loadavg")
    assert bad.count == 0
    load, queue = sample(reading, "cpu.load1"), sample(reading, "cpu.run_queue")
    rows = [line.split() for line in (HERE / "stamped.txt").read_text().splitlines()]
    np.testing.assert_array_equal(load.values, [float(row[1]) for row in rows])
    np.testing.assert_array_equal(queue.values, [int(row[4].split("/")[0]) - 1 for row in rows])
    np.testing.assert_allclose(load.at_s, [float(row[0]) for row in rows])


@pytest.mark.parametrize(
    "line",
    [
        " 04:50:06 up 12 min,  1 user,  load average: 1.25, 0.01, 0.02",
        " 04:50:06 up 12 days,  3:01,  0 users,  load average: 1,25, 0,01, 0,02",
        "4:50  up 12 days, 2 users, load averages: 1.25 0.01 0.02",
    ],
)
def test_uptime_is_read_in_several_forms(tmp_path, line):
    file = write(tmp_path, line + "\r\n")
    assert kind_of(file) == "proc_loadavg"
    reading, _ = read(file, "proc_loadavg")
    assert sample(reading, "cpu.load1").values.tolist() == [1.25]
    assert np.isnan(sample(reading, "cpu.load1").at_s).all()


def test_a_torn_line_is_noted(tmp_path):
    text = (HERE / "stamped.txt").read_text().rstrip()[:-12]
    _, bad = read(write(tmp_path, text), "proc_loadavg")
    assert bad.count == 1


@pytest.mark.parametrize("text", ["0.1 0.2 0.3\n", "1 2 3 4/5 6\n", "up load average\n", "\0"])
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "proc_loadavg"


@given(st.lists(st.tuples(st.integers(0, 10**5), st.integers(1, 999)), min_size=1, max_size=9))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    text = "".join(
        f"1795406687.5 {load / 100:.2f} 0.00 0.00 {running}/999 7\n" for load, running in rows
    )
    file = write(tmp_path_factory.mktemp("loadavg"), text)
    assert kind_of(file) == "proc_loadavg"
    reading, _ = read(file, "proc_loadavg")
    np.testing.assert_allclose(sample(reading, "cpu.load1").values, [x / 100 for x, _ in rows])
    np.testing.assert_array_equal(sample(reading, "cpu.run_queue").values, [n - 1 for _, n in rows])
