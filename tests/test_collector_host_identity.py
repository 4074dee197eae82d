"""Small files that say who a host is: every form, and words that are no form."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, write

from diagnose.collectors.host_identity import offset_s
from diagnose.plugins import COLLECTORS
from diagnose.rawfile import Head

HERE = FIXTURES / "host_identity"


def said(path):
    """What a file says, as names and values."""
    reading, bad = read(path, "host_identity")
    assert bad.count == 0
    limits = {limit.name: limit.value for limit in reading.limits}
    return {fact.name: fact.value for fact in reading.facts} | limits


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hostname", {"host.name": "lb1"}),
        ("timezone", {"os.timezone": "Etc/UTC", "clock.utc_offset_s": "0"}),
        ("date_epoch.txt", {"os.timezone": "UTC", "clock.utc_offset_s": "0"}),
        ("date.txt", {"os.timezone": "UTC", "clock.utc_offset_s": "0"}),
        ("date_us.txt", {"os.timezone": "UTC", "clock.utc_offset_s": "0"}),
        ("date_R.txt", {"clock.utc_offset_s": "0"}),
        ("date_I.txt", {"clock.utc_offset_s": "32400"}),
        ("timedatectl.txt", {"os.timezone": "Asia/Tokyo", "clock.utc_offset_s": "32400"}),
        ("uname.txt", {"host.name": "vm", "os.kernel": "6.18.44-fc-v509"}),
        ("os-release", {"os.name": "Debian GNU/Linux 12 (bookworm)"}),
        ("lscpu.txt", {"cpu.count": 2.0}),
    ],
)
def test_every_form_says_what_it_holds(name, expected):
    assert kind_of(HERE / name) == "host_identity"
    assert said(HERE / name) == expected


def test_it_is_read_before_the_others():
    assert COLLECTORS["host_identity"].first


@pytest.mark.parametrize(
    "text",
    ["yes\n", "cubic\n", "unlimited\n", "65536\n", "0\n", "two words\n", "a/b\n", "", "\n", "\0"],
)
def test_lone_words_and_numbers_of_other_commands_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "host_identity"


def test_a_generic_form_is_claimed_with_little_certainty():
    recognizes = COLLECTORS["host_identity"].recognizes
    assert recognizes(Head.of(b"api\n")) < 0.5
    assert recognizes(Head.of(b"4\n")) < 0.5


def test_line_ends_and_marks_of_other_systems_do_not_matter(tmp_path):
    assert said(write(tmp_path, "\ufeffapi\r\n")) == {"host.name": "api"}


@settings(max_examples=60)
@given(st.integers(-12, 14), st.sampled_from([0, 30, 45]), st.sampled_from(["", ":"]))
def test_offsets_are_read_back(hours, minutes, colon):
    text = f"{'-' if hours < 0 else '+'}{abs(hours):02}{colon}{minutes:02}"
    expected = (abs(hours) * 60 + minutes) * (-60 if hours < 0 else 60)
    assert offset_s(text) == expected
    line = f"1795406687.271790253 JST {text}\n"
    assert kind_of_head(Head.of(line.encode())) == "host_identity"


def test_a_stamp_of_collect_stands_in_front(tmp_path):
    for text, expected in (
        (b"# 1795600178.677\n1795600178 CET +0100\n", {"os.timezone": "CET"}),
        (b"# 1795600178.677\nlb1\n", {"host.name": "lb1"}),
    ):
        assert said(write(tmp_path, text)).items() >= expected.items()
