"""siege: summaries of old and new versions, siege.log, and a line a request in its guises."""

import math

import numpy as np
from reading import FIXTURES, kind_of, read, write

HERE = FIXTURES / "siege"


def loads(path, kind):
    assert kind_of(path) == kind
    reading, bad = read(path, kind)
    assert bad.count == 0
    return reading.loads, reading


def test_each_summary_of_a_staircase_is_a_level():
    found, _ = loads(HERE / "staircase.err", "siege_summary")
    totals = [each.totals[0] for each in found]
    assert [t.users for t in totals] == [1, 2, 4, 8, 16, 32, 64]
    assert [t.requests for t in totals] == [151, 311, 596, 980, 958, 946, 941]
    assert (totals[-1].mean_s, totals[-1].throughput_per_s, totals[-1].max_s) == (0.33, 189.34, 0.4)


def test_units_are_read_and_not_their_place():
    (made,), reading = loads(HERE / "v4.2.0-b4.err", "siege_summary")
    (total,) = made.totals
    assert (total.mean_s, total.max_s) == (0.06504, 0.35)  # ms since 4.1.7
    assert (total.requests, total.failures) == (2111, 157)
    assert round(total.throughput_per_s, 1) == 327.8  # siege's own rate leaves out failures
    assert ("load.version", "4.2.0-b4") in {(f.name, f.value) for f in reading.facts}
    assert "too high by up to 8%" in reading.notes[0]


def test_json_tells_the_same():
    (made,), _ = loads(HERE / "summary.json", "siege_summary")
    (total,) = made.totals
    assert (total.requests, total.failures, total.mean_s, total.users) == (1914, 0, 0.1, 19.89)


def test_lines_of_errors_say_the_kind_of_failures():
    (made,), _ = loads(HERE / "refused.err", "siege_summary")
    assert (made.totals[0].requests, made.totals[0].failures) == (20, 20)
    assert [(e.kind, e.count) for e in made.errors] == [("refused", 20)]
    assert math.isnan(made.totals[0].mean_s) and math.isnan(made.totals[0].throughput_per_s)


def test_answers_404_count_as_transactions_and_are_failures(tmp_path):
    text = (HERE / "staircase.err").read_text().split("** SIEGE")[1]
    text = ("** SIEGE" + text).replace(
        "Successful transactions:         151", "Successful transactions: 140"
    )
    (made,), _ = loads(write(tmp_path, text), "siege_summary")
    assert (made.totals[0].requests, made.totals[0].failures) == (151, 11)


def test_more_successes_than_transactions_are_no_failures_below_zero(tmp_path):
    text = (HERE / "summary.json").read_text()
    text = text.replace(
        '"successful_transactions":	        1914', '"successful_transactions": 1925'
    )
    (made,), _ = loads(write(tmp_path, text), "siege_summary")
    assert made.totals[0].failures == 0


def test_a_line_of_the_log_is_a_run_with_the_time_of_its_end():
    found, reading = loads(HERE / "siege.log", "siege_log")
    total = found[3].totals[0]
    assert reading.naive and len(found) == 7
    assert (total.requests, total.mean_s, total.users, total.duration_s) == (980, 0.04, 7.97, 4.98)
    assert math.isclose(total.began_s, 1795403601 - 4.98)
    assert "c=1, c=2" in reading.notes[0]


def test_a_log_without_its_header_and_with_a_mark_that_it_gave_up(tmp_path):
    text = (HERE / "siege.log").read_text().split("\n", 1)[1]
    text += "**** siege aborted due to excessive socket failure. ****\n"
    found, reading = loads(write(tmp_path, text), "siege_log")
    (gave_up,) = reading.occurrences
    assert len(found) == 7 and gave_up.metric.endswith("gave_up_per_s")
    assert gave_up.at_s.tolist() == [1795403616.0]


def test_csv_lines_become_a_curve_with_routes():
    (made,), reading = loads(HERE / "v4.2.0-b4.csv.gz", "siege_requests")
    total = made.totals[0]
    assert (total.requests, total.failures, reading.naive) == (2111, 157, True)
    assert (total.p50_s, total.p95_s, total.p99_s, total.max_s) == (0.03, 0.26, 0.3, 0.35)
    assert {t.route for t in made.totals} == {
        "", "/api/items", "/api/flaky", "/api/checkout", "/page1.html"
    }  # fmt: skip
    assert abs(total.throughput_per_s - 327.8) < 10 and not made.own_users
    counted = sum(e.count for e in made.errors)
    assert counted == 157 and {e.kind for e in made.errors} == {"status"}


def test_text_lines_without_times_have_percentiles_and_no_series():
    (made,), reading = loads(HERE / "verbose.txt", "siege_requests")
    assert made.series == () and made.totals[0].requests == 400 and made.totals[0].p95_s > 0
    assert "bear no times" in reading.notes[0]
    (made,), _ = loads(HERE / "display_id.txt", "siege_requests")
    assert made.totals[0].requests == 60


def test_colours_and_a_time_in_front_are_read(tmp_path):
    line = "[Mon, 2026-11-23 03:11:4{}] HTTP/1.1 200   0.05 secs:  2704 bytes ==> GET  /a"
    line = f"\x1b[0;34m{line}\x1b[0m\n"
    (made,), _ = loads(write(tmp_path, line.format(8) + line.format(9)), "siege_requests")
    assert np.array_equal(made.series[0].requests, [1, 1]) and made.totals[0].requests == 2


def test_both_outputs_in_one_file_give_the_summarys_counts():
    (made,), reading = loads(HERE / "aborted.txt", "siege_requests")
    (total,) = made.totals
    assert (total.requests, total.failures) == (3330, 1024)
    assert [(e.kind, e.count) for e in made.errors] == [("other", 1020), ("refused", 4)]
    assert "gave_up" in "".join(o.metric for o in reading.occurrences if o.at_s.size)


def test_counts_that_cannot_be_read_are_a_missing_summary(tmp_path):
    text = (HERE / "v4.2.0-b4.err").read_text().replace("1954    hits", "-nan    hits")
    found, reading = loads(write(tmp_path, text), "siege_summary")
    assert found == [] and "printed no summary" in reading.notes[-1]


def test_a_torn_line_is_bad(tmp_path):
    text = (HERE / "display_id.txt").read_text()
    _, bad = read(write(tmp_path, text[:-20]), "siege_requests")
    assert bad.count == 1
