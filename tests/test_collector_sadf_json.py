"""sadf's JSON: whole, torn, reformatted, twice, local time, and what is left out of it."""

import gzip
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.metrics import LIMITS, METRICS
from diagnose.rawfile import Head
from diagnose.readings import Form

REAL = FIXTURES / "sadf_json" / "lb1.json"
TEXT = REAL.read_text()


def test_a_real_recording_is_told_by_its_content_and_read():
    assert kind_of(REAL) == "sadf_json"
    reading, bad = read(REAL, "sadf_json")
    assert (bad.count, reading.notes, reading.naive) == (0, [], False)
    busy = sample(reading, "cpu.busy_ratio")
    np.testing.assert_allclose(busy.values[:2], [1 - 0.8227, 1 - 0.9655])
    assert busy.form is Form.MEAN
    assert busy.at_s[0] == 1795406688.0
    assert sample(reading, "sock.time_wait").form is Form.GAUGE
    assert {f.name: f.value for f in reading.facts}["host.name"] == "lb1"
    assert {limit.name: limit.value for limit in reading.limits} == {
        "cpu.count": 1.0,
        "memory.total_bytes": 402653184.0,
    }


def test_only_names_of_the_vocabulary_are_emitted():
    reading, _ = read(REAL, "sadf_json")
    assert {s.metric for s in reading.samples} <= METRICS.keys()
    assert {limit.name for limit in reading.limits} <= LIMITS.keys()


@pytest.mark.parametrize(
    ("metric", "part", "words"),
    [
        ("cpu.core_busy_ratio", "cpu0", '{"cpu": "0", "usr"'),
        ("nic.rx_dropped_per_s", "eth1", '{"iface": "eth1", "rxerr"'),
        ("tcp.retransmits_per_s", "", '"net-etcp"'),
        ("disk.util_ratio", "dev254-16", '"disk-device"'),
    ],
)
def test_every_value_is_traced_to_its_own_line(metric, part, words):
    reading, _ = read(REAL, "sadf_json")
    lines = TEXT.splitlines()
    for number in sample(reading, metric, part).lines:
        assert words in lines[number - 1]


def test_what_a_torn_file_holds_complete_is_kept(tmp_path):
    torn = write(tmp_path, TEXT[:15_000])
    reading, bad = read(torn, "sadf_json")
    assert len(sample(reading, "cpu.busy_ratio").values) == 3
    assert bad.count == 1
    (note,) = reading.notes
    assert note.startswith("the file ends within the sample that begins at line")


def test_a_torn_archive_gives_what_it_holds(tmp_path):
    packed = gzip.compress(TEXT.encode() * 3)
    reading, _ = read(write(tmp_path, packed[: 4 * len(packed) // 5]), "sadf_json")
    assert 0 < len(sample(reading, "cpu.busy_ratio").values) < 15


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("\n", "\r\n"),
        "\ufeff" + TEXT,
        TEXT.encode("utf-16"),
        json.dumps(json.loads(TEXT)),
        json.dumps(json.loads(TEXT), indent=2),
        TEXT + "\x00 junk",
    ],
    ids=["crlf", "bom", "utf-16", "one line", "indented", "junk behind"],
)
def test_the_same_numbers_whatever_the_shape(tmp_path, text):
    file = write(tmp_path, text)
    assert kind_of(file) == "sadf_json"
    reading, bad = read(file, "sadf_json")
    expected, _ = read(REAL, "sadf_json")
    assert bad.count == 0
    for ours, theirs in zip(reading.samples, expected.samples, strict=True):
        assert (ours.metric, ours.part) == (theirs.metric, theirs.part)
        np.testing.assert_array_equal(ours.values, theirs.values)
        np.testing.assert_array_equal(ours.at_s, theirs.at_s)


def test_two_recordings_in_one_file_are_both_read(tmp_path):
    reading, bad = read(write(tmp_path, TEXT + TEXT), "sadf_json")
    assert len(sample(reading, "cpu.busy_ratio").values) == 10
    assert bad.count == 0
    assert len([f for f in reading.facts if f.name == "host.name"]) == 1


def test_local_time_bears_no_zone(tmp_path):
    reading, _ = read(write(tmp_path, TEXT.replace('"utc": 1', '"utc": 0')), "sadf_json")
    assert reading.naive
    reading, _ = read(write(tmp_path, TEXT.replace('"utc": 1', '"tz": "UTC"')), "sadf_json")
    assert not reading.naive


def test_what_was_not_counted_is_not_measured():
    reading, _ = read(REAL, "sadf_json")
    assert "cpu.context_switches_per_s" not in {s.metric for s in reading.samples}
    util = [s for s in reading.samples if s.metric == "nic.util_ratio"]
    assert all(s.values.any() for s in util)
    assert np.isnan(sample(reading, "disk.await_s", "dev254-16").values).any()


def test_a_file_without_samples_says_so(tmp_path):
    empty = write(tmp_path, TEXT[: TEXT.index('{\n\t\t\t\t\t"timestamp')])
    reading, _ = read(empty, "sadf_json")
    assert reading.samples == []
    assert reading.notes == ["the file holds no complete sample"]


@pytest.mark.parametrize("text", ['{"timestamp": {"date": "x"}}', '{"sysstat": 1}', "", "\x00\xff"])
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "sadf_json"


_PERCENT = st.integers(0, 10_000).map(lambda n: n / 100)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(_PERCENT, _PERCENT, st.integers(0, 9999)), min_size=1, max_size=8))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    statistics = [
        {
            "timestamp": {"date": "2026-11-23", "time": f"04:00:{i:02}", "utc": 1, "interval": 1},
            "cpu-load": [{"cpu": "all", "user": user, "idle": idle, "iowait": 0.0}],
            "network": {"net-dev": [{"iface": "eth0", "rxpck": packets}]},
        }
        for i, (user, idle, packets) in enumerate(rows)
    ]
    frame = {"sysstat": {"hosts": [{"file-date": "2026-11-23", "statistics": statistics}]}}
    file = write(tmp_path_factory.mktemp("sadf"), json.dumps(frame))
    assert kind_of(file) == "sadf_json"
    reading, bad = read(file, "sadf_json")
    assert bad.count == 0
    packets = sample(reading, "nic.rx_packets_per_s", "eth0")
    np.testing.assert_array_equal(packets.values, [row[2] for row in rows])
    measured = [np.nan if u + i <= 1 else 1 - i / 100 for u, i, _ in rows]
    np.testing.assert_allclose(sample(reading, "cpu.busy_ratio").values, measured)
