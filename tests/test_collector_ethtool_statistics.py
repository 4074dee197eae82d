"""Allowances of a cloud's network card: whole outputs, grepped ones, several cards, torn tails."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import kind_of, kind_of_head, read, write

from diagnose.collectors.ethtool_statistics import METRIC
from diagnose.rawfile import Head

WHOLE = """\
# {stamp}
NIC statistics:
     tx_timeout: 0
     suspend: 0
     interface_up: 1
     bw_in_allowance_exceeded: {bw_in}
     bw_out_allowance_exceeded: 14368
     pps_allowance_exceeded: 0
     conntrack_allowance_exceeded: 0
     linklocal_allowance_exceeded: 0
     conntrack_allowance_available: 601984
     queue_0_tx_cnt: 11
"""


def totals(reading):
    return {s.part: s.values.tolist() for s in reading.samples if s.metric == METRIC}


def series(*values):
    return "".join(WHOLE.format(stamp=1795406687 + k, bw_in=v) for k, v in enumerate(values))


def test_a_series_of_whole_outputs(tmp_path):
    file = write(tmp_path, series(9, 9, 40))
    assert kind_of(file) == "ethtool_statistics"
    reading, bad = read(file, "ethtool_statistics")
    assert bad.count == 0
    assert totals(reading) == {
        "bw_in": [9, 9, 40],
        "bw_out": [14368] * 3,
        "pps": [0] * 3,
        "conntrack": [0] * 3,
        "linklocal": [0] * 3,
    }


def test_grepped_lines_without_a_stamp_are_a_total(tmp_path):
    file = write(tmp_path, "bw_in_allowance_exceeded: 0\nbw_out_allowance_exceeded: 7\n")
    assert kind_of(file) == "ethtool_statistics"
    reading, _ = read(file, "ethtool_statistics")
    assert totals(reading) == {"bw_in": [0], "bw_out": [7]}


def test_two_cards_under_one_stamp_are_added_up(tmp_path):
    second = WHOLE.format(stamp=0, bw_in=5).partition("\n")[2]
    reading, _ = read(write(tmp_path, series(9) + second), "ethtool_statistics")
    assert totals(reading)["bw_in"] == [14]


def test_a_torn_tail_is_noted(tmp_path):
    text = series(9, 9) + "# 1795406700\nNIC statistics:\n     bw_in_allow"
    _, bad = read(write(tmp_path, text), "ethtool_statistics")
    assert [line for _, line in bad.kept] == ["     bw_in_allow"]


@pytest.mark.parametrize(
    "text", ["NIC statistics:\n     rx_drops: 0\n", "allowance: 3\n", "no stats available\n", "\0"]
)
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "ethtool_statistics"


@settings(max_examples=30)
@given(st.lists(st.integers(0, 2**63), min_size=1, max_size=5))
def test_what_we_write_we_read_back(tmp_path_factory, values):
    file = write(tmp_path_factory.mktemp("ethtool"), series(*values))
    reading, bad = read(file, "ethtool_statistics")
    assert bad.count == 0 and totals(reading)["bw_in"] == [float(v) for v in values]
