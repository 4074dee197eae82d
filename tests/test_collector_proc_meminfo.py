"""/proc/meminfo: new and old kernels, swap and none, torn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head

REAL = FIXTURES / "proc_meminfo" / "stamped.txt"


def test_a_real_file_is_told_by_its_content_and_read():
    assert kind_of(REAL) == "proc_meminfo"
    reading, bad = read(REAL, "proc_meminfo")
    assert bad.count == 0
    (total,) = reading.limits
    lines = REAL.read_text().splitlines()
    assert lines[total.line - 1].startswith("MemTotal")
    available = sample(reading, "memory.available_bytes")
    assert all(lines[number - 1].startswith("MemAvailable") for number in available.lines)
    used = sample(reading, "memory.used_ratio").values
    np.testing.assert_allclose(used, 1 - available.values / total.value)
    assert not sample(reading, "memory.swap_used_ratio").values.any()


def test_old_kernels_do_not_say_what_is_available(tmp_path):
    text = "MemTotal: 100 kB\r\nMemFree: 20 kB\r\nBuffers: 10 kB\r\nCached: 30 kB\r\n"
    text += "SwapTotal: 50 kB\r\nSwapFree: 40 kB\r\n"
    reading, bad = read(write(tmp_path, text), "proc_meminfo")
    assert sample(reading, "memory.used_ratio").values.tolist() == pytest.approx([0.4])
    assert sample(reading, "memory.swap_used_ratio").values.tolist() == pytest.approx([0.2])
    assert np.isnan(sample(reading, "memory.used_ratio").at_s).all()
    assert bad.count == 0


def test_a_torn_line_is_noted(tmp_path):
    _, bad = read(write(tmp_path, REAL.read_text() + "# 1795416999\nMemTot"), "proc_meminfo")
    assert [line for _, line in bad.kept] == ["MemTot"]


@pytest.mark.parametrize("text", ["MemTotal: 1 kB\n", "MemFree 1\n", "a: 1\n", "\0"])
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "proc_meminfo"


@given(st.integers(1, 2**40), st.integers(0, 2**40))
def test_what_we_write_we_read_back(tmp_path_factory, total, free):
    text = f"MemTotal: {total} kB\nMemFree: 0 kB\nMemAvailable: {min(free, total)} kB\n"
    file = write(tmp_path_factory.mktemp("meminfo"), text)
    assert kind_of(file) == "proc_meminfo"
    reading, _ = read(file, "proc_meminfo")
    expected = 1 - min(free, total) / total
    assert sample(reading, "memory.used_ratio").values[0] == pytest.approx(expected)
