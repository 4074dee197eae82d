"""iostat's JSON: the first report is left out, times in several forms, a torn end."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head

REAL = FIXTURES / "iostat_json" / "db.json"
AMERICAN = FIXTURES / "iostat_json" / "american.json"
TEXT = REAL.read_text()


def test_the_report_since_boot_is_left_out():
    assert kind_of(REAL) == "iostat_json"
    reading, bad = read(REAL, "iostat_json")
    reports = json.loads(TEXT)["sysstat"]["hosts"][0]["statistics"]
    writes = sample(reading, "disk.writes_per_s", "vdb")
    np.testing.assert_array_equal(writes.values, [r["disk"][0]["w/s"] for r in reports[1:]])
    assert bad.count == 0
    assert not reading.naive
    lines = TEXT.splitlines()
    assert all('"disk_device": "vdb"' in lines[number - 1] for number in writes.lines)


def test_await_is_the_mean_of_reads_and_writes():
    reading, _ = read(REAL, "iostat_json")
    write_s = sample(reading, "disk.write_await_s", "vdb").values
    await_s = sample(reading, "disk.await_s", "vdb").values
    reads = sample(reading, "disk.reads_per_s", "vdb").values
    np.testing.assert_allclose(await_s[reads == 0], write_s[reads == 0])


def test_american_times_bear_no_zone():
    reading, _ = read(AMERICAN, "iostat_json")
    assert reading.naive
    assert reading.date_known
    at_s = sample(reading, "cpu.busy_ratio").at_s
    np.testing.assert_array_equal(np.diff(at_s), [1, 1])
    assert 1795392000 < at_s[0] < 1795392000 + 86400


def test_a_single_report_gives_nothing_and_says_why(tmp_path):
    frame = json.loads(TEXT)
    del frame["sysstat"]["hosts"][0]["statistics"][1:]
    reading, _ = read(write(tmp_path, json.dumps(frame)), "iostat_json")
    assert reading.samples == []
    assert "since boot" in reading.notes[0]


def test_without_times_it_says_how_to_get_them(tmp_path):
    frame = json.loads(TEXT)
    for report in frame["sysstat"]["hosts"][0]["statistics"]:
        del report["timestamp"]
    reading, bad = read(write(tmp_path, json.dumps(frame)), "iostat_json")
    assert np.isnan(sample(reading, "disk.util_ratio", "vdb").at_s).all()
    assert reading.notes == ["the reports bear no times; run `iostat -xt -o JSON 1`"]
    assert bad.count == 0


def test_decimal_commas_of_old_versions_are_read(tmp_path):
    reading, bad = read(write(tmp_path, TEXT.replace(".", ",")), "iostat_json")
    expected, _ = read(REAL, "iostat_json")
    assert bad.count == 0
    for ours, theirs in zip(reading.samples, expected.samples, strict=True):
        np.testing.assert_array_equal(ours.values, theirs.values)


def test_a_torn_end_is_noted_and_the_rest_read(tmp_path):
    reading, bad = read(write(tmp_path, TEXT[:4000]), "iostat_json")
    assert len(reading.samples) == 14
    assert bad.count == len(reading.notes) == 1


@pytest.mark.parametrize("text", ['{"disk": []}', (FIXTURES / "sadf_json/lb1.json").read_text()])
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "iostat_json"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 10_000).map(lambda n: n / 100), min_size=1, max_size=6))
def test_what_we_write_we_read_back(tmp_path_factory, utils):
    reports = [
        {
            "timestamp": f"2026-11-23T04:00:{i:02}+0100",
            "disk": [{"disk_device": "sda", "r/s": 1.0, "r_await": 2.0, "util": util}],
        }
        for i, util in enumerate([0.0, *utils])
    ]
    frame = {"sysstat": {"hosts": [{"nodename": "x", "statistics": reports}]}}
    file = write(tmp_path_factory.mktemp("iostat"), json.dumps(frame))
    assert kind_of(file) == "iostat_json"
    reading, _ = read(file, "iostat_json")
    util = sample(reading, "disk.util_ratio", "sda")
    np.testing.assert_allclose(util.values, np.array(utils) / 100)
    assert util.at_s[0] == 1795402801.0
