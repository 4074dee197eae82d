"""hey: its summary, and its CSV of old and new versions."""

import math

from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, read, write

HERE = FIXTURES / "hey"
HEADER = (
    "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n"
)


def load(path, kind):
    assert kind_of(path) == kind
    reading, bad = read(path, kind)
    (made,) = reading.loads
    return made, reading, bad


def test_the_summary_is_read():
    made, _, bad = load(HERE / "summary.txt", "hey_summary")
    (total,) = made.totals
    assert (total.requests, total.failures, bad.count) == (3894, 0, 0)
    assert (total.mean_s, total.p50_s, total.p95_s, total.p99_s) == (0.0823, 0.0808, 0.106, 0.1208)
    assert (total.throughput_per_s, total.duration_s, total.max_s) == (193.969, 20.0754, 0.152)
    assert made.open_model is False and math.isnan(total.users)


def test_nothing_answered_has_no_times():
    made, _, _ = load(HERE / "refused.txt", "hey_summary")
    (total,) = made.totals
    assert (total.requests, total.failures, made.errors[0].kind) == (10, 10, "refused")
    assert math.isnan(total.mean_s) and math.isnan(total.p50_s) and math.isnan(total.max_s)


def test_errors_with_the_senders_port_are_one_and_tell_of_its_own_limits(tmp_path):
    text = (
        (HERE / "refused.txt")
        .read_text()
        .replace(
            "  [10]\tGet",
            '  [3]\tGet "http://h/": dial tcp 10.0.0.1:4711->10.0.0.2:80: connect: cannot assign '
            'requested address\n  [2]\tGet "http://h/": dial tcp 10.0.0.1:4712->10.0.0.2:80: '
            "connect: cannot assign requested address\n  [10]\tGet",
        )
    )
    made, reading, _ = load(write(tmp_path, text), "hey_summary")
    assert [e.count for e in made.errors] == [10, 5]
    sizes = {o.metric.split(".")[2]: o.at_s.size for o in reading.occurrences}
    assert sizes["no_local_address_per_s"] == 5


def test_rows_become_a_curve_in_seconds_since_hey_began():
    made, reading, bad = load(HERE / "c1.csv", "hey_requests")
    (total,), (series,) = made.totals, made.series
    assert (total.requests, total.p50_s, total.max_s, bad.count) == (156, 0.0308, 0.0689, 0)
    assert made.relative and not made.own_users and series.requests.sum() == 156
    assert round(series.users[1:4].mean()) == 1  # -c 1
    assert "no time of day" in reading.notes[0] and "no row" in reading.notes[1]


def test_the_oldest_columns_tell_how_long_requests_took(tmp_path):
    rows = "0.0240,0.0003,0.0000,0.0001,0.0235,0.0002\n0.0300,0,0,0,0.0290,0.0001\n"
    header = HEADER.replace(",status-code,offset", "")
    made, reading, _ = load(write(tmp_path, header + rows), "hey_requests")
    assert made.series == () and made.totals[0].requests == 2 and made.totals[0].p50_s == 0.024
    assert "neither status nor time" in reading.notes[0]


def test_statuses_of_400_and_above_fail_and_a_torn_row_is_bad(tmp_path):
    rows = "0.0240,0,0,0,0.0235,0.0002,503,0.0164\n0.0297,0,0,0,0.0290,0.0001,200,0.01\n0.04,0,0"
    made, _, bad = load(write(tmp_path, HEADER + rows), "hey_requests")
    assert (made.totals[0].failures, made.errors[0].text, bad.count) == (1, "status 503", 1)


def test_a_spreadsheets_semicolons_and_decimal_commas_are_read(tmp_path):
    text = (HERE / "c1.csv").read_text().replace(",", ";").replace(".", ",")
    made, _, bad = load(write(tmp_path, text.replace("\n", "\r\n")), "hey_requests")
    assert (made.totals[0].requests, made.totals[0].p50_s, bad.count) == (156, 0.0308, 0)


def test_rows_are_known_without_their_header(tmp_path):
    made, _, bad = load(
        write(tmp_path, (HERE / "c1.csv").read_text().split("\n", 1)[1]), "hey_requests"
    )
    assert (made.totals[0].requests, bad.count) == (156, 0)


def test_a_header_alone_says_that_nothing_was_answered(tmp_path):
    reading, _ = read(write(tmp_path, HEADER.rstrip()), "hey_requests")
    assert reading.loads == [] and "no request was answered" in reading.notes[0]


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 9)), min_size=1, max_size=60))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    lines = [f"{took:.4f},0,0,0,0,0,200,{began:.4f}\n" for began, took in rows]
    path = write(tmp_path_factory.mktemp("written"), HEADER + "".join(lines))
    made, _, bad = load(path, "hey_requests")
    assert bad.count == 0 and made.totals[0].requests == len(rows)
    assert math.isclose(made.totals[0].max_s, max(t for _, t in rows), abs_tol=1e-4)
