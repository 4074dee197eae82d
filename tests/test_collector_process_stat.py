"""/proc/<pid>/stat: names with brackets, a process that ends, a pid that is used again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head
from diagnose.readings import Form

STAMPED = FIXTURES / "process_stat" / "stamped.txt"
REST = "S 1 1 1 0 -1 4194304 9 9 0 0 {user} {system} 0 0 20 0 1 0 {start} " + "0 " * 29 + "0"


def line(pid: int, user: int, system: int = 0, name: str = "api", start: int = 77) -> str:
    return f"{pid} ({name}) " + REST.format(user=user, system=system, start=start)


def test_a_real_file_is_told_by_its_content_and_read():
    assert kind_of(STAMPED) == "process_stat"
    reading, bad = read(STAMPED, "process_stat")
    loop = sample(reading, "process.cpu_ratio", "python3 24136")
    assert loop.form is Form.MEAN
    np.testing.assert_allclose(loop.values, [0.506, 0.506], atol=0.001)
    assert sample(reading, "process.cpu_ratio", "a (b) c 24137").values.tolist() == [0] * 5
    assert bad.count == 0


def test_a_lone_output_gives_no_ratio(tmp_path):
    reading, bad = read(write(tmp_path, line(7, 500) + "\n"), "process_stat")
    assert (reading.samples, bad.count) == ([], 0)


def test_a_pid_that_another_process_got_begins_anew(tmp_path):
    rows = [line(7, 900), line(7, 10, start=99), line(7, 60, 50, start=99)]
    text = "".join(f"# {1795406687 + i}\n{row}\n" for i, row in enumerate(rows))
    reading, _ = read(write(tmp_path, text), "process_stat")
    ratio = sample(reading, "process.cpu_ratio", "api 7")
    assert (ratio.at_s.tolist(), ratio.values.tolist()) == ([1795406689], [1.0])


def test_a_torn_line_is_noted(tmp_path):
    _, bad = read(write(tmp_path, STAMPED.read_text() + "/proc/7/stat:7 (ap"), "process_stat")
    assert [text for _, text in bad.kept] == ["/proc/7/stat:7 (ap"]


@pytest.mark.parametrize("text", ["7 (api) S 1 2 3\n", "cpu 1 2 3 4\n", "a (b) c\n", "\0"])
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "process_stat"


@given(
    name=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=15),
    ticks=st.lists(st.integers(0, 400), min_size=2, max_size=9),
)
def test_what_we_write_we_read_back(tmp_path_factory, name, ticks):
    totals = np.cumsum(ticks)
    text = "".join(
        f"# {1795406687 + i}\n{line(7, total, name=name)}\n" for i, total in enumerate(totals)
    )
    file = write(tmp_path_factory.mktemp("stat"), text)
    reading, bad = read(file, "process_stat")
    (series,) = reading.samples
    assert (series.part, bad.count) == (f"{name} 7", 0)
    np.testing.assert_allclose(series.values, np.diff(totals) / 100)
