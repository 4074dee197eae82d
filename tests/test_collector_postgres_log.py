"""PostgreSQL's logs in three formats and under any prefix."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, write

from diagnose.metrics import METRICS, message
from diagnose.rawfile import Head

LOGS = FIXTURES / "postgres_log"
MULTI_LINE = (
    'SELECT "name", category FROM items WHERE name = ? AND category IN (…) ORDER BY name LIMIT ?'
)


def log(name):
    path = LOGS / name
    assert kind_of(path) == "postgres_log"
    reading, bad = read(path, "postgres_log")
    counts = {o.metric: len(o.at_s) for o in reading.occurrences}
    return reading.statements[0], counts, reading, bad


@pytest.mark.parametrize("name", ["default.log", "log.csv", "log.json"])
def test_three_formats_say_the_same(name):
    found, counts, reading, bad = log(name)
    np.testing.assert_allclose(found.at_s[3], 1795415828.390)
    np.testing.assert_allclose(found.duration_s[3], 0.003629)
    assert found.fingerprint.names[found.fingerprint.codes[3]] == MULTI_LINE
    assert counts[message("db", "statement_timeout")] == 1
    assert counts[message("db", "lock_wait_timeout")] == 1
    assert counts[message("db", "deadlock")] == 1
    assert counts[message("db", "temporary_file")] == 1
    assert counts[message("db", "checkpoint")] == 2
    assert counts[message("db", "too_many_connections")] >= 4
    assert counts[message("db", "other_error")] == 2
    assert bad.count == 0 and not reading.naive


@pytest.mark.parametrize("name", ["default.log", "log.csv", "log.json", "tokyo.log", "epoch.log"])
def test_no_value_is_kept(name):
    _, _, reading, bad = log(name)
    assert "hunter2" in (LOGS / name).read_text()
    assert "hunter2" not in repr(reading) + repr(bad.kept)
    assert "O''Brien" not in "".join(reading.statements[0].fingerprint.names)


@pytest.mark.parametrize(
    ("name", "row", "at_s"),
    [
        ("tokyo.log", 3, 1795415878),
        ("epoch.log", 3, 1795415885.334),
        ("new_york.log", 0, 1795415892.526),
    ],
)
def test_any_prefix_and_zone(name, row, at_s):
    found, _, reading, bad = log(name)
    np.testing.assert_allclose(found.at_s[row], at_s)
    assert found.fingerprint.names[found.fingerprint.codes[row]] == MULTI_LINE
    assert not reading.naive and bad.count == 0


def test_a_prefix_of_colons():
    found, counts, reading, _ = log("colons.log")
    assert counts[message("db", "checkpoints_too_frequent")] >= 1
    assert found.fingerprint.names[-1].startswith("insert into items select g, ?||g")
    assert not reading.naive


def test_line_numbers_are_those_of_the_file():
    for name in ("default.log", "log.csv"):
        lines = (LOGS / name).read_text().splitlines()
        found, *_ = log(name)
        assert all("duration: " in lines[number - 1] for number in found.lines)


def test_durations_join_the_statement_of_their_process(tmp_path):
    stamp = "2026-11-23 04:05:06.5 CST"
    text = (
        f"{stamp} [7] LOG:  statement: SELECT 1\n{stamp} [8] LOG:  execute <unnamed>: SELECT a\n"
        f"{stamp} [8] DETAIL:  parameters: $1 = 'hunter2'\n{stamp} [8] LOG:  duration: 2.000 ms\n"
        f"{stamp} [7] LOG:  duration: 1.000 ms\n"
        f"{stamp} [7] LOG:  duration: 9.000 ms  bind <unnamed>: SELECT a\n{stamp} [7] LOG:  x\n"
    )
    reading, bad = read(write(tmp_path, text), "postgres_log")
    (found,) = reading.statements
    assert [found.fingerprint.names[c] for c in found.fingerprint.codes] == ["SELECT a", "SELECT ?"]
    assert reading.naive  # CST is Chicago's, and Shanghai's
    assert reading.notes == ["1 durations of parse, bind and plans were left out"]
    assert "hunter2" not in repr(reading) and bad.count == 0


@pytest.mark.parametrize("name", ["default.log", "log.csv", "log.json"])
def test_a_torn_tail_is_noted_and_makes_no_row(name, tmp_path):
    whole = (LOGS / name).read_text()
    found, *_ = log(name)
    cut = whole.rindex("duration: ") + 20
    reading, bad = read(write(tmp_path, whole[:cut]), "postgres_log")
    lines = [line for line in found.lines if line <= whole[:cut].count("\n")]
    assert len(reading.statements[0].at_s) == len(lines) and bad.count == 1


def test_records_of_csvlog_at_the_end_of_another_log_hide_nothing(tmp_path):
    text = (
        "1795422316.271 6b03f86c.6f0f app@shop LOG:  duration: 201.808 ms  statement: SELECT 1\n"
        "2026-11-23 08:25:16.643 UTC,,,28385,,6b03f86a.6ee1,1,,2026-11-23 08:25:14 UTC,,0,LOG,"
        '00000,"parameter ""log_destination"" changed to ""csvlog""",,,,,,,,,"","postmaster",,0\n'
    )
    path = write(tmp_path, text)
    assert kind_of(path) == "postgres_log"
    reading, bad = read(path, "postgres_log")
    assert reading.statements[0].duration_s.tolist() == [0.201808] and bad.count == 1


def test_what_cannot_be_read_is_noted(tmp_path):
    text = (LOGS / "default.log").read_text()
    other = "2026-11-23 04:05:06 UTC [1] ログ:  なにか\ncp: cannot stat x\n"
    reading, bad = read(write(tmp_path, other + text), "postgres_log")
    assert [number for number, _ in bad.kept] == [1]
    assert reading.notes == ["1 lines of other programs were not read"]


def test_only_what_is_always_logged_is_cleared(tmp_path):
    quiet = "2026-11-23 04:05:06 UTC [1] LOG:  database system is ready to accept connections\n"
    reading, _ = read(write(tmp_path, quiet), "postgres_log")
    told = {o.metric for o in reading.occurrences}
    assert message("db", "deadlock") in told and message("db", "temporary_file") not in told
    assert told <= set(METRICS) and not reading.statements


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-23 04:05:06,123 ERROR app: failed",
        "2026-11-23  4:05:06 0 [ERROR] InnoDB: x",
        '{"timestamp":"2026-11-23 04:05:06","level":"error"}',
        "LOG: one blank only",
    ],
)
def test_other_logs_are_not_claimed(line):
    assert kind_of_head(Head.of((line + "\n").encode() * 4)) != "postgres_log"


@given(
    st.lists(
        st.tuples(st.integers(0, 10**6), st.text("a'$\"1;\n\\", max_size=12)),
        min_size=1,
        max_size=6,
    )
)
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    text = "".join(
        f"2026-11-23 04:05:06.250 UTC [7] LOG:  duration: {took}.500 ms  statement: SELECT '"
        + value.replace("'", "''").replace("\n", "\n\t")
        + "'\n"
        for took, value in rows
    )
    path = write(tmp_path_factory.mktemp("log"), text)
    assert kind_of(path) == "postgres_log"
    reading, bad = read(path, "postgres_log")
    (found,) = reading.statements
    np.testing.assert_allclose(found.duration_s, [took / 1000 + 0.0005 for took, _ in rows])
    assert found.fingerprint.names == ("SELECT ?",) and bad.count == 0
