"""ab: its summary as text and HTML, a row a request (-g), percentiles (-e), and its last words."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, read, write

HERE = FIXTURES / "ab"
GNUPLOT = "starttime\tseconds\tctime\tdtime\tttime\twait\n"


def load(path, kind):
    assert kind_of(path) == kind
    reading, bad = read(path, kind)
    (made,) = reading.loads
    return made, reading, bad


def test_the_summary_is_read_and_bodies_of_another_length_are_no_failures():
    made, reading, bad = load(HERE / "saturated.txt", "ab_summary")
    (total,) = made.totals
    assert (total.requests, total.failures, total.users) == (6000, 0, 40)
    assert (total.p50_s, total.p95_s, total.p99_s, total.max_s) == (0.205, 0.235, 0.251, 0.289)
    assert (total.throughput_per_s, total.duration_s, total.mean_s) == (194.16, 30.903, 0.205)
    assert (made.open_model, made.series, made.errors, bad.count) == (False, (), (), 0)
    assert "5,988 bodies were of another length" in reading.notes[0]


def test_real_failures_are_counted_by_kind(tmp_path):
    text = (HERE / "saturated.txt").read_text()
    text = text.replace(
        "(Connect: 0, Receive: 0, Length: 5988, Exceptions: 0)",
        "(Connect: 2, Receive: 7, Length: 5988, Exceptions: 1)\nNon-2xx responses:      40",
    )
    made, _, _ = load(write(tmp_path, text), "ab_summary")
    assert made.totals[0].failures == 50
    assert [(e.count, e.kind) for e in made.errors] == [
        (40, "status"),
        (7, "reset"),
        (2, "refused"),
        (1, "other"),
    ]


def test_the_html_table_tells_the_same():
    made, _, _ = load(HERE / "table.html", "ab_summary")
    (total,) = made.totals
    assert (total.requests, total.failures, total.users, total.max_s) == (400, 0, 10, 0.111)
    assert (total.throughput_per_s, total.duration_s) == (186.61, 2.144)


def test_rows_become_a_curve_whose_failures_are_not_known():
    made, reading, bad = load(HERE / "c1.tsv", "ab_gnuplot")
    (total,) = made.totals
    (whole,) = made.series
    assert (total.requests, total.p50_s, total.p95_s, bad.count) == (194, 0.03, 0.05, 0)
    assert whole.requests.sum() == 194 and np.isnan(whole.failures).all()
    assert whole.at_s[0] == 1795403194.0 and not reading.naive and not made.relative
    # What its own text says of the same run: 6.0 s, 32.3 a second.
    assert abs(total.duration_s - 6.0) < 0.2 and abs(total.throughput_per_s - 32.3) < 1
    assert any("failures" in note for note in reading.notes)


def test_rows_are_known_without_their_header(tmp_path):
    text = (HERE / "c1.tsv").read_text().split("\n", 1)[1]
    made, _, bad = load(write(tmp_path, text), "ab_gnuplot")
    assert (made.totals[0].requests, bad.count) == (194, 0)


def test_two_tables_are_two_runs_and_a_torn_row_is_bad(tmp_path):
    text = (HERE / "c1.tsv").read_text()
    reading, bad = read(write(tmp_path, text + text[:-9]), "ab_gnuplot")
    assert [each.totals[0].requests for each in reading.loads] == [194, 193]
    assert bad.count == 1


def test_percentiles_stand_without_counts():
    made, reading, _ = load(HERE / "c1.csv", "ab_percentiles")
    (total,) = made.totals
    assert math.isnan(total.requests) and math.isnan(total.failures)
    assert math.isclose(total.p50_s, 0.03, abs_tol=0.001)
    assert "percentiles only" in reading.notes[0]


def test_last_words_say_why_it_gave_up():
    made, reading, _ = load(HERE / "refused.err", "ab_summary")
    assert made.totals == () and made.errors[0].kind == "refused"
    given_up = [o for o in reading.occurrences if o.metric.endswith("gave_up_per_s")]
    assert given_up[0].at_s.size == 1 and "ab -r" in reading.notes[0]


def test_the_generators_own_limits_are_heard(tmp_path):
    text = "Completed 100 requests\nsocket: Too many open files (24)\n"
    reading, _ = read(write(tmp_path, text), "ab_summary")
    sizes = {o.metric.split(".")[2]: o.at_s.size for o in reading.occurrences}
    assert sizes["too_many_open_files_per_s"] == 1 and sizes["no_local_address_per_s"] == 0


def test_both_outputs_in_one_file_and_runs_one_behind_another(tmp_path):
    one = "Completed 600 requests\nFinished 6000 requests\n" + (HERE / "saturated.txt").read_text()
    reading, bad = read(write(tmp_path, one + (HERE / "c1.txt").read_text()), "ab_summary")
    assert [each.totals[0].users for each in reading.loads] == [40, 1] and bad.count == 0


def test_headers_and_bodies_of_verbose_output_are_passed_over(tmp_path):
    noise = (
        "LOG: header received:\nHTTP/1.1 200 OK\nServer: nginx\n\n{}\nLOG: Response code = 200\n"
    )
    text = (HERE / "c1.txt").read_text().replace("\n\n\nServer Soft", f"\n{noise}\n\nServer Soft")
    made, _, bad = load(write(tmp_path, text), "ab_summary")
    assert made.totals[0].requests == 194 and bad.count == 0


@given(st.lists(st.tuples(st.integers(10**9, 10**9 + 60), st.integers(0, 10**5)), min_size=1))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    lines = [f"Mon Nov 23 03:05:59 2026\t{s}\t0\t{ms}\t{ms}\t{ms}\n" for s, ms in rows]
    reading, bad = read(
        write(tmp_path_factory.mktemp("written"), GNUPLOT + "".join(lines)), "ab_gnuplot"
    )
    (made,) = reading.loads
    assert bad.count == 0 and made.totals[0].requests == len(rows)
    assert math.isclose(made.totals[0].max_s, max(ms for _, ms in rows) / 1000)
