"""autocannon: its JSON and its tables, as exactly as each tells."""

import json
import math

import pytest
from reading import FIXTURES, kind_of, read, write

HERE = FIXTURES / "autocannon"


def loads(path, kind):
    assert kind_of(path) == kind
    reading, bad = read(path, kind)
    assert bad.count == 0
    return reading.loads, reading


def test_objects_one_behind_another_are_levels():
    found, _ = loads(HERE / "staircase.ndjson", "autocannon_json")
    totals = [each.totals[0] for each in found]
    assert [t.users for t in totals] == [1, 2, 4, 8, 16, 32, 64]
    assert [t.requests for t in totals] == [150, 301, 615, 973, 953, 953, 949]
    last = totals[-1]
    assert (last.mean_s, last.p50_s, last.p99_s, last.max_s) == (0.328, 0.331, 0.402, 0.422)
    assert (last.throughput_per_s, last.duration_s) == (189.8, 5.13) and math.isnan(last.p95_s)
    assert last.began_s == pytest.approx(1795405209.937)
    assert all(each.open_model is False for each in found)


def test_latencies_corrected_for_a_rate_are_told_by_their_number():
    (made,), reading = loads(HERE / "rate.json", "autocannon_json")
    assert made.from_due and made.open_model is None and made.totals[0].requests == 2879
    assert "does not write the rate" in reading.notes[0]


def test_without_an_answer_there_are_no_latencies():
    (made,), _ = loads(HERE / "refused.json", "autocannon_json")
    (total,) = made.totals
    assert (total.requests, total.failures) == (2014, 2014) and math.isnan(total.p50_s)
    assert [(e.text, e.count) for e in made.errors] == [("errors without an answer", 2014)]
    assert total.throughput_per_s == pytest.approx(2014 / 2.08)


def test_statuses_and_time_outs_keep_their_kind(tmp_path):
    document = json.loads((HERE / "rate.json").read_text())
    document |= {"errors": 9, "timeouts": 7, "non2xx": 5, "5xx": 5}
    document["statusCodeStats"] = {"200": {"count": 2874}, "503": {"count": 5}}
    (made,), _ = loads(write(tmp_path, json.dumps(document)), "autocannon_json")
    assert (made.totals[0].requests, made.totals[0].failures) == (2888, 14)
    told = {(e.text, e.kind): e.count for e in made.errors}
    assert told == {
        ("timeout", "timeout"): 7,
        ("status 503", "status"): 5,
        ("errors without an answer", "other"): 2,
    }
    del document["statusCodeStats"]  # versions before 7.4
    (made,), _ = loads(write(tmp_path, json.dumps(document)), "autocannon_json")
    assert ("status 5xx", 5) in {(e.text, e.count) for e in made.errors}


def test_a_torn_object_says_so_and_those_before_it_stand(tmp_path):
    lines = (HERE / "staircase.ndjson").read_text().splitlines(keepends=True)
    reading, bad = read(write(tmp_path, "".join(lines[:3])[:-200]), "autocannon_json")
    assert (len(reading.loads), bad.count) == (2, 1)
    reading, bad = read(write(tmp_path, lines[0][:-200]), "autocannon_json")
    assert kind_of(tmp_path / "file") == "autocannon_json"
    assert (reading.loads, bad.count) == ([], 1) and "breaks off" in reading.notes[0]


def test_a_mark_carriage_returns_and_other_lines_do_no_harm(tmp_path):
    text = "npx: installed\n" + (HERE / "rate.json").read_text().replace("\n", "\r\n")
    reading, bad = read(write(tmp_path, b"\xef\xbb\xbf" + text.encode()), "autocannon_json")
    assert (reading.loads[0].totals[0].requests, bad.count) == (2879, 0)


def test_rounded_counts_are_made_exact_from_the_seconds():
    (made,), reading = loads(HERE / "default.err", "autocannon_tables")
    (total,) = made.totals  # "1k requests in 6.04s"
    assert (total.requests, total.users, total.duration_s) == (1143, 20, 6.04)
    assert (total.mean_s, total.p50_s, total.p99_s) == pytest.approx((0.10385, 0.102, 0.179))
    assert reading.notes == []


def test_statuses_of_the_tables_are_counted():
    (made,), _ = loads(HERE / "latency.err", "autocannon_tables")
    assert (made.totals[0].requests, made.totals[0].failures) == (10366, 2552)
    assert [(e.text, e.count) for e in made.errors] == [
        ("status 502", 1053),
        ("status 500", 977),
        ("status 503", 522),
    ]


def test_counts_that_stay_rounded_are_said_to_be(tmp_path):
    text = (HERE / "default.err").read_text() + "1k errors (3 timeouts)\n"
    (made,), reading = loads(write(tmp_path, text), "autocannon_tables")
    assert made.totals[0].failures == 1000 and "rounds counts" in reading.notes[0]
    assert {e.kind: e.count for e in made.errors} == {"timeout": 3, "other": 997}


def test_a_run_that_was_killed_says_so(tmp_path):
    text = (HERE / "default.err").read_text()
    begun = "\n".join(text.split("\n")[:3]) + "\n"
    found, reading = loads(write(tmp_path, text + begun), "autocannon_tables")
    assert len(found) == 1 and "killed before it ended" in reading.notes[0]
    found, reading = loads(write(tmp_path, begun), "autocannon_tables")
    assert found == [] and "killed before it ended" in reading.notes[0]


def test_what_looks_alike_is_left_alone(tmp_path):
    assert kind_of(write(tmp_path, '{"connections": 5, "latency": {"p50": 1}}')) == ""
    assert kind_of(write(tmp_path, "Running 6s test @ http://h/\n")) != "autocannon_tables"
