"""httperf: its summary, its rates every five seconds, and its own limits."""

import math

from reading import FIXTURES, kind_of, read, write

HERE = FIXTURES / "httperf"
PERIODS = "[1.000000 s] 200=40, 302=1\n[2.000121 s] 200=38, 302=0\n[3.000201 s] 200=41, 302=0\n"


def load(path):
    assert kind_of(path) == "httperf"
    reading, bad = read(path, "httperf")
    assert bad.count == 0
    (made,) = reading.loads
    return made, reading


def test_the_summary_is_read_with_the_rate_of_its_command_line():
    made, _ = load(HERE / "overload.txt")
    (total,) = made.totals
    assert (total.requests, total.failures, total.offered_per_s) == (5200, 1021, 260)
    assert math.isclose(total.mean_s, 1.5921) and total.p50_s == 1.8145
    assert total.duration_s == 21.827 and round(total.throughput_per_s, 1) == 238.2
    assert made.open_model is True and made.errors[0].text == "status 5xx"


def test_time_outs_are_failures_of_their_kind_and_in_no_response_time():
    made, reading = load(HERE / "timeouts.txt")
    (total,) = made.totals
    assert (total.requests, total.failures) == (2600, 1797)
    assert [(e.kind, e.count) for e in made.errors] == [("timeout", 1797)]
    assert "1,797 calls timed out" in reading.notes[0]


def test_verbose_rates_are_a_series_without_a_clock():
    made, reading = load(HERE / "verbose.txt")
    (series,) = made.series
    assert made.relative and series.at_s.tolist() == [5, 10, 15]
    assert [round(n) for n in series.requests] == [496, 502, 499]
    assert "no time of day" in reading.notes[0]


def test_periodic_stats_are_a_series_by_second(tmp_path):
    text = (HERE / "verbose.txt").read_text().replace("reply-rate = 99.2", PERIODS)
    made, _ = load(write(tmp_path, text))
    assert made.series[0].requests.tolist() == [41, 38, 41]


def test_replies_that_were_printed_do_not_disturb():
    made, _ = load(HERE / "print_reply.txt")
    assert (made.totals[0].requests, made.totals[0].failures) == (20, 1)


def test_sessions_ask_for_several_calls_each(tmp_path):
    text = (HERE / "overload.txt").read_text()
    text = text.replace("--num-conns=5200 --num-calls=1", "--wsess=100,3,0.500")
    made, _ = load(write(tmp_path, text))
    assert made.totals[0].offered_per_s == 780


def test_without_a_rate_it_is_a_closed_model(tmp_path):
    made, _ = load(write(tmp_path, (HERE / "overload.txt").read_text().replace(" --rate=260", "")))
    assert made.open_model is False and math.isnan(made.totals[0].offered_per_s)


def test_want_of_files_and_ports_is_the_generators_own(tmp_path):
    text = (HERE / "overload.txt").read_text()
    text = text.replace("fd-unavail 0 addrunavail 0", "fd-unavail 66 addrunavail 4")
    _, reading = load(write(tmp_path, text))
    sizes = {o.metric.split(".")[2]: o.at_s.size for o in reading.occurrences}
    assert sizes == {"too_many_open_files_per_s": 66, "no_local_address_per_s": 4}


def test_a_run_without_a_summary_and_lone_warnings_say_so(tmp_path):
    text = (HERE / "overload.txt").read_text().split("\n")[0] + "\n"
    reading, _ = read(write(tmp_path, text), "httperf")
    assert reading.loads == [] and "was killed" in reading.notes[0]
    reading, _ = read(HERE / "warning.err", "httperf")
    assert "only httperf's warnings" in reading.notes[0]


def test_runs_one_behind_another_are_levels(tmp_path):
    text = (HERE / "overload.txt").read_text() + (HERE / "timeouts.txt").read_text()
    reading, _ = read(write(tmp_path, text), "httperf")
    assert [each.totals[0].requests for each in reading.loads] == [5200, 2600]


def test_a_number_that_cannot_be_read_is_unknown_and_the_rest_stands(tmp_path):
    text = (HERE / "overload.txt").read_text()
    text = text.replace("response 1591.5 transfer", "response 1591,5 transfer")
    text = text.replace("median 1814.5", "median 18\ufffd4.5").replace(
        "max 1910.8", "max 19\ufffd0"
    )
    reading, _ = read(write(tmp_path, text), "httperf")
    (total,) = reading.loads[0].totals
    assert total.requests == 5200 and math.isnan(total.mean_s) and math.isnan(total.p50_s)
