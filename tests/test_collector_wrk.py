"""wrk and wrk2: told apart, with the latencies of each as it means them."""

import math

import pytest
from reading import FIXTURES, kind_of, read, write

WRK, WRK2 = FIXTURES / "wrk", FIXTURES / "wrk2"


def load(path, kind):
    assert kind_of(path) == kind
    reading, bad = read(path, kind)
    assert bad.count == 0
    (made,) = reading.loads
    return made, reading


def test_units_of_each_number_are_read():
    made, _ = load(WRK / "errors.txt", "wrk")
    (total,) = made.totals
    assert (total.requests, total.failures, total.users) == (41459, 10305, 20)
    assert (total.mean_s, total.p50_s, total.p99_s) == (0.00696, 0.00415, 0.04992)
    assert (total.throughput_per_s, total.duration_s, total.max_s) == (4109.1, 10.09, 0.16403)
    assert math.isnan(total.p95_s) and made.open_model is False
    assert [(e.kind, e.count) for e in made.errors] == [("status", 10305)]


def test_without_latency_there_are_no_percentiles():
    made, _ = load(WRK / "plain.txt", "wrk")
    assert made.totals[0].requests == 57076 and math.isnan(made.totals[0].p50_s)


def test_socket_errors_are_requests_that_failed_and_late_answers_are_said(tmp_path):
    text = (
        (WRK / "plain.txt")
        .read_text()
        .replace(
            "Requests/sec",
            "  Socket errors: connect 155, read 110, write 0, timeout 9\nRequests/sec",
        )
    )
    made, reading = load(write(tmp_path, text), "wrk")
    assert (made.totals[0].requests, made.totals[0].failures) == (57076 + 265, 274)
    assert {e.kind: e.count for e in made.errors} == {"refused": 155, "reset": 110, "timeout": 9}
    assert "265 socket errors" in reading.notes[0] and "9 answers came later" in reading.notes[1]


def test_no_connection_is_one_line_on_stderr():
    made, reading = load(WRK / "refused.err", "wrk")
    assert made.totals == () and made.errors[0].kind == "refused"
    assert reading.occurrences[0].metric.endswith("gave_up_per_s")


def test_runs_one_behind_another_are_levels_and_a_killed_one_says_so(tmp_path):
    text = (WRK / "plain.txt").read_text()
    begun = "\n".join(text.split("\n")[:2]) + "\n"
    reading, _ = read(write(tmp_path, (WRK / "errors.txt").read_text() + text + begun), "wrk")
    assert [each.totals[0].users for each in reading.loads] == [20, 8]
    assert "was killed" in reading.notes[-1]


def test_a_scripts_json_is_read_where_its_names_say_the_unit(tmp_path):
    made, _ = load(WRK / "done.json", "wrk_done_json")
    (total,) = made.totals
    assert (total.requests, total.failures, total.p95_s) == (1947, 0, 0.128777)
    assert round(total.throughput_per_s, 2) == 192.83  # as its text says
    without = (WRK / "done.json").read_text().replace("latency_us", "latency")
    assert kind_of(write(tmp_path, without)) != "wrk_done_json"


def test_wrk2_counts_latency_from_when_a_request_was_due():
    made, reading = load(WRK2 / "below.txt", "wrk2")
    (total,) = made.totals
    assert (total.requests, total.users, total.throughput_per_s) == (1514, 40, 100.9)
    assert (total.p50_s, total.p95_s, total.p99_s) == pytest.approx((0.075839, 0.130239, 0.15334))
    assert (total.mean_s, total.max_s) == (0.077383, 0.166272)
    assert made.open_model is True and made.from_due and math.isnan(total.offered_per_s)
    assert "does not print the rate" in reading.notes[0] and "495 of 1,514" in reading.notes[1]


def test_a_run_below_its_calibration_is_wrk2s_as_well():
    made, reading = load(WRK2 / "short.txt", "wrk2")
    assert made.totals[0].requests == 933 and len(reading.notes) == 1


def test_the_uncorrected_block_is_kept_apart():
    made, reading = load(WRK2 / "uncorrected.txt", "wrk2")
    (total,) = made.totals
    found = (total.p50_s, total.p95_s, total.p99_s)
    assert found == pytest.approx((17.367039, 25.313279, 26.0))
    assert "p50 379 ms, p99 645 ms" in reading.notes[-1]


def test_a_rate_in_the_command_line_above_is_the_one_that_was_asked_for(tmp_path):
    text = "$ wrk2 -t2 -c40 -d15s -R150 --latency http://h/\n" + (WRK2 / "below.txt").read_text()
    made, reading = load(write(tmp_path, text), "wrk2")
    assert made.totals[0].offered_per_s == 150
    assert "rate was not reached: 101/s of 150/s" in reading.notes[0]
    (short,) = reading.occurrences
    assert short.metric.endswith("too_few_users_per_s")
