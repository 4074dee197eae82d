"""iostat as text: locales, wrappers, old columns, -h, -y, -z, torn ends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head

HERE = FIXTURES / "iostat"
ALL = sorted(path.name for path in HERE.glob("*.txt"))


@pytest.mark.parametrize("name", ALL)
def test_every_form_is_told_by_its_content_and_read_whole(name):
    assert kind_of(HERE / name) == "iostat"
    reading, bad = read(HERE / name, "iostat")
    assert bad.count == 0
    assert reading.samples
    assert {f.name for f in reading.facts} == {"host.name", "os.kernel"}


@pytest.mark.parametrize(
    ("name", "reports", "naive"),
    [("c_locale", 3, True), ("german", 3, True), ("japanese", 2, True), ("iso", 2, False)],
)
def test_times_are_read_in_any_locale(name, reports, naive):
    reading, _ = read(HERE / f"{name}.txt", "iostat")
    at_s = sample(reading, "cpu.busy_ratio").at_s
    assert reading.naive is naive
    assert reading.date_known
    assert len(at_s) == reports
    assert (np.diff(at_s) == 1).all()
    assert 0 < at_s[0] - 1795392000 < 86400


def test_values_are_those_of_the_line(tmp_path):
    reading, _ = read(HERE / "german.txt", "iostat")
    lines = (HERE / "german.txt").read_text().splitlines()
    reads = sample(reading, "disk.reads_per_s", "vda")
    for value, number in zip(reads.values, reads.lines, strict=True):
        assert float(lines[number - 1].split()[1].replace(",", ".")) == value


def test_the_report_since_boot_is_left_out_unless_y_did():
    with_it, _ = read(HERE / "c_locale.txt", "iostat")
    without, _ = read(HERE / "without_first.txt", "iostat")
    assert len(sample(with_it, "cpu.busy_ratio").values) == 3
    assert len(sample(without, "cpu.busy_ratio").values) == 2


def test_without_times_a_note_names_the_command():
    reading, _ = read(HERE / "no_times.txt", "iostat")
    assert np.isnan(sample(reading, "cpu.busy_ratio").at_s).all()
    assert reading.notes == ["the reports bear no times; run `iostat -xt 1`"]


def test_a_wrapper_s_stamps_are_the_times():
    reading, _ = read(HERE / "stamped.txt", "iostat")
    util = sample(reading, "disk.util_ratio", "vda")
    assert len(util.at_s) == 3
    assert not reading.naive
    assert np.isfinite(util.at_s).all()


def test_devices_that_z_left_out_were_idle():
    text = (HERE / "idle_left_out.txt").read_text()
    assert text.count("\nvda") == 4
    reading, _ = read(HERE / "idle_left_out.txt", "iostat")
    assert len(sample(reading, "disk.util_ratio", "vda").values) == 3


def test_an_idle_device_is_filled_in_before_and_after(tmp_path):
    head = "Device r/s r_await %util\n"
    reports = ["sda 1.00 1.00 5.00", "", "sdb 2.00 3.00 9.00", ""]
    text = "".join(
        f"\n11/23/26 04:00:0{i}\n{head}{row}\n\n" for i, row in enumerate(["", *reports])
    )
    reading, bad = read(write(tmp_path, text), "iostat")
    assert bad.count == 0
    np.testing.assert_allclose(sample(reading, "disk.util_ratio", "sda").values, [0.05, 0, 0, 0])
    np.testing.assert_allclose(sample(reading, "disk.util_ratio", "sdb").values, [0, 0, 0.09, 0])
    waits = sample(reading, "disk.read_await_s", "sdb").values
    np.testing.assert_allclose(waits, [np.nan, np.nan, 0.003, np.nan])


def test_columns_of_old_versions_are_read():
    reading, _ = read(HERE / "old.txt", "iostat")
    got = {s.metric: s.values.tolist() for s in reading.samples if s.part == "sda"}
    assert got["disk.read_bytes_per_s"] == [2240 * 512]
    assert got["disk.queue_length"] == [1.12]
    assert got["disk.await_s"] == pytest.approx([0.01057])
    assert sample(reading, "disk.util_ratio", "sda").at_s[0] == 1405555203.0


def test_units_for_humans_are_put_back():
    reading, _ = read(HERE / "human.txt", "iostat")
    got = sample(reading, "disk.read_bytes_per_s", "vda")
    lines = (HERE / "human.txt").read_text().splitlines()
    assert lines[got.lines[0] - 1].split()[1] == "200.0k"
    assert got.values[0] == 200 * 1024


def test_a_single_report_gives_nothing_and_says_why(tmp_path):
    text = (HERE / "c_locale.txt").read_text()
    reading, _ = read(write(tmp_path, text[: text.index("\n\n\n")]), "iostat")
    assert reading.samples == []
    assert "since boot" in reading.notes[0]


def test_two_runs_in_one_file_leave_out_both_first_reports(tmp_path):
    text = (HERE / "c_locale.txt").read_text()
    reading, _ = read(write(tmp_path, text + text), "iostat")
    assert len(sample(reading, "cpu.busy_ratio").values) == 6


def test_a_torn_line_is_noted_and_the_rest_read(tmp_path):
    text = (HERE / "c_locale.txt").read_text().rstrip()
    reading, bad = read(write(tmp_path, text[:-30].replace("\n", "\r\n")), "iostat")
    assert [line.split()[0] for _, line in bad.kept] == ["vda"]
    assert len(sample(reading, "disk.util_ratio", "vda").values) == 2


@pytest.mark.parametrize(
    "text",
    ["Device Boot Start End\n/dev/sda1 * 2048\n", "avg-cpu\n", '{"avg-cpu": {"user": 1}}', "\0"],
)
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "iostat"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 10_000)), min_size=1, max_size=6))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    text = "Linux 6.1 (db) \t23.11.2026 \t_x86_64_\t(2 CPU)\n"
    for second, (reads, util) in enumerate([(0, 0), *rows]):
        text += (
            f"\n23.11.2026 04:00:{second:02}\nDevice r/s %util\nsda {reads},00 {util / 100:.2f}\n"
        )
    file = write(tmp_path_factory.mktemp("iostat"), text + "\n")
    assert kind_of(file) == "iostat"
    reading, bad = read(file, "iostat")
    assert bad.count == 0
    np.testing.assert_array_equal(
        sample(reading, "disk.reads_per_s", "sda").values, [row[0] for row in rows]
    )
