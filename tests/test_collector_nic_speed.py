"""Speeds of links: known, unknown, under tail's headings, and what looks alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, write

from diagnose.rawfile import Head

GREP = FIXTURES / "nic_speed" / "grep.txt"


def test_a_speed_that_is_known_is_a_limit_and_one_that_is_not_is_none():
    assert kind_of(GREP) == "nic_speed"
    reading, bad = read(GREP, "nic_speed")
    assert [(one.name, one.part, one.value) for one in reading.limits] == [
        ("nic.speed_bytes_per_s", "web0", 1.25e9)
    ]
    assert bad.count == 0


def test_headings_of_tail_name_the_interface(tmp_path):
    text = "==> /sys/class/net/eth0/speed <==\n1000\n\n==> /sys/class/net/eth1/speed <==\n-1\n"
    file = write(tmp_path, text)
    assert kind_of(file) == "nic_speed"
    reading, bad = read(file, "nic_speed")
    assert [(one.part, one.value) for one in reading.limits] == [("eth0", 1.25e8)]
    assert bad.count == 0


def test_a_torn_line_is_noted(tmp_path):
    _, bad = read(write(tmp_path, GREP.read_text() + "/sys/class/net/e"), "nic_speed")
    assert [text for _, text in bad.kept] == ["/sys/class/net/e"]


@pytest.mark.parametrize("text", ["1000\n", "/sys/class/net/eth0/mtu:1500\n", "a:1\n", "\0"])
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "nic_speed"


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,9}[0-9.]{0,5}", fullmatch=True), st.integers(1, 800_000), min_size=1
    )
)
def test_what_we_write_we_read_back(tmp_path_factory, speeds):
    text = "".join(f"/sys/class/net/{name}/speed:{speed}\n" for name, speed in speeds.items())
    reading, _ = read(write(tmp_path_factory.mktemp("speed"), text), "nic_speed")
    assert {one.part: one.value / 125_000 for one in reading.limits} == speeds
