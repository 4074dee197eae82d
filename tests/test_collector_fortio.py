"""fortio: its JSON, its log, and its access log in both forms."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, read, write

HERE = FIXTURES / "fortio"


def loads(path, kind):
    assert kind_of(path) == kind
    reading, bad = read(path, kind)
    assert bad.count == 0
    return reading.loads, reading


def found(reading, name):
    return [o for o in reading.occurrences if o.metric == f"message.generator.{name}_per_s"]


def test_json_and_text_tell_the_same():
    (js,), of_json = loads(HERE / "overload.json", "fortio_json")
    (text,), of_text = loads(HERE / "overload.err.gz", "fortio_log")
    for made in (js, text):
        (total,) = made.totals
        assert (total.requests, total.failures, total.users) == (4940, 0, 60)
        assert (total.offered_per_s, round(total.throughput_per_s, 1)) == (260, 195.1)
        told = (total.mean_s, total.p50_s, total.p95_s, total.p99_s, total.max_s)
        assert told == pytest.approx((0.304153, 0.308932, 0.347485, 0.376040, 0.406011), abs=1e-6)
        assert total.duration_s == pytest.approx(25.319994797)
        assert total.began_s == pytest.approx(1795407376.6237, abs=1e-3)
        assert made.open_model is False
    assert "rate was not reached: 195/s of 260/s" in of_json.notes[0]
    (short,) = found(of_text, "too_few_users")
    assert short.at_s.size == 60 and "82 out of 108" in short.example


def test_a_quiet_run_has_what_its_last_lines_tell():
    (made,), _ = loads(HERE / "quiet.err", "fortio_log")
    (total,) = made.totals
    assert (total.requests, total.offered_per_s, total.throughput_per_s) == (400, 80, 76.6)
    assert math.isnan(total.users) and total.p99_s == 0.246512


def test_the_log_says_why_there_was_no_answer():
    (js,), _ = loads(HERE / "refused.json", "fortio_json")
    (text,), reading = loads(HERE / "refused.err", "fortio_log")
    for made in (js, text):
        assert (made.totals[0].requests, made.totals[0].failures) == (10, 10)
    assert [(e.kind, e.count) for e in text.errors] == [("refused", 10)]
    assert [(e.kind, e.count) for e in js.errors] == [("other", 10)]
    assert all(o.at_s.size == 0 for o in reading.occurrences)


def test_a_percentile_that_was_not_asked_for_comes_from_the_buckets(tmp_path):
    document = json.loads((HERE / "overload.json").read_text())
    told = document["DurationHistogram"].pop("Percentiles")
    (made,), _ = loads(write(tmp_path, json.dumps(document)), "fortio_json")
    by = {each["Percentile"]: each["Value"] for each in told}
    assert made.totals[0].p50_s == pytest.approx(by[50], rel=0.01)
    assert made.totals[0].p99_s == pytest.approx(by[99], rel=0.01)
    document["DurationHistogram"]["Data"] = [None, 7]
    reading, _ = read(write(tmp_path, json.dumps(document)), "fortio_json")
    assert math.isnan(reading.loads[0].totals[0].p50_s)


def test_a_result_below_its_log_and_two_appended_are_read(tmp_path):
    one = (HERE / "overload.json").read_text()
    text = "Fortio 1.60.3 running at 5 queries per second\n" + one + one
    reading, bad = read(write(tmp_path, text.replace("\n", "\r\n")), "fortio_json")
    assert ([each.totals[0].requests for each in reading.loads], bad.count) == ([4940, 4940], 0)


def test_a_torn_result_and_a_killed_run_say_so(tmp_path):
    path = write(tmp_path, (HERE / "overload.json").read_text()[:3000])
    reading, bad = read(path, "fortio_json")
    assert kind_of(path) == "fortio_json" and reading.loads == []
    assert bad.count == 1 and "breaks off" in reading.notes[0]
    head = "".join((HERE / "refused.err").read_text().splitlines(keepends=True)[:5])
    none, reading = loads(write(tmp_path, head), "fortio_log")
    assert none == [] and "killed before it ended" in reading.notes[0]


def test_want_of_ports_in_its_log_is_the_generators_own(tmp_path):
    text = (
        (HERE / "refused.err")
        .read_text()
        .replace("connect: connection refused", "connect: cannot assign requested address")
    )
    _, reading = loads(write(tmp_path, text), "fortio_log")
    (ports,) = found(reading, "no_local_address")
    assert ports.at_s.size > 0 and (ports.at_s > 1.7e9).all()


def test_the_access_log_agrees_with_the_summary_of_the_same_run():
    (made,), _ = loads(HERE / "access.ndjson", "fortio_access_log")
    assert (made.totals[0].requests, made.totals[0].failures) == (300, 0)
    assert made.series[0].requests.sum() == 300 and not made.own_users
    assert 50 < made.totals[0].users <= 60  # -c 60
    (made,), _ = loads(HERE / "access.influx", "fortio_access_log")
    assert made.totals[0].requests == 200


CALL = st.tuples(
    st.integers(1, 60 * 10**9),  # nanoseconds after the first
    st.integers(1, 10**7),  # microseconds
    st.sampled_from(["200", "503", "-1"]),
)


@settings(max_examples=25)
@given(st.lists(CALL, min_size=2, max_size=30), st.booleans())
def test_what_fortio_would_write_we_read_back(tmp_path_factory, calls, influx):
    lines = []
    for at, took, code in calls:
        stamp, seconds, ok = 1795407376 * 10**9 + at, took / 1e6, code == "200"
        if influx:
            word = json.dumps(ok)
            lines.append(f'latency,thread=0,ok={word} value={seconds:f},details="{code}" {stamp}')
        else:
            row = {"latency": seconds, "timestamp": stamp, "thread": 3, "iter": 0, "ok": ok}
            lines.append(json.dumps(row | {"details": code}, separators=(",", ":")))
    path = write(tmp_path_factory.mktemp("written"), "\n".join(lines) + "\n")
    (made,), _ = loads(path, "fortio_access_log")
    total = made.totals[0]
    assert total.requests == len(calls)
    assert total.failures == sum(code != "200" for *_, code in calls)
    assert total.max_s == pytest.approx(max(took for _, took, _ in calls) / 1e6)
    kinds = {"503": "status", "-1": "other"}
    assert {e.kind for e in made.errors} == {kinds[c] for *_, c in calls if c in kinds}


def test_a_torn_line_is_bad_and_an_empty_log_says_so(tmp_path):
    text = (HERE / "access.ndjson").read_text().splitlines(keepends=True)
    reading, bad = read(write(tmp_path, "".join(text[:10])[:-30]), "fortio_access_log")
    assert (reading.loads[0].totals[0].requests, bad.count) == (9, 1)
    reading, bad = read(write(tmp_path, text[0][:40]), "fortio_access_log")
    assert (reading.loads, bad.count) == ([], 1) and "no request" in reading.notes[0]
