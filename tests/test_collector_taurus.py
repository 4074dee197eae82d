"""Taurus: its final statistics, bzt.log and console."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, read, write

HERE = FIXTURES / "taurus"


def load(path, kind):
    assert kind_of(path) == kind
    reading, bad = read(path, kind)
    (made,) = reading.loads
    return made, reading, bad


@pytest.mark.parametrize("name, length_s", [("jmeter.csv", math.nan), ("jmeter.xml", 22.0)])
def test_final_statistics_are_totals_of_each_label(name, length_s):
    made, reading, bad = load(HERE / name, "taurus_stats")
    totals = {total.route: total for total in made.totals}
    whole = totals[""]
    assert (whole.requests, whole.failures, whole.users, bad.count) == (8040, 1001, 40, 0)
    assert (whole.p50_s, whole.p95_s, whole.p99_s, whole.max_s) == (0.026, 0.216, 0.234, 0.341)
    assert (totals["flaky"].requests, totals["flaky"].failures) == (4000, 1001)
    assert {error.text: error.count for error in made.errors} == {
        "status 502": 413,
        "status 500": 385,
        "status 503": 203,
    }
    assert whole.duration_s == pytest.approx(length_s, nan_ok=True)
    assert "kpi.jtl" in reading.notes[-1]


def test_a_mean_of_nothing_is_unknown():
    made, _, _ = load(HERE / "ab.csv", "taurus_stats")
    assert math.isnan(made.totals[0].mean_s) and made.totals[0].p50_s == 0.101


def test_a_spreadsheets_semicolons_and_decimal_commas_are_read(tmp_path):
    text = (HERE / "jmeter.csv").read_text().replace(",", ";").replace(".", ",")
    text = text.replace("perc_0,0", "perc_0.0").replace("perc_50,0", "perc_50.0")
    path = write(tmp_path, "\ufeff" + text.replace("\n", "\r\n"))
    made, _, bad = load(path, "taurus_stats")
    whole = next(total for total in made.totals if not total.route)
    assert (whole.requests, whole.p50_s, bad.count) == (8040, 0.026, 0)


def test_a_torn_xml_keeps_what_it_has_and_says_so(tmp_path):
    text = (HERE / "jmeter.xml").read_text()
    made, reading, _ = load(write(tmp_path, text[: text.index("</Group>")]), "taurus_stats")
    assert made.totals[0].requests == 4040
    assert any("missing" in note for note in reading.notes)


def test_a_header_alone_is_no_test(tmp_path):
    path = write(tmp_path, (HERE / "jmeter.csv").read_text().splitlines()[0] + "\n")
    assert kind_of(path) == "taurus_stats"
    reading, _ = read(path, "taurus_stats")
    assert reading.loads == [] and "missing" in reading.notes[0]


@pytest.mark.parametrize(
    "name, requests, failures, p95_s, most",
    [("jmeter.log", 8040, 1001, 0.216, 40), ("locust.txt", 5397, 115, 0.125, 60)],
)
def test_the_log_tells_totals_and_some_seconds(name, requests, failures, p95_s, most):
    made, reading, _ = load(HERE / name, "taurus_log")
    total, (series,) = made.totals[0], made.series
    assert (total.requests, total.failures, total.p95_s) == (requests, failures, p95_s)
    assert made.relative and series.users.max() == most
    assert 0 < series.requests.sum() <= requests
    assert any("leave seconds out" in note for note in reading.notes)


def test_a_log_that_was_cut_says_so(tmp_path):
    text = (HERE / "jmeter.log").read_text()
    text = text[: text.index("Test duration")]
    made, reading, _ = load(write(tmp_path, text), "taurus_log")
    assert made.totals == () and made.series
    assert "cut" in reading.notes[0]


def test_its_own_trouble_is_distress(tmp_path):
    text = (HERE / "jmeter.log").read_text()
    text += (
        "[2026-11-23 04:31:57,000 ERROR root] ToolError: JMeter exited with non-zero code: 1\n"
        "[2026-11-23 04:31:57,001 WARNING Engine] OSError: [Errno 24] Too many open files\n"
    )
    _, reading, _ = load(write(tmp_path, text), "taurus_log")
    sizes = {o.metric.split(".")[2]: o.at_s.size for o in reading.occurrences}
    assert sizes["gave_up_per_s"] == 1 and sizes["too_many_open_files_per_s"] == 1


def test_midnight_does_not_turn_time_back(tmp_path):
    line = "{} INFO: Current: 3 vu\t5 succ\t0 fail\t0.018 avg rt\t/\tCumulative: 0.018 avg rt\n"
    text = "".join(line.format(time) for time in ("23:59:58", "23:59:59", "00:00:00", "00:00:01"))
    made, _, _ = load(write(tmp_path, text), "taurus_log")
    assert made.series[0].at_s.tolist() == [1, 2, 3, 4]


@given(rows=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1))
def test_counts_are_kept(tmp_path_factory, rows):
    header = "label,avg_ct,avg_lt,avg_rt,bytes,concurrency,fail,stdev_rt,succ,throughput\n"
    text = header + "".join(
        f"l{at},0,0,0.1,0,5,{failed},0,{good},{good + failed}\n"
        for at, (good, failed) in enumerate(rows)
    )
    made, _, bad = load(write(tmp_path_factory.mktemp("taurus"), text), "taurus_stats")
    assert [(t.requests, t.failures) for t in made.totals] == [(a + b, b) for a, b in rows]
    assert bad.count == 0
