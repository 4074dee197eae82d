"""Locust's totals, of new and of old versions."""

import math

from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, write

from diagnose.rawfile import Head

HERE = FIXTURES / "locust_stats"
NEW = (
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,"
    "Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,95%,99%\n"
)


def totals(path):
    reading, bad = read(path, "locust_stats")
    return {t.route: t for load in reading.loads for t in load.totals}, reading, bad


def test_a_real_file_is_told_by_its_content_and_read():
    assert kind_of(HERE / "stats.csv") == "locust_stats"
    found, reading, bad = totals(HERE / "stats.csv")
    assert list(found) == ["GET /items/[id]", "POST /orders", "GET /search", ""]
    whole = found[""]
    assert (whole.requests, whole.failures, whole.line) == (4842, 249, 5)
    assert (whole.p50_s, whole.p95_s, whole.p99_s) == (0.24, 1.7, 3.9)
    assert round(whole.mean_s, 6) == 0.517058 and round(whole.throughput_per_s, 2) == 92.72
    assert (bad.count, reading.notes) == (0, [])


def test_old_columns_are_read_and_what_they_lack_is_not_measured():
    assert kind_of(HERE / "requests_0.12.csv") == "locust_stats"
    found, _, _ = totals(HERE / "requests_0.12.csv")
    assert (found[""].requests, found[""].failures, found[""].mean_s) == (3321, 76, 0.063)
    assert found["GET /api/items"].p50_s == 0.089 and math.isnan(found[""].p95_s)


def test_a_file_of_percentiles_alone_says_where_the_counts_are():
    assert kind_of(HERE / "distribution_0.12.csv") == "locust_stats"
    found, reading, _ = totals(HERE / "distribution_0.12.csv")
    assert found == {} and "percentiles only" in reading.notes[0]


def test_no_requests_at_all_have_no_mean(tmp_path):
    row = ",Aggregated,0,0,0,0.0,0,0,0,0.0,0.0" + ",N/A" * 3 + "\n"
    found, _, _ = totals(write(tmp_path, NEW + row))
    assert found[""].requests == 0 and math.isnan(found[""].mean_s)


def test_of_two_tables_the_last_one_counts_and_a_torn_row_is_bad(tmp_path):
    text = (HERE / "stats.csv").read_text()
    found, reading, bad = totals(write(tmp_path, text + text[:-70]))
    assert "" not in found and len(found) == 3 and bad.count == 1
    assert "2 tables" in reading.notes[0] and "missing" in reading.notes[1]


def test_a_history_and_a_jtl_are_not_claimed():
    history = b"Timestamp,User Count,Type,Name,Requests/s,50%,100%,Total Request Count\n"
    jtl = b"timeStamp,elapsed,label,responseCode\n"
    assert kind_of_head(Head.of(history)) == "locust_history"
    assert kind_of_head(Head.of(jtl)) != "locust_stats"


NAMES = st.text(st.characters(blacklist_categories=["C", "Z"]), min_size=1, max_size=30)


@given(NAMES, st.integers(1, 10**7), st.integers(0, 10**6), st.floats(0.001, 1e6))
def test_what_we_write_we_read_back(tmp_path_factory, name, requests, failures, mean):
    quoted = '"' + name.replace('"', '""') + '"'
    row = f"GET,{quoted},{requests},{failures},5,{mean},1,9,3,2.5,0.0,5,8,9\r\n"
    found, _, bad = totals(write(tmp_path_factory.mktemp("written"), NEW + row))
    assert bad.count == 0
    (total,) = found.values()
    assert (total.route, total.requests, total.failures) == (f"GET {name}", requests, failures)
    assert math.isclose(total.mean_s, mean / 1000)
