"""oha: its JSON, its text, its CSV and its database."""

import json
import math
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, read, write

from diagnose.errors import UnreadableSource

HERE = FIXTURES / "oha"


def loads(path, kind):
    assert kind_of(path) == kind
    reading, bad = read(path, kind)
    assert bad.count == 0
    return reading.loads, reading


def test_its_json_is_read_in_seconds():
    (made,), _ = loads(HERE / "ramp.json", "oha_json")
    (total,) = made.totals
    assert (total.requests, total.failures) == (13500, 1965)
    told = (total.mean_s, total.p50_s, total.p95_s, total.p99_s)
    assert told == pytest.approx((0.171875, 0.020977, 0.985832, 1.152993), abs=1e-6)
    assert [(e.text, e.count) for e in made.errors] == [
        ("status 503", 1747),
        ("status 502", 210),
        ("status 500", 8),
    ]


def test_requests_in_flight_at_the_end_are_no_failures(tmp_path):
    document = json.loads((HERE / "ramp.json").read_text())
    refused = "error trying to connect: tcp connect error: Connection refused (os error 111)"
    document["errorDistribution"] = {"aborted due to deadline": 40, refused: 7}
    (made,), reading = loads(write(tmp_path, json.dumps(document)), "oha_json")
    assert (made.totals[0].requests, made.totals[0].failures) == (13507, 1972)
    assert ("refused", 7) in {(e.kind, e.count) for e in made.errors}
    assert "40 requests were in flight" in reading.notes[0]


def test_without_an_answer_there_are_no_latencies(tmp_path):
    document = json.loads((HERE / "ramp.json").read_text())
    document["summary"] |= {"average": None, "slowest": None, "successRate": None}
    document |= {"statusCodeDistribution": {}, "errorDistribution": {"timeout": 12}}
    (made,), _ = loads(write(tmp_path, json.dumps(document)), "oha_json")
    assert (made.totals[0].requests, made.totals[0].failures) == (12, 12)
    assert math.isnan(made.totals[0].p50_s) and made.errors[0].kind == "timeout"


def test_want_of_ports_is_the_generators_own(tmp_path):
    document = json.loads((HERE / "ramp.json").read_text())
    text = "tcp connect error: Cannot assign requested address (os error 99)"
    document["errorDistribution"] = {text: 3}
    _, reading = loads(write(tmp_path, json.dumps(document)), "oha_json")
    counts = {o.metric.split(".")[-1]: o.at_s.size for o in reading.occurrences}
    assert counts == {"no_local_address_per_s": 3, "too_many_open_files_per_s": 0}


def test_its_text_is_oha_s_and_not_hey_s(tmp_path):
    (made,), reading = loads(HERE / "sqlite_busy.txt", "oha_summary")
    (total,) = made.totals
    assert (total.requests, total.failures) == (1002, 744)
    assert (total.p95_s, total.p99_s, total.max_s) == (0.0293, 0.0643, 5.2051)
    assert total.throughput_per_s == pytest.approx(1002 / 10.0025)
    assert "20 requests were in flight" in reading.notes[0]
    text = (HERE / "sqlite_busy.txt").read_text().replace("0.0110 secs", "11.0000 ms")
    coloured = "\x1b[1m" + text.replace("\n", "\x1b[0m\r\n")
    (made,), _ = loads(write(tmp_path, coloured), "oha_summary")
    assert made.totals[0].p50_s == 0.011


def test_a_summary_that_breaks_off_says_so(tmp_path):
    text = (HERE / "sqlite_busy.txt").read_text()
    none, reading = loads(write(tmp_path, text[: text.index("Status code")]), "oha_summary")
    assert none == [] and "breaks off" in reading.notes[0]
    path = write(tmp_path, (HERE / "ramp.json").read_text()[:-40])
    reading, bad = read(path, "oha_json")
    assert (kind_of(path), reading.loads, bad.count) == ("oha_json", [], 1)
    assert "breaks off" in reading.notes[0]


def test_rows_and_database_tell_the_same_but_for_the_clock():
    (csv,), of_csv = loads(HERE / "ramp.csv", "oha_requests")
    (db,), of_db = loads(HERE / "ramp.db", "oha_database")
    assert (csv.totals[0].requests, db.totals[0].requests) == (399, 400)
    assert csv.totals[0].p99_s == pytest.approx(db.totals[0].p99_s, rel=0.02)
    assert csv.relative and "no time of day" in of_csv.notes[0]
    assert not db.relative and db.series[0].at_s[0] > 1.7e9
    assert {t.route for t in db.totals} > {"", "/api/items"}
    for reading in (of_csv, of_db):
        assert "no row for a request without an answer" in reading.notes[-1]


