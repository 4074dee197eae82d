"""Locust's stats history: counts are differences of totals, whatever the version."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, write

from diagnose.errors import UnreadableSource
from diagnose.rawfile import Head
from diagnose.readings import LoadSeries

HERE = FIXTURES / "locust_history"
NEW = (
    "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,95%,99%,100%,Total Request Count,"
    "Total Failure Count,Total Median Response Time,Total Average Response Time,"
    "Total Min Response Time,Total Max Response Time,Total Average Content Size\n"
)
OLD = (
    '"Type","Name","Timestamp","# requests","# failures","Requests/s","Requests Failed/s",'
    '"Median response time","Average response time","Min response time","Max response time",'
    '"Average Content Size","50%","95%","99%","100%"\n'
)


def row(at, n, failed=0, mean=100.0, users=5, top=200):
    return (
        f"{at},{users},,Aggregated,1.0,0.0,90,150,190,{top},{n},{failed},90,{mean},5,{top},1000.5\n"
    )


def whole(path) -> LoadSeries:
    reading, _ = read(path, "locust_history")
    return reading.loads[0].series[0]


@pytest.mark.parametrize(
    ("name", "requests", "failures", "mean_s", "routes"),
    [
        ("full.csv", 4941, 143, 0.100065, 3),
        ("aggregated.csv", 9150, 215, 0.193366, 0),
        ("distributed.csv", 1025, 14, 0.265905, 3),
    ],
)
def test_the_sums_are_those_of_locusts_last_row(name, requests, failures, mean_s, routes):
    assert kind_of(HERE / name) == "locust_history"
    reading, bad = read(HERE / name, "locust_history")
    overall, *others = reading.loads[0].series
    assert (overall.route, len(others), bad.count) == ("", routes, 0)
    assert (np.nansum(overall.requests), np.nansum(overall.failures)) == (requests, failures)
    own = np.nansum(overall.requests * np.nan_to_num(overall.mean_s)) / requests
    assert own == pytest.approx(mean_s, abs=1e-6)
    assert np.isfinite(overall.interval_s).all()
    if others:
        assert sum(np.nansum(s.requests) for s in others) == requests


def test_routes_bear_their_method_and_times_are_seconds():
    reading, _ = read(HERE / "full.csv", "locust_history")
    series = {s.route: s for s in reading.loads[0].series}
    assert sorted(series) == ["", "GET /api/flaky", "GET /api/items", "GET /page1.html"]
    assert series["GET /api/items"].at_s[0] == 1795404911
    assert series[""].users.max() == 60
    assert not reading.naive and reading.loads[0].open_model is False


def test_percentiles_of_the_whole_test_so_far_are_left_out_and_those_of_a_window_kept():
    cumulative, windowed = whole(HERE / "aggregated.csv"), whole(HERE / "full.csv")
    assert np.isnan(cumulative.p95_s).all() and "left out" in cumulative.notes[0]
    assert np.nanmax(windowed.p95_s) < 1 and "last ten seconds" in windowed.notes[0]


def test_bursts_of_a_distributed_run_are_told_of():
    assert any("bursts" in note for note in whole(HERE / "distributed.csv").notes)
    assert not any("bursts" in note for note in whole(HERE / "full.csv").notes)


def test_old_columns_with_whole_milliseconds_and_no_users(tmp_path):
    lines = [(0, 0, 0), (50, 1, 100), (100, 2, 150), (5000, 2, 152), (5010, 2, 152)]
    text = OLD + "\n".join(
        f'"None","Aggregated","{1795404500 + 2 * i}",{n},{f},9.00,0.00,99,{mean},5,900,1000.00,'
        "90,150,190,300"
        for i, (n, f, mean) in enumerate(lines)
    )
    path = write(tmp_path, text)
    assert kind_of(path) == "locust_history"
    series = whole(path)
    np.testing.assert_array_equal(series.requests, [0, 50, 50, 4900, 10])
    np.testing.assert_allclose(series.mean_s[[1, 2]], [0.1005, 0.2005])
    assert np.isnan(series.mean_s[4])  # ten requests of 5,010 hide behind the milliseconds
    assert np.isnan(series.users).all() and series.p95_s[1] == 0.15


def test_of_two_runs_one_behind_another_the_last_long_one_is_read(tmp_path):
    first = "".join(row(1000000000 + i, 10 * i) for i in range(20))
    second = "".join(row(1000009000 + i, 10 * i) for i in range(30))
    short = "".join(row(1000019000 + i, i) for i in range(3))
    path = write(tmp_path, NEW + first + NEW + second + short)
    series = whole(path)
    assert (series.requests.sum(), series.at_s[0], series.lines[0]) == (290, 1000009000, 23)
    assert any("3 runs" in note for note in series.notes)


def test_counters_set_back_within_a_run_cost_one_interval_only(tmp_path):
    counts = [0, 10, 20, 3, 13, 23]
    path = write(tmp_path, NEW + "".join(row(1000000000 + i, n) for i, n in enumerate(counts)))
    series = whole(path)
    np.testing.assert_array_equal(series.requests, [0, 10, 10, np.nan, 10, 10])
    assert any("set back" in note for note in series.notes)


def test_a_clock_that_goes_back_leaves_counts_alone(tmp_path):
    times = [100, 101, 102, 42, 43]
    path = write(tmp_path, NEW + "".join(row(10**9 + t, 10 * i) for i, t in enumerate(times)))
    series = whole(path)
    assert series.requests.sum() == 40 and np.isnan(series.interval_s[3])
    assert any("line 5: the clock went back by 60 s" in note for note in series.notes)


def test_what_ended_before_the_first_row_is_in_an_interval_of_unknown_length(tmp_path):
    path = write(tmp_path, NEW + row(10**9, 500) + row(10**9 + 1, 510))
    series = whole(path)
    assert np.isnan(series.interval_s[0]) and series.requests.tolist() == [500, 10]


@pytest.mark.parametrize("change", ["crlf", "bom", "semicolon", "utf16"])
def test_a_spreadsheet_may_have_saved_it(tmp_path, change):
    text = NEW + "".join(row(10**9 + i, 10 * i, mean=100.5) for i in range(5))
    changed = {
        "crlf": text.replace("\n", "\r\n").encode(),
        "bom": b"\xef\xbb\xbf" + text.encode(),
        "semicolon": ("sep=;\n" + text.replace(",", ";").replace(".", ",")).encode(),
        "utf16": text.encode("utf-16"),
    }[change]
    path = write(tmp_path, changed)
    assert kind_of(path) == "locust_history"
    assert whole(path).requests.sum() == 40 and whole(path).mean_s[1] == pytest.approx(0.1005)


def test_a_torn_tail_is_one_bad_line(tmp_path):
    path = write(tmp_path, (HERE / "full.csv").read_bytes()[:-60])
    reading, bad = read(path, "locust_history")
    assert bad.count == 1 and bad.kept[0][0] == 82
    assert len(reading.loads[0].series) == 4


def test_a_header_alone_says_so_and_one_without_totals_is_refused(tmp_path):
    reading, _ = read(write(tmp_path, NEW), "locust_history")
    assert reading.loads == [] and reading.notes == ["the history has a header and no rows"]
    cut = "Timestamp,User Count,Type,Name,Requests/s\n1000000000,5,,Aggregated,1.0\n"
    with pytest.raises(UnreadableSource, match="request totals"):
        read(write(tmp_path, cut), "locust_history")


def test_other_tables_with_a_timestamp_are_not_claimed():
    jtl = (
        b"timeStamp,elapsed,label,responseCode,success,Latency\n1795404500123,52,GET /,200,true,9\n"
    )
    k6 = b"metric_name,timestamp,metric_value,check,error\nhttp_reqs,1795404500,1,,\n"
    assert {kind_of_head(Head.of(raw)) for raw in (jtl, k6)}.isdisjoint({"locust_history"})


@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 3), st.floats(0.1, 9999)), min_size=1)
)
def test_what_we_write_we_read_back(tmp_path_factory, ended):
    text, n, failed, summed = NEW + row(10**9, 0), 0, 0, 0.0
    for i, (more, fails, mean) in enumerate(ended, start=1):
        n, failed, summed = n + more, failed + min(fails, more), summed + more * mean
        text += row(10**9 + i, n, failed, summed / n if n else 0.0)
    series = whole(write(tmp_path_factory.mktemp("written"), text))
    np.testing.assert_array_equal(series.requests, [0, *(more for more, _, _ in ended)])
    assert series.failures.sum() == failed
    assert np.isnan(series.p50_s).all()
