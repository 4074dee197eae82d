"""Gatling: simulation.log as text and as bytes, its statistics, its console."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, read, write

from diagnose.errors import UnreadableSource

HERE = FIXTURES / "gatling"


def load(path, kind):
    assert kind_of(path) == kind
    reading, bad = read(path, kind)
    (made,) = reading.loads
    return made, reading, bad


@pytest.mark.parametrize(
    "name, requests, failures, longest_s",
    [
        ("v2.0.log", 2, 0, 176.331),
        ("v2.3.log", 54, 0, 0.123),
        ("v3.3.1.log.gz", 907, 443, 11.316),
        ("v3.4.log", 31, 0, 0.502),
        ("v3.10.log", 313, 18, 0.167),
    ],
)
def test_the_text_of_every_version_is_read(name, requests, failures, longest_s):
    made, _, bad = load(HERE / name, "gatling_log")
    total = made.totals[0]
    assert (total.requests, total.failures, bad.count) == (requests, failures, 0)
    assert total.max_s == pytest.approx(longest_s, abs=1e-6)
    assert made.own_users and made.series[0].requests.sum() == requests


def test_what_the_log_says_agrees_with_gatlings_own_report():
    ours, _, _ = load(HERE / "v3.3.1.log.gz", "gatling_log")
    for name in ("stats.json", "global_stats.json"):
        theirs, _, _ = load(HERE / name, "gatling_stats")
        mine, own = ours.totals[0], theirs.totals[0]
        assert (mine.requests, mine.failures) == (own.requests, own.failures)
        for quantity in ("mean_s", "p50_s", "p95_s", "p99_s", "max_s"):
            assert getattr(mine, quantity) == pytest.approx(getattr(own, quantity), rel=0.01)
    assert {t.route for t in theirs.totals} == {""}


def test_failures_keep_their_message_and_users_come_and_go():
    made, _, _ = load(HERE / "v3.3.1.log.gz", "gatling_log")
    assert (made.errors[0].kind, made.errors[0].count) == ("status", 443)
    assert 30 < np.nanmax(made.series[0].users) <= 40


def test_groups_are_part_of_the_name():
    made, _, _ = load(HERE / "v3.10.log", "gatling_log")
    assert "T1 browse / items, list" in {t.route for t in made.totals}


def test_the_bytes_of_3_13_are_read():
    made, reading, bad = load(HERE / "v3.13.bin", "gatling_binary_log")
    total = made.totals[0]
    assert (total.requests, total.failures, bad.count) == (105, 1, 0)
    assert (total.p50_s, total.p95_s, total.p99_s) == pytest.approx((0.106, 0.303, 0.368))
    assert made.errors[0].kind == "status" and total.users == 10
    assert {f.value for f in reading.facts} >= {"gatling", "3.12.1"}


def test_of_a_killed_run_what_was_written_is_read(tmp_path):
    whole = (HERE / "v3.13.bin").read_bytes()
    for cut in (1500, 1501, 1502, 1503, 1504):
        made, reading, _ = load(write(tmp_path, whole[:cut]), "gatling_binary_log")
        assert 0 < made.totals[0].requests < 105
    assert any("no end" in note for note in reading.notes)


def test_nonsense_in_the_bytes_ends_the_reading_with_a_word(tmp_path):
    whole = (HERE / "v3.13.bin").read_bytes() + b"\x7fnonsense"
    made, reading, bad = load(write(tmp_path, whole), "gatling_binary_log")
    assert (made.totals[0].requests, bad.count) == (105, 1)
    assert "cannot be read" in reading.notes[0]


def test_utf_16_and_texts_told_before_are_understood(tmp_path):
    def text(value):
        raw = value.encode("utf-16-le")
        return struct.pack(">i", len(raw)) + raw + b"\x01"

    def latin(value):
        return struct.pack(">i", len(value)) + value.encode() + b"\0"

    run = b"\0" + latin("3.14.2") + latin("a.B") + struct.pack(">q", 1795406360000)
    run += struct.pack(">iii", 0, 0, 0)
    first = struct.pack(">bii", 1, 0, 1) + text("日本") + struct.pack(">iib", 0, 40, 0)
    first += struct.pack(">i", 2) + text("拒否 connection refused")
    again = struct.pack(">biiiibi", 1, 0, -1, 50, 90, 0, -2)
    error = struct.pack(">bi", 4, 3) + latin("No attribute named 'id' is defined")
    error += struct.pack(">i", 95)
    made, reading, bad = load(write(tmp_path, run + first + again + error), "gatling_binary_log")
    assert (made.totals[0].requests, made.totals[0].failures, bad.count) == (2, 2, 0)
    assert made.totals[1].route == "日本" and made.errors[0].kind == "refused"
    sizes = {o.metric.split(".")[2]: o.at_s.size for o in reading.occurrences}
    assert sizes["exception_per_s"] == 1


def test_a_torn_text_line_is_bad_and_two_runs_are_two_loads(tmp_path):
    text = (HERE / "v3.10.log").read_text()
    path = write(tmp_path, text + "REQUEST\tT1 browse\tpa\n" + text)
    reading, bad = read(path, "gatling_log")
    assert [each.totals[0].requests for each in reading.loads] == [313, 313]
    assert bad.count == 1


def test_line_ends_of_windows_and_a_byte_order_mark_do_no_harm(tmp_path):
    text = "\ufeff" + (HERE / "v3.4.log").read_text().replace("\n", "\r\n")
    made, _, bad = load(write(tmp_path, text), "gatling_log")
    assert (made.totals[0].requests, bad.count) == (31, 0)


def test_a_log_without_requests_says_so(tmp_path):
    path = write(tmp_path, "RUN\ta.B\tb\t1795406359500\t \t3.10.5\n")
    assert kind_of(path) == "gatling_log"
    reading, _ = read(path, "gatling_log")
    assert reading.loads == [] and "no requests" in reading.notes[0]


def test_torn_statistics_say_so(tmp_path):
    path = write(tmp_path, (HERE / "stats.json").read_text()[:900])
    with pytest.raises(UnreadableSource, match="torn"):
        read(path, "gatling_stats")


@pytest.mark.parametrize(
    "name, requests, p95_s, rate", [("3.10", 5000, 0.064, 2500), ("3.13", 10, 2.04, 1)]
)
def test_the_console_of_both_forms_is_read(name, requests, p95_s, rate):
    made, reading, bad = load(HERE / f"console-{name}.txt", "gatling_console")
    total, (series,) = made.totals[0], made.series
    assert (total.requests, total.failures, bad.count) == (requests, 0, 0)
    assert (total.p95_s, total.throughput_per_s) == (p95_s, rate)
    assert series.requests.sum() == requests and reading.naive


def test_errors_of_the_last_block_keep_their_kinds(tmp_path):
    text = (HERE / "console-3.13.txt").read_text()
    text += (
        "---- Errors -------------------------------------------------------------\n"
        "> i.n.c.ConnectTimeoutException: connection timed out after 10000 ms   33,040 (35.86%)\n"
        "> j.n.SocketException: Too many open files                                  2 (0.01%)\n"
    )
    made, reading, _ = load(write(tmp_path, text), "gatling_console")
    assert (made.errors[0].count, made.errors[0].kind) == (33040, "timeout")
    sizes = {o.metric.split(".")[2]: o.at_s.size for o in reading.occurrences}
    assert sizes["too_many_open_files_per_s"] == 2


@given(
    rows=st.lists(st.tuples(st.integers(0, 60_000), st.booleans()), min_size=1, max_size=40),
    name=st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12),
)
def test_whatever_is_written_is_counted(tmp_path_factory, rows, name):
    lines = ["RUN\ta.B\tb\t1795406359500\t \t3.10.5"]
    for at, (took, good) in enumerate(rows):
        start = 1795406360000 + at
        lines.append(f"REQUEST\t\t{name}\t{start}\t{start + took}\t{'OK' if good else 'KO'}\t ")
    path = write(tmp_path_factory.mktemp("gatling"), "\n".join(lines) + "\n")
    made, _, bad = load(path, "gatling_log")
    total = made.totals[0]
    assert (total.requests, bad.count) == (len(rows), 0)
    assert total.failures == sum(not good for _, good in rows)
