"""Full scans are named; slow COMMITs, lock waits and victims of a full disk are not."""

import numpy as np
from cases import THROUGHPUT, a_case, a_run, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place, Statement
from diagnose.rules.statement_reads_too_many_rows import statement_reads_too_many_rows

TIME, LOCKED = "sql.time_s_per_s", "sql.lock_s_per_s"
TEXT = "SELECT name FROM items WHERE category=? ORDER BY price LIMIT ?"


def a_statement(text=TEXT, count=600, mean_s=0.3, examined=200_000.0, sent=20.0):
    total = count * mean_s
    rows = (examined * count, sent * count)
    return Statement("the_db", text, count, total, mean_s, 2 * mean_s, *rows, "raw/db/slow.log:9")


def judged(statement, at_db=0.25, per_request_s=0.2, more=None):
    run = a_run()
    waits = {"db": step(0.01, at_db), "pool": step(0.0, 0.3)}
    a_case("app", {"http.wait_s": waits}, run=run, sends_to=("the_db",))
    spent = per_request_s * THROUGHPUT
    signals = {TIME: {"": spent, statement.text: spent}, LOCKED: step(0, 0), **(more or {})}
    case = a_case("db", signals, statements=(statement,), run=run, gained_s={Place.INSIDE: 0.24})
    return statement_reads_too_many_rows(case)


def test_a_full_scan_is_a_finding_with_its_rows():
    outcome = judged(a_statement())
    assert isinstance(outcome, Finding)
    assert outcome.mechanism and outcome.grows_with_load
    assert "200,000 rows looked at for 20 returned" in outcome.evidence[0].says
    assert outcome.evidence[0].source == "raw/db/slow.log:9"
    assert outcome.onset_s < 30


def test_it_explains_its_own_time_and_the_queue_for_the_pool():
    outcome = judged(a_statement())
    assert np.isclose(outcome.seconds, 0.2 + 0.3)


def test_a_statement_that_waits_for_the_disk_is_cleared():
    outcome = judged(a_statement(examined=120.0))
    assert isinstance(outcome, Cleared)
    assert outcome.says.endswith("120 rows looked at for 20 returned: it waits for something else")


def test_a_handful_of_slow_commits_is_cleared():
    outcome = judged(a_statement("COMMIT", 3, 0.25, 0.0, 0.0), per_request_s=0.0005)
    assert isinstance(outcome, Cleared)
    assert outcome.says == "3 statements were logged, 500 µs a request after it turned"


def test_statements_that_wait_for_locks_are_another_rule():
    more = {LOCKED: 0.18 * THROUGHPUT}
    outcome = judged(a_statement("UPDATE stock SET qty=?", examined=5000.0, sent=0.0), more=more)
    assert isinstance(outcome, Cleared)
    assert "waiting for locks" in outcome.says


def test_a_log_without_rows_is_a_lead():
    outcome = judged(a_statement(examined=0.0, sent=0.0))
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism and outcome.missing


def test_a_log_without_rows_beside_a_full_disk_cannot_tell():
    disk = {
        "disk.util_ratio": {"vdb": ramp(0.99)},
        "disk.queue_length": {"vdb": step(0.1, 12)},
        "disk.await_s": {"vdb": step(0.001, 0.012)},
    }
    assert isinstance(judged(a_statement(examined=0.0, sent=0.0), more=disk), CannotTell)


def test_an_empty_slow_log_is_cleared_with_its_threshold():
    case = a_case("db", {TIME: step(0, 0)}, limits={"db.long_query_time_s": 0.2})
    outcome = statement_reads_too_many_rows(case)
    assert isinstance(outcome, Cleared)
    assert outcome.says == "no statement slower than 200 ms was logged while the load ran"


def test_without_a_slow_log_it_cannot_tell():
    assert isinstance(statement_reads_too_many_rows(a_case("db")), CannotTell)
