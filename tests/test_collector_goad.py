"""goad: its result under old and new names, its summary, and what its lambdas report."""

import json
import math

import pytest
from reading import FIXTURES, kind_of, read, write

HERE = FIXTURES / "goad"


def load(path, kind):
    assert kind_of(path) == kind
    reading, bad = read(path, kind)
    assert bad.count == 0
    (made,) = reading.loads
    return made, reading


@pytest.mark.parametrize("name", ["regions.json", "v1.json"])
def test_the_overall_result_is_read_under_both_names(name):
    made, reading = load(HERE / name, "goad_result")
    (total,) = made.totals
    assert (total.requests, total.failures) == (5000, 0)
    assert round(total.mean_s, 6) == 0.307043 and round(total.max_s, 3) == 0.404
    assert round(total.throughput_per_s, 2) == 181.13 and math.isnan(total.duration_s)
    assert made.open_model is False and "access logs" in reading.notes[0]


def test_failures_are_told_by_status_in_both_outputs():
    for name, kind in (("errors.json", "goad_result"), ("errors.txt", "goad_summary")):
        made, _ = load(HERE / name, kind)
        assert (made.totals[0].requests, made.totals[0].failures) == (2000, 460)
        assert [(e.text, e.count) for e in made.errors] == [
            ("status 500", 194),
            ("status 502", 174),
            ("status 503", 92),
        ]


def test_without_an_answer_there_are_no_times(tmp_path):
    region = json.loads((HERE / "errors.json").read_text())["overall"]
    region |= {"TotalTimedOut": 5, "TotalConnectionError": 15, "TotalReqs": 20, "Statuses": {}}
    region |= {"Slowest": 0, "AveTimeForReq": 0, "Fastest": 2**63 - 1}
    made, _ = load(write(tmp_path, json.dumps({"overall": region})), "goad_result")
    (total,) = made.totals
    assert (total.requests, total.failures) == (20, 20)
    assert math.isnan(total.mean_s) and math.isnan(total.max_s)
    assert [(e.kind, e.count) for e in made.errors] == [("other", 15), ("timeout", 5)]


def test_regions_alone_are_put_together(tmp_path):
    document = json.loads((HERE / "regions.json").read_text())
    del document["overall"]
    made, _ = load(write(tmp_path, json.dumps(document)), "goad_result")
    assert made.totals[0].requests == 5000 and math.isclose(
        made.totals[0].mean_s, 0.307, rel_tol=0.01
    )


def test_reports_of_lambdas_become_a_curve_without_a_clock():
    made, reading = load(HERE / "spool.ndjson", "goad_spool")
    (series,) = made.series
    assert made.relative and round(series.requests.sum()) == 5000 and series.at_s[-1] == 28
    assert 50 < series.users[3] < 62  # -c 60
    assert made.totals[0].requests == 5000 and "since the lambdas began" in reading.notes[0]


def test_a_lambda_that_gave_up_says_so():
    _, reading = load(HERE / "refused.ndjson", "goad_spool")
    (gave_up,) = reading.occurrences
    assert gave_up.metric.endswith("gave_up_per_s") and "Over 50%" in gave_up.example


def test_a_torn_result_says_so(tmp_path):
    reading, bad = read(write(tmp_path, (HERE / "regions.json").read_text()[:-300]), "goad_result")
    assert reading.loads == [] and bad.count == 1 and "breaks off" in reading.notes[0]


def test_reports_whose_numbers_cannot_be_are_bad(tmp_path):
    lines = (HERE / "spool.ndjson").read_text().splitlines()[:3]
    long, none = json.loads(lines[1]) | {"time-delta": 10**24}, json.loads(lines[2])
    none["request-count"] = None
    text = "\n".join([lines[0], json.dumps(long), json.dumps(none)]) + "\n"
    reading, bad = read(write(tmp_path, text), "goad_spool")
    assert bad.count == 2 and reading.loads[0].totals[0].duration_s < 900
