"""Error logs of MySQL and MariaDB: messages, versions, lowered limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, write

from diagnose.metrics import METRICS, message
from diagnose.rawfile import Head

LOGS = FIXTURES / "mysql_error_log"


def found(reading, slug):
    return [o for o in reading.occurrences if o.metric == message("db", slug)]


def test_mariadb_writes_local_time_and_a_deadlock_counts_once():
    assert kind_of(LOGS / "mariadb.log") == "mysql_error_log"
    reading, bad = read(LOGS / "mariadb.log", "mysql_error_log")
    assert reading.naive and bad.count == 0
    (deadlock,) = found(reading, "deadlock")
    assert list(deadlock.at_s) == [1795415790]
    (refused,) = found(reading, "too_many_connections")
    assert len(refused.at_s) == 1
    facts = {fact.name: fact.value for fact in reading.facts}
    assert facts == {"db.product": "MariaDB", "db.version": "10.11.19-MariaDB-0+deb12u1-log"}


def test_the_line_that_a_starting_server_prints():
    assert kind_of(LOGS / "stdout.log") == "mysql_error_log"
    reading, _ = read(LOGS / "stdout.log", "mysql_error_log")
    (limit,) = reading.limits
    assert (limit.name, limit.value) == ("process.open_files_max", 20000)


def test_messages_of_mysql_in_all_its_formats():
    assert kind_of(LOGS / "mysql_forms.log") == "mysql_error_log"
    reading, bad = read(LOGS / "mysql_forms.log", "mysql_error_log")
    counts = {o.metric: len(o.at_s) for o in reading.occurrences if len(o.at_s)}
    assert counts == {
        message("db", "page_cleaner_late"): 2,
        message("db", "aborted_connection"): 1,
        message("db", "disk_full"): 1,
        message("db", "other_error"): 1,
        message("db", "crash"): 2,
        message("db", "too_many_connections"): 1,
    }
    (late,) = found(reading, "page_cleaner_late")
    np.testing.assert_allclose(late.at_s, [1795406703.5, 1795406704.5])
    limits = {limit.name: limit.value for limit in reading.limits}
    assert limits == {"process.open_files_max": 5000, "db.max_connections": 214}
    assert "hunter2" not in repr(reading) and bad.count == 0


def test_what_is_always_logged_is_cleared_and_what_is_not_is_not():
    reading, _ = read(LOGS / "stdout.log", "mysql_error_log")
    assert len(found(reading, "disk_full")) == 1 and not found(reading, "deadlock")
    assert {o.metric for o in reading.occurrences} <= set(METRICS)


def test_torn_and_undecipherable_lines_are_noted(tmp_path):
    whole = (LOGS / "mysql_forms.log").read_bytes().replace(b"\n", b"\r\n")
    torn = whole + b"\xff\x00junk\r\n2026-11-23T04:05:0"
    reading, bad = read(write(tmp_path, torn), "mysql_error_log")
    assert bad.count == 2 and len(found(reading, "crash")[0].at_s) == 2


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-23 04:05:06 [Warning] cache is cold",
        "2026-11-23 04:05:06,123 INFO app: started",
        "2026/11/23 04:05:06 [error] 12#12: *34 open() failed",
        "2026-11-23 04:05:06.123 UTC [12] ERROR:  deadlock detected",
    ],
)
def test_other_logs_are_not_claimed(line):
    assert kind_of_head(Head.of((line + "\n").encode() * 4)) != "mysql_error_log"


@given(st.lists(st.integers(0, 59), min_size=1, max_size=9))
def test_what_we_write_we_read_back(tmp_path_factory, seconds):
    text = "".join(
        f"2026-11-23T04:05:{s:02d}.250000Z 7 [ERROR] [MY-000001] [Server] out of memory\n"
        for s in seconds
    )
    path = write(tmp_path_factory.mktemp("log"), text)
    assert kind_of(path) == "mysql_error_log"
    reading, _ = read(path, "mysql_error_log")
    (memory,) = found(reading, "out_of_memory")
    np.testing.assert_allclose(memory.at_s, [1795406700.25 + s for s in seconds])