def test_two_tables_and_one_without_a_header_are_read(tmp_path):
    text = (HERE / "ramp.csv").read_text()
    found, _ = loads(write(tmp_path, text + text), "oha_requests")
    assert [each.totals[0].requests for each in found] == [399, 399]
    bare = text.split("\n", 1)[1].replace("\n", "\r\n")
    (made,), _ = loads(write(tmp_path, bare), "oha_requests")
    assert made.totals[0].requests == 399
    none, reading = loads(write(tmp_path, text.split("\n")[0] + "\n"), "oha_requests")
    assert none == [] and "a header and no rows" in reading.notes[0]


def test_a_torn_row_is_bad(tmp_path):
    reading, bad = read(write(tmp_path, (HERE / "ramp.csv").read_text()[:-25]), "oha_requests")
    assert (reading.loads[0].totals[0].requests, bad.count) == (398, 1)


ROW = st.tuples(
    st.floats(0, 30, allow_subnormal=False),
    st.floats(1e-6, 5),
    st.sampled_from([200, 302, 404, 503]),
)


@settings(max_examples=25)
@given(st.lists(ROW, min_size=3, max_size=30))
def test_what_oha_would_write_we_read_back(tmp_path_factory, rows):
    head = "request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status\n"
    text = head + "".join(f"{at},0,0,{took},{took},10,{status}\n" for at, took, status in rows)
    (made,), _ = loads(write(tmp_path_factory.mktemp("csv"), text), "oha_requests")
    total = made.totals[0]
    assert total.requests == len(rows) == made.series[0].requests.sum()
    assert total.failures == sum(status > 399 for *_, status in rows)
    assert total.max_s == max(took for _, took, _ in rows)


def database(path, columns, rows):
    connection = sqlite3.connect(path)
    connection.execute(f"CREATE TABLE oha ({columns})")
    marks = ", ".join("?" for _ in rows[0])
    connection.executemany(f"INSERT INTO oha VALUES ({marks})", rows)
    connection.commit()
    connection.close()
    return path


COLUMNS = (
    "url TEXT NOT NULL, start REAL NOT NULL, start_latency_correction REAL, end REAL NOT NULL, "
    "duration REAL NOT NULL, status INTEGER NOT NULL, len_bytes INTEGER NOT NULL"
)


def test_runs_of_a_database_are_loads_and_a_due_time_is_where_latency_begins(tmp_path):
    rows = [("http://h/a", 1.0 + i, None, 1.5 + i, 0.5, 200, 9, 1795407376) for i in range(5)]
    rows += [("http://h/a", 3.0 + i, 2.0 + i, 3.5 + i, 1.5, 503, 9, 1795407400) for i in range(4)]
    path = database(tmp_path / "two.db", f"{COLUMNS}, run INTEGER NOT NULL", rows)
    (first, second), _ = loads(path, "oha_database")
    assert (first.totals[0].requests, first.from_due, first.open_model) == (5, False, False)
    assert (second.totals[0].failures, second.from_due, second.open_model) == (4, True, True)
    assert second.totals[0].p50_s == 1.5 and second.series[0].at_s[0] == 1795407403


def test_a_database_before_1_8_has_no_time_of_day(tmp_path):
    rows = [("http://h/a", 1.0, None, 1.5, 0.5, 200, 9)]
    (made,), reading = loads(database(tmp_path / "old.db", COLUMNS, rows), "oha_database")
    assert made.relative and "writes no time of day" in reading.notes[0]


def test_a_damaged_database_gives_what_it_holds_or_one_sentence(tmp_path):
    data = (HERE / "ramp.db").read_bytes()
    path = write(tmp_path, data[:30_000])
    reading, _ = read(path, "oha_database")
    assert kind_of(path) == "oha_database"
    assert 0 < reading.loads[0].totals[0].requests < 400 and "breaks off" in reading.notes[0]
    with pytest.raises(UnreadableSource, match="or a damaged one"):
        read(write(tmp_path, data[:100] + b"\xff" * 5000), "oha_database")
