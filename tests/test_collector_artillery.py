"""Artillery: its report of versions 2 and 1, the HTML of it, and what it prints."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, read, write

from diagnose.errors import UnreadableSource

HERE = FIXTURES / "artillery"


def load(path, kind="artillery_report"):
    assert kind_of(path) == kind
    reading, bad = read(path, kind)
    (made,) = reading.loads
    return made, reading, bad


def sizes(reading):
    return {o.metric.split(".")[2].removesuffix("_per_s"): o.at_s.size for o in reading.occurrences}


@pytest.mark.parametrize(
    "name, kind", [("v2.json.gz", "artillery_report"), ("v2.txt.gz", "artillery_console")]
)
def test_version_2_tells_periods_totals_routes_and_errors(name, kind):
    made, _, bad = load(HERE / name, kind)
    (total, *routes), (series,) = made.totals, made.series
    assert (total.requests, total.failures, bad.count) == (13692, 776, 0)
    assert (total.mean_s, total.p50_s, total.p95_s, total.p99_s) == pytest.approx(
        (0.1318, 0.0499, 0.6719, 0.9826)
    )
    assert series.requests.sum() == 13692 and series.failures.sum() == 776
    assert {e.text: e.count for e in made.errors} == {
        "status 502": 288,
        "status 500": 277,
        "status 503": 211,
    }
    flaky = next(each for each in routes if each.route == "/api/flaky")
    assert (flaky.requests, flaky.failures) == (2736, 657)
    assert made.open_model and series.users.max() > 10


def test_the_first_and_the_last_period_are_as_long_as_what_was_measured():
    made, _, _ = load(HERE / "v2.json.gz")
    widths = made.series[0].interval_s
    assert widths[0] == pytest.approx(7.08, abs=0.01) and widths[-1] == pytest.approx(
        1.06, abs=0.01
    )


def test_the_console_has_no_date_and_counts_from_its_first_period():
    made, _, _ = load(HERE / "v2.txt.gz", "artillery_console")
    ends = made.series[0].at_s
    assert made.relative and ends[0] == pytest.approx(7.081) and ends[-1] == pytest.approx(58.145)


@pytest.mark.parametrize(
    "name, kind", [("v1.json", "artillery_report"), ("v1.txt", "artillery_console")]
)
def test_version_1_counts_requests_without_an_answer(name, kind):
    made, _, bad = load(HERE / name, kind)
    total = made.totals[0]
    assert (total.requests, total.failures, bad.count) == (225, 137, 0)
    assert {e.kind: e.count for e in made.errors} == {"refused": 65, "timeout": 58, "status": 14}
    assert made.series[0].requests.sum() == 225 and not made.relative
    assert total.p99_s == pytest.approx(0.0132)


def test_the_html_report_holds_the_same():
    made, _, _ = load(HERE / "report.html.gz")
    assert (made.totals[0].requests, made.totals[0].failures) == (8118, 391)
    assert made.series[0].requests.sum() == 8118


def test_a_torn_report_says_what_else_to_bring(tmp_path):
    path = write(tmp_path, gzip.decompress((HERE / "v2.json.gz").read_bytes())[:9000])
    assert kind_of(path) == "artillery_report"
    with pytest.raises(UnreadableSource, match="torn"):
        read(path, "artillery_report")


def test_a_console_that_was_cut_still_gives_its_periods(tmp_path):
    text = gzip.decompress((HERE / "v2.txt.gz").read_bytes()).decode()
    made, reading, bad = load(write(tmp_path, text[:30000]), "artillery_console")
    assert made.totals == () and made.series[0].at_s.size >= 4 and bad.count == 1
    assert any("cut" in note for note in reading.notes)


def test_its_own_wants_are_distress(tmp_path):
    document = json.loads(gzip.decompress((HERE / "v2.json.gz").read_bytes()))
    document["aggregate"]["counters"] |= {"errors.EMFILE": 3, "vusers.skipped": 7}
    _, reading, _ = load(write(tmp_path, json.dumps(document)))
    assert sizes(reading)["too_many_open_files"] == 3 and sizes(reading)["too_few_users"] == 7
    text = gzip.decompress((HERE / "v2.txt.gz").read_bytes()).decode()
    text += "CPU usage of Artillery seems to be very high (pids: 1)\n"
    _, reading, _ = load(write(tmp_path, text), "artillery_console")
    assert sizes(reading)["cpu_high"] == 1


@given(
    codes=st.dictionaries(st.integers(100, 599).map(str), st.integers(1, 5000), min_size=1),
    refused=st.integers(0, 50),
    captures=st.integers(0, 50),
)
def test_counts_are_kept(tmp_path_factory, codes, refused, captures):
    counters = {f"http.codes.{code}": count for code, count in codes.items()}
    counters |= {"errors.ECONNREFUSED": refused, "errors.Failed capture or match": captures}
    period = {"counters": counters, "firstMetricAt": 1795405460000, "lastMetricAt": 1795405469989}
    document = {"aggregate": {**period, "vusers.": 0}, "intermediate": [period]}
    path = write(tmp_path_factory.mktemp("artillery"), json.dumps(document))
    made, _, _ = load(path)
    failed = sum(n for code, n in codes.items() if int(code) >= 400)
    wanted = sum(codes.values()) + refused
    assert made.totals[0].requests == wanted == made.series[0].requests.sum()
    assert made.totals[0].failures == min(failed + refused + captures, wanted)
