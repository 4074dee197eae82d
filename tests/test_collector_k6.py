"""k6: samples in CSV and JSON, its summaries, its console, its web dashboard."""

import gzip
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, read, write

from diagnose.errors import UnreadableSource

CSV = FIXTURES / "k6_csv"
HEADER = (
    "metric_name,timestamp,metric_value,error,error_code,expected_response,method,name,status\n"
)


def load(path, kind):
    assert kind_of(path) == kind
    reading, bad = read(path, kind)
    (made,) = reading.loads
    return made, reading, bad


def row(at, took_ms, *tags, metric="http_req_duration"):
    return ",".join(
        (metric, str(at), str(took_ms), *(tags or ("", "", "true", "GET", "/a", "200")))
    )


def found(reading, slug):
    return next(o for o in reading.occurrences if slug in o.metric).at_s.size


def test_samples_become_a_curve_with_users_and_routes():
    made, reading, bad = load(CSV / "arrival-rate.csv", "k6_csv")
    (total, *routes), (series, *_) = made.totals, made.series
    assert (total.requests, total.failures, bad.count) == (19, 1, 0)
    assert series.requests.sum() == 19 and series.users[-1] == 2 and made.own_users
    assert {t.route for t in routes} >= {"GET items"} and made.errors[0].kind == "status"
    assert any("whole seconds" in note for note in reading.notes)


def test_dropped_iterations_are_the_generators_distress_and_show_an_open_model():
    made, reading, _ = load(CSV / "arrival-rate.csv", "k6_csv")
    assert found(reading, "too_few_users") == 4 and made.open_model


def test_the_wait_for_a_connection_is_in_the_times():
    made, reading, _ = load(CSV / "unix-milli.csv", "k6_csv")
    assert made.totals[0].requests == 23 and made.totals[0].max_s > 0.12
    assert "http_req_blocked" in reading.notes[0]


@pytest.mark.parametrize("stamp", ["1795404371", "1795404371000", "2026-11-23T03:26:11Z"])
def test_every_form_of_time_is_the_same_second(tmp_path, stamp):
    made, _, _ = load(write(tmp_path, HEADER + row(stamp, 20.0) + "\n"), "k6_csv")
    assert int(made.series[0].at_s[0]) in (1795404371, 1795404372)


@pytest.mark.parametrize(
    "code, kind", [("1050", "timeout"), ("1212", "refused"), ("1220", "reset"), ("1101", "dns")]
)
def test_a_request_without_an_answer_keeps_its_kind(tmp_path, code, kind):
    text = HEADER + row(1795404371, 20.0, "", code, "false", "GET", "/a", "0") + "\n"
    made, _, _ = load(write(tmp_path, text), "k6_csv")
    assert (made.totals[0].failures, made.errors[0].kind) == (1, kind)


def test_a_torn_last_row_and_foreign_lines_are_noted(tmp_path):
    text = (CSV / "unix-milli.csv").read_text()
    made, reading, _ = load(write(tmp_path, text + "http_req_dura"), "k6_csv")
    assert made.totals[0].requests == 23
    assert any("no end" in note for note in reading.notes)


def test_two_runs_in_one_file_are_two_loads(tmp_path):
    text = (CSV / "unix-milli.csv").read_text()
    reading, bad = read(write(tmp_path, text + text), "k6_csv")
    assert [made.totals[0].requests for made in reading.loads] == [23, 23]
    assert bad.count == 0 and len(reading.notes) == len(set(reading.notes))


def test_a_header_alone_is_said(tmp_path):
    path = write(tmp_path, HEADER)
    assert kind_of(path) == "k6_csv"
    reading, _ = read(path, "k6_csv")
    assert reading.loads == [] and reading.notes == ["it has a header and no samples"]


def test_a_spreadsheets_csv_is_read(tmp_path):
    text = (CSV / "unix-milli.csv").read_text().replace(",", ";").replace(".", ",")
    made, _, bad = load(write(tmp_path, "\ufeff" + text.replace("\n", "\r\n")), "k6_csv")
    assert (made.totals[0].requests, bad.count) == (23, 0) and made.totals[0].max_s > 0.12


