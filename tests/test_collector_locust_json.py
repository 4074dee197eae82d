"""Locust's totals in JSON and its report in HTML: one run, told twice."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, read, write

from diagnose.errors import UnreadableSource

JSON = FIXTURES / "locust_json" / "final.json.gz"
HTML = FIXTURES / "locust_report" / "report.html.gz"


def load(path, kind):
    assert kind_of(path) == kind
    reading, bad = read(path, kind)
    (made,) = reading.loads
    return made, reading, bad


def test_totals_are_those_that_locust_prints():
    ours, _, bad = load(JSON, "locust_json")
    theirs, _, _ = load(HTML, "locust_report")
    mine = {total.route: total for total in ours.totals}
    assert bad.count == 0 and mine[""].requests == 8785 and mine[""].failures == 220
    for own in theirs.totals:
        total = mine[own.route]
        assert (total.requests, total.failures) == (own.requests, own.failures)
        assert total.mean_s == pytest.approx(own.mean_s)
        for quantity in ("p50_s", "p95_s", "p99_s"):
            assert getattr(total, quantity) == pytest.approx(getattr(own, quantity), rel=0.01)


def test_counts_by_the_second_are_true_ones():
    made, reading, _ = load(JSON, "locust_json")
    series = {each.route: each for each in made.series}
    assert series[""].requests.sum() == 8785 and series[""].failures.sum() == 220
    assert series["GET /api/flaky"].failures.sum() == 213
    assert (series[""].interval_s == 1).all() and "without users" in reading.notes[0]


def test_the_report_has_users_and_failures_by_kind():
    made, reading, _ = load(HTML, "locust_report")
    (series,) = made.series
    assert series.users.max() == 140 and series.at_s.size == 13
    assert series.requests.sum() == pytest.approx(8785, rel=0.04)
    assert sum(error.count for error in made.errors) == 220
    assert {error.kind for error in made.errors} == {"status"}
    assert "smeared" in reading.notes[0]


def test_a_torn_json_gives_nothing_and_says_so(tmp_path):
    path = write(tmp_path, gzip.decompress(JSON.read_bytes())[:4000])
    assert kind_of(path) == "locust_json"
    reading, bad = read(path, "locust_json")
    assert reading.loads == [] and bad.count and "torn" in reading.notes[0]


def test_a_report_without_data_says_what_to_bring(tmp_path):
    path = write(tmp_path, gzip.decompress(HTML.read_bytes()).split(b"window.templateArgs")[0])
    with pytest.raises(UnreadableSource, match="no data"):
        read(path, "locust_report")


def test_rates_that_do_not_add_up_to_the_totals_are_no_series(tmp_path):
    text = (
        gzip.decompress(HTML.read_bytes())
        .decode()
        .replace('"num_requests": 8785', '"num_requests": 99999')
    )
    made, reading, _ = load(write(tmp_path, text), "locust_report")
    assert made.series == () and made.totals and "do not add up" in reading.notes[0]


def test_a_report_of_a_test_without_requests_says_so(tmp_path):
    text = '<html><title>Locust</title><script>window.templateArgs = {"history": []}</script>'
    path = write(tmp_path, text)
    assert kind_of(path) == "locust_report"
    reading, _ = read(path, "locust_report")
    assert reading.loads == [] and reading.notes == ["it holds no requests"]


@given(
    seconds=st.dictionaries(st.integers(0, 100), st.integers(1, 500), min_size=1),
    times=st.dictionaries(st.integers(1, 60_000).map(str), st.integers(1, 500), min_size=1),
)
def test_counts_are_kept(tmp_path_factory, seconds, times):
    entry = {
        "name": "/a",
        "method": "GET",
        "num_requests": sum(seconds.values()),
        "num_failures": 0,
        "last_request_timestamp": 1795404568.0,
        "response_times": times,
        "num_reqs_per_sec": {str(1795404500 + at): count for at, count in seconds.items()},
    }
    path = write(tmp_path_factory.mktemp("locust"), json.dumps([entry]))
    made, _, _ = load(path, "locust_json")
    assert made.series[0].requests.sum() == sum(seconds.values())
    every = sorted(int(ms) for ms, count in times.items() for _ in range(count))
    assert made.totals[0].p50_s * 1000 == pytest.approx(every[(len(every) + 1) // 2 - 1])
