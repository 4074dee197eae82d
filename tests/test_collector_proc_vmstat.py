"""/proc/vmstat: a real machine on which a process was killed, torn, and what looks alike."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head
from diagnose.readings import Form

KILLED = FIXTURES / "proc_vmstat" / "killed.txt.gz"


def test_a_real_file_is_told_by_its_content_and_read():
    assert kind_of(KILLED) == "proc_vmstat"
    reading, bad = read(KILLED, "proc_vmstat")
    kills = sample(reading, "memory.oom_kills_per_s")
    assert kills.form is Form.COUNTER
    assert kills.values.tolist() == [0, 0, 0, 1, 1, 1]
    assert sample(reading, "memory.major_faults_per_s").values[0] == 5368
    assert bad.count == 0


def test_stalls_of_all_zones_are_added_up(tmp_path):
    text = "nr_free_pages 1\nallocstall_dma 1\nallocstall_normal 20\nallocstall_movable 300\n"
    reading, _ = read(write(tmp_path, text), "proc_vmstat")
    assert sample(reading, "memory.direct_reclaims_per_s").values.tolist() == [321]


def test_an_old_kernel_counts_stalls_in_one_line_and_kills_nowhere(tmp_path):
    reading, _ = read(write(tmp_path, "allocstall 7\npswpin 1\npswpout 2\n"), "proc_vmstat")
    assert {s.metric: s.values[0] for s in reading.samples} == {
        "memory.direct_reclaims_per_s": 7,
        "memory.swap_in_pages_per_s": 1,
        "memory.swap_out_pages_per_s": 2,
    }


def test_a_torn_tail_is_noted_and_the_rest_read(tmp_path):
    text = gzip.decompress(KILLED.read_bytes()).decode()
    reading, bad = read(write(tmp_path, text[: text.rindex("pgmajfault") + 6]), "proc_vmstat")
    assert bad.kept[0][1] == "pgmajf"
    assert sample(reading, "memory.major_faults_per_s").values.size == 5


@pytest.mark.parametrize("text", ["nr_periods 1\nnr_throttled 2\n", "pgmajfault\n", "a 1\n", "\0"])
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "proc_vmstat"


@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=9))
def test_what_we_write_we_read_back(tmp_path_factory, totals):
    text = "".join(
        f"# {1795406687 + i}\nnr_free_pages 5\npgmajfault {total}\n"
        for i, total in enumerate(totals)
    )
    file = write(tmp_path_factory.mktemp("vmstat"), text)
    assert kind_of(file) == "proc_vmstat"
    reading, _ = read(file, "proc_vmstat")
    np.testing.assert_array_equal(
        sample(reading, "memory.major_faults_per_s").values, np.array(totals, float)
    )
