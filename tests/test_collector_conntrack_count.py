"""Entries and maximum of connection tracking, stamped and lone, with a torn tail."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head

TORN = FIXTURES / "conntrack_count" / "stamped_torn.txt"


def test_a_real_file_is_told_and_its_torn_tail_left_out():
    assert kind_of(TORN) == "conntrack_count"
    reading, bad = read(TORN, "conntrack_count")
    entries = sample(reading, "conntrack.entries")
    assert entries.values[-1] == 71
    assert entries.at_s[0] == 1795404328.768
    assert [one.value for one in reading.limits] == [262144]
    assert [line for _, line in bad.kept] == ["1795404356."]


@pytest.mark.parametrize("text", ["5\n262144\n", "5 262144\n", "5\t262144\r\n", "5\r\n262144"])
def test_a_lone_pair_has_no_time(tmp_path, text):
    file = write(tmp_path, text)
    assert kind_of(file) == "conntrack_count"
    reading, bad = read(file, "conntrack_count")
    assert bad.count == 0
    assert sample(reading, "conntrack.entries").values.tolist() == [5]
    assert np.isnan(sample(reading, "conntrack.entries").at_s).all()
    assert [one.value for one in reading.limits] == [262144]


def test_stamps_on_their_own_lines_and_a_new_maximum(tmp_path):
    text = "# 1795406687\n5\n262144\n# 1795406688\n7\n524288\n# 1795406689\n9\n"
    file = write(tmp_path, text)
    assert kind_of(write(tmp_path, text.replace("524288", "262144"), "same")) == "conntrack_count"
    reading, bad = read(file, "conntrack_count")
    assert sample(reading, "conntrack.entries").at_s.tolist() == [1795406687, 1795406688]
    assert [one.value for one in reading.limits] == [262144, 524288]
    assert bad.kept == [(8, "9")]


def test_other_numbers_are_refused():
    others = (
        b"27\t0\t65536\n28\t0\t65536\n",  # file-nr
        b"50000 100000\n",  # cpu.max
        b"max 100000\n",
        b"12345.67 23456.78\n",  # uptime
        b"9000 1024\n8000 1024\n",  # more than there may be
        b"1 2\n3 4\n5 6\n",
        b"1795404328\n1795404330\n",
    )
    for other in others:
        assert kind_of_head(Head.of(other)) != "conntrack_count"


@settings(max_examples=40)
@given(st.lists(st.integers(0, 65536), min_size=2))
def test_what_we_write_we_read_back(tmp_path_factory, counts):
    text = "".join(f"{1795406687 + k}.5 {n} 65536\n" for k, n in enumerate(counts))
    file = write(tmp_path_factory.mktemp("conntrack"), text)
    assert kind_of(file) == "conntrack_count"
    reading, bad = read(file, "conntrack_count")
    assert bad.count == 0
    assert sample(reading, "conntrack.entries").values.tolist() == counts
