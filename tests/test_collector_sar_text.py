"""sar as text: the numbers of the JSON, any locale, midnight, restarts, old columns, torn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.metrics import METRICS
from diagnose.rawfile import Head

HERE = FIXTURES / "sar_text"
REAL = HERE / "lb1.txt"
TEXT = REAL.read_text()
MIDNIGHT_S = 1795392000.0  # of 23 November 2026


def test_text_and_json_of_one_recording_give_the_same_numbers():
    assert kind_of(REAL) == "sar_text"
    text, bad = read(REAL, "sar_text")
    frame, _ = read(FIXTURES / "sadf_json" / "lb1.json", "sadf_json")
    assert bad.count == 0
    for ours, theirs in zip(text.samples, frame.samples, strict=True):
        assert (ours.metric, ours.part, ours.form) == (theirs.metric, theirs.part, theirs.form)
        np.testing.assert_array_equal(ours.values, theirs.values)
        np.testing.assert_array_equal(ours.at_s, theirs.at_s)
    assert {(x.name, x.value) for x in text.limits} == {(x.name, x.value) for x in frame.limits}
    assert text.naive
    assert text.date_known


def test_values_stand_on_their_lines():
    reading, _ = read(REAL, "sar_text")
    assert {s.metric for s in reading.samples} <= METRICS.keys()
    lines = TEXT.splitlines()
    drops = sample(reading, "nic.rx_packets_per_s", "eth0")
    for value, number in zip(drops.values, drops.lines, strict=True):
        assert float(lines[number - 1].split()[2]) == value


@pytest.mark.parametrize("locale", ["de_DE", "en_US", "ja_JP", "ko_KR", "ar_EG", "fr_FR", "human"])
def test_every_locale_gives_the_same_numbers(locale):
    path = HERE / f"{locale}.txt"
    assert kind_of(path) == "sar_text"
    reading, bad = read(path, "sar_text")
    expected, _ = read(REAL, "sar_text")
    assert bad.count == 0
    for metric, part in (("cpu.busy_ratio", ""), ("nic.tx_bytes_per_s", "eth1")):
        ours, theirs = sample(reading, metric, part), sample(expected, metric, part)
        np.testing.assert_allclose(ours.values[:4], theirs.values[:4], atol=0.001)
        assert ours.at_s[0] % 86400 == theirs.at_s[0] % 86400
    # The month of ar_EG is a word that we do not know.
    assert reading.date_known is (locale != "ar_EG")


@pytest.mark.parametrize(
    ("date", "clock", "sure", "day"),
    [
        ("04/05/26", "09:00:01", False, "04-05"),
        ("04/05/2026", "09:00:01 AM", False, "04-05"),
        ("04/05/2026", "09:00:01", False, "05-04"),
        ("04/30/2026", "09:00:01", True, "04-30"),
        ("05.04.2026", "09:00:01", True, "04-05"),
        ("2026-04-05", "09:00:01", True, "04-05"),
        ("2026年04月05日", "09時00分01秒", True, "04-05"),
        ("05/04/2569", "09:00:01", False, "05-04"),
    ],
)
def test_a_date_in_an_unknown_order_is_a_guess_and_says_so(tmp_path, date, clock, sure, day):
    text = f"Linux 6.1 (a) \t{date} \t_x86_64_\t(2 CPU)\n\n{clock} runq-sz ldavg-1\n"
    text += clock.replace("00分01", "00分02").replace("00:01", "00:02") + " 3 0.5\n"
    reading, bad = read(write(tmp_path, text), "sar_text")
    assert bad.count == 0
    assert reading.date_known is sure
    at_s = sample(reading, "cpu.run_queue").at_s[0]
    got = str(np.datetime64(int(at_s), "s"))
    day = "-".join(reversed(day.split("-"))) if date.endswith("2569") else day
    assert got == f"2026-{day}T09:00:02"


def test_midnight_is_passed_and_restarts_are_noted():
    reading, bad = read(HERE / "old.txt", "sar_text")
    at_s = sample(reading, "cpu.busy_ratio").at_s
    np.testing.assert_array_equal(np.diff(at_s), [600])
    assert bad.count == 0
    assert reading.notes == ["sar says that the host restarted at 11:40:01 PM"]


def test_columns_of_old_versions_are_read():
    reading, _ = read(HERE / "old.txt", "sar_text")
    got = {s.metric: s.values for s in reading.samples}
    np.testing.assert_allclose(got["disk.read_bytes_per_s"], [2240 * 512, 0])
    np.testing.assert_allclose(got["disk.await_s"], [0.01057, np.nan])
    # Free, buffers and cache stand for what is available.
    np.testing.assert_allclose(got["memory.used_ratio"], [0.25, 0.25])
    assert {limit.name: limit.value for limit in reading.limits}["memory.total_bytes"] == 2048e6


def test_mpstat_is_read_but_not_its_mean_since_boot():
    reading, bad = read(HERE / "mpstat.txt", "sar_text")
    assert len(sample(reading, "cpu.core_busy_ratio", "cpu1").values) == 2
    once, _ = read(HERE / "mpstat_once.txt", "sar_text")
    assert once.samples == []
    assert "since boot" in once.notes[0]
    assert bad.count == 0


def test_days_one_below_the_other(tmp_path):
    tomorrow = TEXT.replace("11/23/26", "11/24/26")
    reading, bad = read(write(tmp_path, TEXT + tomorrow), "sar_text")
    at_s = sample(reading, "cpu.busy_ratio").at_s
    assert at_s[5] - at_s[0] == 86400
    assert bad.count == 0


def test_a_processor_that_was_offline_is_not_busy(tmp_path):
    row = "04:04:51          3" + "      0.00" * 10
    text = TEXT.replace("\n\n", f"\n{row}\n\n", 3)
    reading, _ = read(write(tmp_path, text), "sar_text")
    assert np.isnan(sample(reading, "cpu.core_busy_ratio", "cpu3").values).all()


def test_a_torn_line_is_noted_and_the_rest_read(tmp_path):
    cut = TEXT.index("04:04:54", 2000) + 30
    reading, bad = read(write(tmp_path, TEXT[:cut].replace("\n", "\r\n")), "sar_text")
    assert bad.count == 1
    assert bad.kept[0][1].startswith("04:04:54")
    assert reading.samples


def test_without_its_beginning_the_date_is_a_guess(tmp_path):
    text = TEXT[TEXT.index("04:04:48") :]
    reading, bad = read(write(tmp_path, text), "sar_text")
    assert not reading.date_known
    assert "before the first header" in reading.notes[0]
    assert bad.count == 0
    assert sample(reading, "tcp.retransmits_per_s").at_s[0] == 4 * 3600 + 4 * 60 + 48


def test_a_table_of_which_no_column_is_known_gives_nothing(tmp_path):
    text = "04:00:00 runq-sz ldavg-1\n04:00:01 3 0.5\n\n04:00:00 DEV tp\n04:00:01 vdb 1\n"
    reading, _ = read(write(tmp_path, text), "sar_text")
    assert {s.metric for s in reading.samples} == {"cpu.run_queue", "cpu.load1"}


@pytest.mark.parametrize(
    "text",
    [
        "10:00:01 PM UID PID %usr %system %guest %CPU CPU Command\n10:00:02 PM 0 1 0 0 0 0 1 a\n",
        "10:00:01 GET /cpu 100%\n",
        "Average: CPU %idle\n",
        "avg-cpu: %user %idle\n 1.0 2.0\n",
        "\0\xff",
    ],
)
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "sar_text"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=30),
    st.integers(0, 86399),
    st.booleans(),
)
def test_what_we_write_we_read_back(tmp_path_factory, rows, start, comma):
    def clock(second):
        second %= 86400
        return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"

    text = "Linux 6.1 (a) \t2026-11-23 \t_x86_64_\t(2 CPU)\n\n"
    text += f"{clock(start)} IFACE rxpck/s txpck/s\n"
    for i, (received, sent) in enumerate(rows, 1):
        values = f"{received / 100:.2f} {sent / 100:.2f}"
        text += f"{clock(start + i)} eth0 {values.replace('.', ',') if comma else values}\n"
    file = write(tmp_path_factory.mktemp("sar"), text)
    assert kind_of(file) == "sar_text"
    reading, bad = read(file, "sar_text")
    got = sample(reading, "nic.rx_packets_per_s", "eth0")
    np.testing.assert_allclose(got.values, [received / 100 for received, _ in rows])
    np.testing.assert_array_equal(got.at_s, MIDNIGHT_S + start + 1 + np.arange(len(rows)))
    assert bad.count == 0
