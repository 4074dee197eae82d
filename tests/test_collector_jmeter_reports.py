"""JMeter's dashboard statistics and report tables: totals, percentiles, in any language."""

from __future__ import annotations

import pytest
from reading import FIXTURES, kind_of, read, write


def by_route(reading):
    return {t.route: t for t in reading.loads[0].totals}


def test_the_dashboard_gives_totals_of_each_label():
    path = FIXTURES / "jmeter_statistics" / "statistics.json"
    assert kind_of(path) == "jmeter_statistics"
    reading, bad = read(path, "jmeter_statistics")
    whole = by_route(reading)[""]
    assert (whole.requests, whole.failures, whole.p95_s) == (23156, 4076, 0.933)
    assert whole.duration_s == pytest.approx(50.384, abs=0.001)
    assert not bad.count


def test_a_torn_dashboard_gives_the_labels_that_are_whole(tmp_path):
    text = (FIXTURES / "jmeter_statistics" / "statistics.json").read_text()
    reading, bad = read(write(tmp_path, text[:1500]), "jmeter_statistics")
    assert set(by_route(reading)) == {"T1 browse", "flaky", ""}
    assert bad.count == 1


@pytest.mark.parametrize("name", ["aggregate", "summary"])
def test_a_table_says_the_same_in_every_language(name):
    read_in = {}
    for language in ("", "-de"):
        path = FIXTURES / "jmeter_report_table" / f"{name}{language}.csv"
        assert kind_of(path) == "jmeter_report_table"
        reading, bad = read(path, "jmeter_report_table")
        assert not bad.count
        read_in[language] = {
            route: (t.requests, t.failures, t.throughput_per_s, t.max_s)
            for route, t in by_route(reading).items()
        }
    assert read_in[""] == read_in["-de"]
    assert read_in[""]["/api/checkout?x=1"] == (5803, 2658, 115.4068, 1.161)


def test_percentiles_are_told_by_the_numbers_in_their_names():
    reading, _ = read(FIXTURES / "jmeter_report_table" / "aggregate-de.csv", "jmeter_report_table")
    total = by_route(reading)["flaky"]
    assert (total.p50_s, total.p95_s, total.p99_s) == (0.001, 0.015, 0.032)


def test_another_table_is_left_alone(tmp_path):
    assert kind_of(write(tmp_path, "Label,a,b,c,d,e,f,g,h,i\nx,1,2,3,4,5,6,7,8,9\n")) != (
        "jmeter_report_table"
    )
