"""What PostgreSQL's statistics views and servers' lists of statements say, as they print it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.collectors._postgres_tables import Cell, cells
from diagnose.collectors.statement_statistics import HEADING
from diagnose.rawfile import RawFile

VIEWS, SHAPES = FIXTURES / "postgres_stat", FIXTURES / "statement_statistics"
TABLES = ["aligned", "expanded", "unaligned", "csv"]


def test_sampled_views_give_gauges_and_counters():
    reading, bad = read(VIEWS / "sampled.txt", "postgres_stat")
    assert bad.count == 0
    running = sample(reading, "db.running").values
    assert running.max() == 1 and running.min() == 0  # a state that no session is in has no row
    assert np.all(np.diff(sample(reading, "db.commits_per_s").values) >= 0)
    assert sample(reading, "db.lock_waiting").values.tolist() == [0.0] * running.size


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_the_same_however_psql_prints_it(name):
    path = VIEWS / f"{name}.txt"
    assert kind_of(path) == "postgres_stat"
    reading, bad = read(path, "postgres_stat")
    assert bad.count == 0
    assert sample(reading, "db.page_requests_per_s").values[0] > 1000
    assert {s.metric for s in reading.samples} >= {"db.commits_per_s", "db.deadlocks_per_s"}


def test_checkpoints_are_told_apart():
    reading, _ = read(VIEWS / "bgwriter.txt", "postgres_stat")
    parts = {s.part for s in reading.samples if s.metric == "db.checkpoints_per_s"}
    assert kind_of(VIEWS / "bgwriter.txt") == "postgres_stat" and parts == {"timed", "requested"}


def test_hidden_sessions_say_nothing_of_what_they_do(tmp_path):
    text = "# 1795406687.5\npg_stat_activity|none|sessions|5\npg_stat_activity|active|sessions|1\n"
    reading, _ = read(write(tmp_path, text), "postgres_stat")
    assert [s.metric for s in reading.samples if s.metric == "db.running"] == []
    assert sample(reading, "db.connections").values.tolist() == [6.0]


def test_a_torn_tail_hides_nothing_before_it(tmp_path):
    whole = (VIEWS / "sampled.txt").read_bytes()
    reading, bad = read(write(tmp_path, whole[:-20]), "postgres_stat")
    assert sample(reading, "db.commits_per_s").values.size >= 3 and bad.count <= 1
    for path in SHAPES.iterdir():
        torn, bad = read(write(tmp_path, path.read_bytes()[:-25]), "statement_statistics")
        assert torn.samples and bad.count <= 1


@given(st.text("abcxyz_", min_size=1), st.integers(0, 10**12))
def test_a_cell_comes_back_as_it_was_printed(part, value):
    (found,) = cells([(7, f"pg_stat_database|{part}|xact_commit|{value}")])
    assert found == Cell(7, "pg_stat_database", part, "xact_commit", str(value))


@pytest.mark.parametrize("name, first", [("mariadb", 3.0), ("postgres", 0.0)])
def test_statements_are_running_totals_by_shape(name, first):
    path = SHAPES / f"{name}.txt"
    assert kind_of(path) == "statement_statistics"
    reading, bad = read(path, "statement_statistics")
    (items,) = (s for s in reading.samples if s.metric == "sql.calls_per_s" and "note" in s.part)
    # Not listed: not run by then.
    assert bad.count == 0 and items.values.tolist() == [first, first + 3]
    took = sample(reading, "sql.total_time_s_per_s", items.part)
    assert 0 < took.values[1] < 1 and "hunter2" not in items.part
    examined = [s for s in reading.samples if s.metric == "sql.total_rows_per_s"]
    assert bool(examined) is (name == "mariadb")  # PostgreSQL counts no rows examined


def test_a_list_that_was_cut_says_nothing_of_what_is_not_in_it(tmp_path):
    rows = "".join(f"SELECT a{i} FROM t\t1\t0.5\t1\n" for i in range(200))
    text = f"# 1795406687\n{HEADING}\n{rows}# 1795406700\n{HEADING}\nSELECT b FROM t\t9\t0.5\t1\n"
    reading, _ = read(write(tmp_path, text), "statement_statistics")
    (new,) = (s for s in reading.samples if s.metric == "sql.calls_per_s" and "b" in s.part)
    assert new.values.tolist() == [9.0]


def test_neither_takes_what_looks_alike(tmp_path):
    for text in ("a|b|c|d\n1|2|3|4\n", "statement;calls\nSELECT 1;2\n", "datname | x\n"):
        path = write(tmp_path, text)
        assert kind_of(path) not in ("postgres_stat", "statement_statistics")


@given(st.binary(max_size=300))
def test_no_bytes_make_the_recognition_fail(tmp_path_factory, data):
    path = write(tmp_path_factory.getbasetemp(), data, "any")
    kind_of_head(RawFile("any", path).head())
