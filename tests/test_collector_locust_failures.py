"""Locust's failures: what kind of end each error was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, write

from diagnose.failures import failure_kind, without_values
from diagnose.rawfile import Head

HERE = FIXTURES / "locust_failures"
OLD = '"Method","Name","Error","Occurrences"\n'


def errors(path):
    reading, bad = read(path, "locust_failures")
    return list(reading.loads[0].errors), bad


def test_a_real_file_is_told_by_its_content_and_read():
    assert kind_of(HERE / "failures.csv") == "locust_failures"
    found, bad = errors(HERE / "failures.csv")
    assert [(e.kind, e.count, e.route, e.line) for e in found] == [
        ("timeout", 68, "GET /api/report", 2),
        ("status", 4, "GET /api/flaky", 3),
        ("status", 15, "GET /api/flaky", 4),
        ("refused", 130, "GET dead", 5),
        ("status", 19, "GET /api/flaky", 6),
    ]
    assert sum(e.count for e in found) == 236 and bad.count == 0


def test_errors_that_differ_in_an_id_only_are_put_together():
    (one,), _ = errors(HERE / "ids.csv")
    assert (one.count, one.kind) == (2, "timeout")
    assert "http://10.77.1.2/items/[id]" in one.text


def test_a_header_alone_means_that_nothing_failed(tmp_path):
    found, bad = errors(write(tmp_path, "Method,Name,Error,Occurrences,First Seen,Last Seen\r\n"))
    assert (found, bad.count) == ([], 0)


def test_old_rows_hold_quotes_commas_and_line_ends_that_nobody_escaped(tmp_path):
    text = OLD + (
        '"GET","/a","CatchResponseError("it"s, odd")",3\n'
        '"POST","/b","first line\nsecond, "line"",4\n'
        '"GET","/c","ConnectionError(ProtocolError('
    )
    path = write(tmp_path, text)
    assert kind_of(path) == "locust_failures"
    found, bad = errors(path)
    assert [(e.route, e.count) for e in found] == [("GET /a", 3), ("POST /b", 4)]
    assert found[1].text == 'first line second, "line"'
    assert [number for number, _ in bad.kept] == [5]


@pytest.mark.parametrize("start", [OLD, "Method,Name,Error,Occurrences\n"])
def test_of_two_tables_the_last_one_counts(tmp_path, start):
    found, _ = errors(write(tmp_path, start + '"GET","/a","x",3\n' + start + '"GET","/a","x",5\n'))
    assert [e.count for e in found] == [5]


def test_a_torn_row_is_noted(tmp_path):
    text = (HERE / "failures.csv").read_text()
    found, bad = errors(write(tmp_path, text[:-50]))
    assert len(found) == 4 and bad.count == 1


def test_other_tables_of_errors_are_not_claimed():
    assert kind_of_head(Head.of(b"Method,Name,Message,Count\nGET,/,x,1\n")) != "locust_failures"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("BadStatusCode('http://h/a', code=503)", "status"),
        ("HTTPError('504 Server Error: Gateway Timeout for url: /a')", "status"),
        ("checkout answered 502", "status"),
        ("ConnectTimeoutError(host='10.0.0.5', port=443): Connect timed out", "timeout"),
        ("RetriesExceeded('http://h/items/500', 0, original=timed out)", "timeout"),
        ("NewConnectionError: [Errno 111] Connection refused", "refused"),
        ("('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))", "reset"),
        ("RemoteDisconnected('Remote end closed connection without response')", "closed"),
        ("gaierror(-2, 'Name or service not known')", "dns"),
        ("[Errno 99] Cannot assign requested address", "other"),
        ("took longer than expected for item 404", "status"),  # a guess: nothing else fits
        ("port=503 was odd at 10.5.0.1:502", "other"),
    ],
)
def test_kinds(text, kind):
    assert failure_kind(text) == kind


def test_secrets_and_logins_never_leave():
    text = "401 for https://joe:hunter2@h/a?key=abc; Authorization: Bearer xyz.abc, password=pw1"
    shown = without_values(text)
    assert not any(secret in shown for secret in ("hunter2", "abc", "xyz", "pw1"))


@given(st.text(st.characters(blacklist_categories=["C"]), max_size=40), st.integers(1, 10**9))
def test_what_we_write_we_read_back(tmp_path_factory, error, count):
    quoted = '"' + error.replace('"', '""') + '"'
    text = f"Method,Name,Error,Occurrences\r\nGET,/a,{quoted},{count}\r\n"
    found, bad = errors(write(tmp_path_factory.mktemp("written"), text))
    assert [e.count for e in found] == [count] and bad.count == 0
