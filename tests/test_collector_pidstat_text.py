"""pidstat: by process, not by thread; locales, -h, -l, midnight, torn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head

HERE = FIXTURES / "pidstat_text"


@pytest.mark.parametrize(
    "name", ["c_locale.txt", "threads_us.txt", "horizontal.txt", "command_lines.txt"]
)
def test_every_form_is_told_by_its_content_and_read(name):
    assert kind_of(HERE / name) == "pidstat_text"
    reading, bad = read(HERE / name, "pidstat_text")
    assert bad.count == 0
    ratios = [s for s in reading.samples if s.metric == "process.cpu_ratio"]
    parts = [s.part for s in ratios]
    assert any(part.startswith("api ") for part in parts)
    assert len(parts) == len(set(parts))
    assert not any("_" in part or "/" in part for part in parts)
    assert max(s.values.max() for s in ratios) > 0.3
    assert reading.naive


def test_threads_and_open_files_are_read():
    reading, _ = read(HERE / "c_locale.txt", "pidstat_text")
    assert {s.metric for s in reading.samples} == {
        "process.cpu_ratio",
        "process.cpu_wait_ratio",
        "process.threads",
        "process.open_files",
    }


def test_midnight_is_passed(tmp_path):
    text = "Linux 6.1 (a) \t2026-11-23 \t_x86_64_\t(2 CPU)\n\n23:59:58 UID PID %CPU Command\n"
    text += "23:59:59 0 7 10.00 api\n\n23:59:59 UID PID %CPU Command\n00:00:00 0 7 20,00 api\n"
    reading, _ = read(write(tmp_path, text), "pidstat_text")
    assert np.diff(sample(reading, "process.cpu_ratio", "api 7").at_s).tolist() == [1.0]


def test_a_torn_line_is_noted_without_a_command_line(tmp_path):
    text = (HERE / "c_locale.txt").read_text().replace("\n", "\r\n") + "07:07:26  0  34"
    reading, bad = read(write(tmp_path, text), "pidstat_text")
    assert [line for _, line in bad.kept] == ["07:07:26 0 34"]
    assert reading.samples


@pytest.mark.parametrize("text", ["  PID TTY TIME CMD\n", "UID PID Command\n", "\0", ""])
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "pidstat_text"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=8))
def test_what_we_write_we_read_back(tmp_path_factory, values):
    text = "Linux 6.1 (a) \t2026-11-23 \t_x86_64_\t(2 CPU)\n\n04:00:00 PM UID PID %CPU Command\n"
    for i, value in enumerate(values, 1):
        text += f"04:00:{i:02} PM 0 7 {value / 100:.2f} api\n"
    file = write(tmp_path_factory.mktemp("pidstat"), text)
    assert kind_of(file) == "pidstat_text"
    reading, bad = read(file, "pidstat_text")
    got = sample(reading, "process.cpu_ratio", "api 7")
    np.testing.assert_allclose(got.values, np.array(values) / 10_000)
    assert got.at_s[0] == 1795392000 + 16 * 3600 + 1
    assert bad.count == 0
