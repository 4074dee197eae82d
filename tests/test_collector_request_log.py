"""Requests that a load script logged one by one, in JSON lines or a table."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, read, write

LOG = FIXTURES / "request_log" / "requests.ndjson.gz"
AT = 1795408717.5


def load(path):
    assert kind_of(path) == "request_log"
    reading, bad = read(path, "request_log")
    (made,) = reading.loads
    return made, reading, bad


def rows():
    return [json.loads(line) for line in gzip.decompress(LOG.read_bytes()).splitlines()]


def test_a_listeners_lines_become_a_curve():
    made, _, bad = load(LOG)
    told = rows()
    total = made.totals[0]
    assert (total.requests, bad.count) == (250, 0)
    assert total.failures == sum(row["error"] is not None for row in told)
    assert total.max_s == pytest.approx(max(row["ms"] for row in told) / 1000)
    assert made.series[0].requests.sum() == 250 and not made.own_users
    assert "GET /api/items" in {each.route for each in made.totals}


def test_a_torn_line_is_bad_and_the_rest_is_read(tmp_path):
    text = gzip.decompress(LOG.read_bytes())
    made, _, bad = load(write(tmp_path, text[:-40]))
    assert (made.totals[0].requests, bad.count) == (249, 1)


@pytest.mark.parametrize(
    "header, took",
    [
        ("start,name,duration_ms,status,success", "250"),
        ("start,name,latency_s,status,success", "0.25"),
        ("start,name,elapsed_us,status,success", "250000"),
        ("start,name,response_time (ms),status,success", "250"),
    ],
)
def test_the_name_of_a_duration_tells_its_unit(tmp_path, header, took):
    line = f"{AT},/a,{took},200,true\n"
    made, reading, _ = load(write(tmp_path, f"{header}\n{line}{line}{line}"))
    assert made.totals[0].mean_s == pytest.approx(0.25) and reading.notes == []


@pytest.mark.parametrize("took, word", [("250", "milliseconds"), ("0.25", "seconds")])
def test_without_a_unit_it_says_what_was_taken(tmp_path, took, word):
    text = f"start,name,latency,status,success\n{AT},/a,{took},200,true\n"
    made, reading, _ = load(write(tmp_path, text))
    assert made.totals[0].mean_s == pytest.approx(0.25) and f"for {word}" in reading.notes[0]


def test_a_bare_timestamp_in_order_is_that_of_the_end(tmp_path):
    text = "timestamp,name,duration_ms,status,success\n"
    for at, took in enumerate((1900, 100, 1500, 200, 900)):
        text += f"{AT + at / 10},/a,{took},200,true\n"
    made, reading, _ = load(write(tmp_path, text))
    assert "end of a request" in reading.notes[0]
    assert made.totals[0].duration_s == pytest.approx(2.3, abs=0.01)


@pytest.mark.parametrize(
    "status, success, error, text, kind",
    [
        ("503", "false", "", "status 503", "status"),
        ("0", "false", "connection refused", "connection refused", "refused"),
        ("0", "false", "Read timed out", "Read timed out", "timeout"),
        ("200", "false", "", "failed without a word", "other"),
    ],
)
def test_failures_keep_their_kind(tmp_path, status, success, error, text, kind):
    table = f"start,name,duration_ms,status,success,error\n{AT},/a,9,{status},{success},{error}\n"
    made, _, _ = load(write(tmp_path, table))
    assert [(each.text, each.kind) for each in made.errors] == [(text, kind)]


def test_decimal_commas_dates_and_users_are_read(tmp_path):
    table = "\ufeffstart;name;duration_ms;status;success;users\r\n"
    table += "2026-11-23 04:38:37,5;/a;12,5;200;true;7\r\n" * 3
    made, reading, bad = load(write(tmp_path, table))
    assert made.totals[0].mean_s == pytest.approx(0.0125) and bad.count == 0
    assert made.totals[0].users == 7 and made.own_users and reading.naive


def test_a_servers_log_is_none():
    line = '{"time":"2026-11-23T04:38:37Z","level":"info","name":"/a","latency_ms":3,"error":""}\n'
    from diagnose.plugins import COLLECTORS
    from diagnose.rawfile import Head

    assert COLLECTORS["request_log"].recognizes(Head.of(line.encode() * 5)) == 0


def test_a_header_alone_says_so(tmp_path):
    path = write(tmp_path, "start,name,duration_ms,status,success\n")
    assert kind_of(path) == "request_log"
    reading, _ = read(path, "request_log")
    assert reading.loads == [] and reading.notes == ["it holds no requests"]


@given(
    told=st.lists(
        st.tuples(st.floats(0, 1e5), st.sampled_from([None, "timed out", "refused"])), min_size=1
    )
)
def test_whatever_is_written_is_counted(tmp_path_factory, told):
    lines = [
        json.dumps({"start": AT + at, "name": "/a", "ms": took, "error": error})
        for at, (took, error) in enumerate(told)
    ]
    made, _, bad = load(write(tmp_path_factory.mktemp("log"), "\n".join(lines) + "\n"))
    total = made.totals[0]
    assert (total.requests, bad.count) == (len(told), 0)
    assert total.failures == sum(error is not None for _, error in told)