def test_json_lines_become_a_curve():
    made, _, bad = load(FIXTURES / "k6_json" / "samples.json.gz", "k6_json")
    assert (made.totals[0].requests, made.series[0].requests.sum(), bad.count) == (18, 18, 0)


def test_a_torn_json_line_is_bad_and_the_rest_is_read(tmp_path):
    text = gzip.decompress((FIXTURES / "k6_json" / "samples.json.gz").read_bytes()).rstrip()
    cut = text.rfind(b'"http_req_duration"')
    made, _, bad = load(write(tmp_path, text[: cut + 60]), "k6_json")
    assert made.totals[0].requests == 17 and bad.count == 1


@pytest.mark.parametrize(
    "name, requests, failures, p95_s, users",
    [
        ("export.json", 18135, 3, 1.0607, 274),
        ("handleSummary.json", 2526, 0, 0.1509, 29),
        ("new.json", 4485, 0, 0.1471, 39),
    ],
)
def test_every_shape_of_summary_is_read(name, requests, failures, p95_s, users):
    made, _, _ = load(FIXTURES / "k6_summary" / name, "k6_summary")
    (total,) = made.totals
    assert (total.requests, total.failures, total.users) == (requests, failures, users)
    assert total.p95_s == pytest.approx(p95_s, abs=1e-4)


def test_a_torn_summary_says_so(tmp_path):
    path = write(tmp_path, (FIXTURES / "k6_summary" / "export.json").read_text()[:3000])
    with pytest.raises(UnreadableSource, match="torn"):
        read(path, "k6_summary")


def test_failures_that_nobody_counted_are_unknown(tmp_path):
    text = '{"root_group":{},"metrics":{"http_reqs":{"count":9,"rate":3},"vus_max":{"value":1}}}'
    made, _, _ = load(write(tmp_path, text), "k6_summary")
    assert made.totals[0].requests == 9 and math.isnan(made.totals[0].failures)


@pytest.mark.parametrize(
    "name, requests, open_model", [("arrival-rate.txt", 18135, True), ("vus.txt", 4485, False)]
)
def test_the_console_tells_totals_and_the_model(name, requests, open_model):
    made, reading, _ = load(FIXTURES / "k6_console" / name, "k6_console")
    assert made.totals[0].requests == requests and made.open_model is open_model
    assert "--out csv" in reading.notes[-1]


def test_a_log_of_too_few_users_is_distress(tmp_path):
    text = (
        'time="2026-11-23T03:26:40Z" level=warning msg="Insufficient VUs, reached 300 active VUs '
        'and cannot initialize more" executor=ramping-arrival-rate scenario=ramp\n'
        'time="2026-11-23T03:26:41Z" level=warning msg="Request Failed" error="Get '
        'dial tcp 127.0.0.1:80: socket: too many open files"\n'
    )
    path = write(tmp_path, text)
    assert kind_of(path) == "k6_console"
    reading, _ = read(path, "k6_console")
    assert found(reading, "too_few_users") == found(reading, "too_many_open_files") == 1
    assert "no summary" in reading.notes[0]


@pytest.mark.parametrize("name", ["record.ndjson.gz", "report.html"])
def test_the_dashboard_is_a_series_of_its_periods(name):
    made, reading, _ = load(FIXTURES / "k6_dashboard" / name, "k6_dashboard")
    (series,) = made.series
    assert (made.totals[0].requests, series.requests.sum(), series.at_s.size) == (4418, 4417, 35)
    assert np.nanmax(series.users) == 39 and "periods of 1 s" in reading.notes[-1]


@given(took=st.lists(st.floats(0.001, 60_000), min_size=1, max_size=50))
def test_whatever_is_written_is_counted(tmp_path_factory, took):
    lines = (row(1795404371000 + at, f"{ms:.6f}") for at, ms in enumerate(took))
    path = write(tmp_path_factory.mktemp("k6"), HEADER + "\n".join(lines) + "\n")
    made, _, bad = load(path, "k6_csv")
    assert (made.totals[0].requests, bad.count) == (len(took), 0)
    assert made.totals[0].max_s == pytest.approx(max(took) / 1000, abs=1e-6)
