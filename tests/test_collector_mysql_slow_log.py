"""Slow logs of MariaDB, MySQL and Percona Server; fingerprints that keep no value."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, write

from diagnose.collectors import _chunks
from diagnose.collectors._fingerprint import Fingerprints, fingerprint
from diagnose.rawfile import Head

LOGS = FIXTURES / "mysql_slow_log"


def statements(path):
    reading, bad = read(path, "mysql_slow_log")
    (found,) = reading.statements
    return found, reading, bad


def named(found):
    return [found.fingerprint.names[code] for code in found.fingerprint.codes]


def test_mariadb_writes_the_second_of_the_start():
    assert kind_of(LOGS / "mariadb.log") == "mysql_slow_log"
    found, reading, bad = statements(LOGS / "mariadb.log")
    np.testing.assert_allclose(found.at_s[0], 1795406350 + 0.208021)
    np.testing.assert_allclose(found.duration_s[:2], [0.208021, 0.208987])
    assert (found.rows_examined[0], found.rows_sent[0], found.full_scan[0]) == (200020, 20, 1)
    assert named(found)[0] == "SELECT name FROM items WHERE category=? ORDER BY price LIMIT ?"
    assert list(found.lines[:2]) == [5, 14]
    assert not reading.naive and ("db.product", "MariaDB") in [
        (fact.name, fact.value) for fact in reading.facts
    ]
    # An entry that lost its statement, and one that the file's end cut short.
    assert [line for _, line in bad.kept] == ["# User@Host: app[app] @  [10.77.4.1]"] * 2


def test_statements_of_many_lines_and_explain_plans():
    found, _, bad = statements(LOGS / "mariadb_verbose.log")
    text = (LOGS / "mariadb_verbose.log").read_text()
    assert len(found.at_s) == text.count("# Query_time:") and bad.count == 0
    assert (
        "SELECT name, price FROM items WHERE name = ? AND category IN (…) ORDER BY price LIMIT ?"
        in found.fingerprint.names
    )
    assert not re.search("O'Brien|4111|deadbeef|hunter2|abc123", "".join(found.fingerprint.names))


def test_the_other_servers_say_when_a_statement_ended():
    found, reading, bad = statements(LOGS / "mysql_forms.log")
    expected = [1795406706.655775, 1795406709.474989, 1795406710.0, 1795406720.0]
    np.testing.assert_allclose(found.at_s, expected, atol=1e-5, rtol=0)
    np.testing.assert_array_equal(found.full_scan, [np.nan, np.nan, np.nan, 1])
    assert named(found) == [
        "select sleep(?)",
        "select * from stock_2 where note = ?",
        "administrator command: Quit",
        "INSERT INTO t1 (a,b) VALUES (…)",
    ]
    assert bad.count == 0 and not reading.naive
    assert ("db.version", "8.0.34") in [(fact.name, fact.value) for fact in reading.facts]


def test_a_log_without_a_slow_statement_is_read_as_empty(tmp_path):
    head = "".join((LOGS / "mariadb.log").open().readlines()[:3])
    path = write(tmp_path, head)
    assert kind_of(path) == "mysql_slow_log"
    found, reading, bad = statements(path)
    assert len(found.at_s) == 0 and bad.count == 0
    assert ("db.slow_query_log", "ON") in [(fact.name, fact.value) for fact in reading.facts]


def test_a_restart_in_the_middle_and_windows_line_ends(tmp_path):
    whole = (LOGS / "mysql_forms.log").read_bytes()
    found, _, bad = statements(
        write(tmp_path, b"\xef\xbb\xbf" + (whole + whole).replace(b"\n", b"\r\n"))
    )
    assert len(found.at_s) == 8 and bad.count == 0
    assert len(found.fingerprint.names) == 4


def test_local_time_is_used_only_where_nothing_else_is(tmp_path):
    text = "# Time: 261123  4:05:27\n# User@Host: a[a] @ b []\n# Query_time: 2  Lock_time: 0  Rows_sent: 1  Rows_examined: 0\nselect 1;\n"  # fmt: skip  # noqa: E501
    found, reading, _ = statements(write(tmp_path, text))
    assert list(found.at_s) == [1795406727] and reading.naive


def test_what_is_no_entry_is_noted_without_its_values(tmp_path):
    text = "UPDATE users SET pw='hunter2';\n" + (LOGS / "mysql_forms.log").read_text()
    _, _, bad = statements(write(tmp_path, text + "# User@Host: torn\nSELECT 'hunter2'"))
    assert [line for _, line in bad.kept] == ["UPDATE users SET pw=?", "# User@Host: torn"]


def test_entries_without_a_user_are_entries(tmp_path):
    one = "# Query_time: 2  Lock_time: 0  Rows_sent: 1  Rows_examined: 0\nSELECT 1;\n"
    text = (
        f"# Time: 2026-11-23T04:05:06Z\n# User@Host: a\n{one}\n# Time: 2026-11-23T04:05:07Z\n{one}"
    )
    found, _, bad = statements(write(tmp_path, text))
    assert list(found.at_s) == [1795406706, 1795406707] and bad.count == 0
    assert named(found) == ["SELECT ?", "SELECT ?"] and list(found.lines) == [2, 7]


def test_a_torn_statement_is_no_row(tmp_path):
    whole = (LOGS / "mysql_forms.log").read_text()
    found, _, bad = statements(write(tmp_path, whole[: whole.rindex("hunter2") + 3]))
    assert len(found.at_s) == 3 and bad.count == 1 and "hun" not in bad.kept[0][1]


def test_line_numbers_hold_across_pieces(monkeypatch):
    expected, *_ = statements(LOGS / "mariadb_verbose.log")
    monkeypatch.setattr(_chunks, "PIECE", 500)
    found, *_ = statements(LOGS / "mariadb_verbose.log")
    np.testing.assert_array_equal(found.lines, expected.lines)
    np.testing.assert_array_equal(found.at_s, expected.at_s)


@pytest.mark.parametrize(
    "text", ["SELECT 1;\n", "# Time: 261123\n# Query\n", "# 1795406687\na 1\n"]
)
def test_other_text_is_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "mysql_slow_log"


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT _utf8'hunter2', N'hunter2', x'AB', \"it's hunter2\", 'say \"hunter2\"'",
        r"SELECT * FROM t WHERE path = 'C:\' AND pw = 'hunter2'",
        r"SELECT 'a\'hunter2', 'b''hunter2' /* hunter2 */ # hunter2",
        "INSERT INTO t VALUES (1, 'hunter2",
    ],
)
def test_fingerprints_keep_no_value(statement):
    assert "hunter2" not in fingerprint(statement)


def test_tables_that_differ_by_a_digit_are_not_mixed():
    prints = Fingerprints("mysql")
    codes = [prints.code(f"SELECT a FROM t_{n % 2} WHERE b = {n}") for n in range(6)]
    assert codes == [0, 1, 0, 1, 0, 1]


@given(
    st.lists(
        st.tuples(st.floats(0, 1e5), st.integers(0, 2**31), st.text("ab'\\\"; 1\n", max_size=9)),
        min_size=1,
        max_size=8,
    )
)
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    entries = [
        f"# User@Host: a[a] @ h []  Id: 1\n# Query_time: {took:.6f}  Lock_time: 0.000001"
        f" Rows_sent: 1  Rows_examined: 7\nSET timestamp={at};\n"
        "SELECT '{}';\n".format(text.replace("\\", "\\\\").replace("'", "''"))
        for took, at, text in rows
    ]
    path = write(tmp_path_factory.mktemp("log"), "".join(entries))
    found, _, bad = statements(path)
    np.testing.assert_allclose(found.duration_s, [took for took, *_ in rows], atol=1e-6)
    np.testing.assert_array_equal(found.at_s, [at for _, at, _ in rows])
    assert set(named(found)) == {"SELECT ?"} and bad.count == 0
