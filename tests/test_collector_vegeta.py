"""vegeta: its results in three encodings, its reports, and its plot."""

import gzip
import json
import math
import struct

from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, read, write

HERE = FIXTURES / "vegeta"


def loads(path, kind):
    assert kind_of(path) == kind
    reading, bad = read(path, kind)
    return reading.loads, reading, bad


def test_attacks_one_behind_another_are_levels():
    (low, high), reading, bad = loads(HERE / "two_attacks.csv.gz", "vegeta_csv")
    assert (low.totals[0].requests, low.totals[0].failures) == (200, 0)
    assert (high.totals[0].requests, high.totals[0].failures) == (1400, 103)
    assert [round(each.totals[0].offered_per_s) for each in (low, high)] == [40, 280]
    assert round(high.totals[0].p50_s, 2) == 1.19 and high.errors[0].text == "status 500"
    assert low.open_model is True and not low.own_users and bad.count == 0
    assert {t.route for t in low.totals} == {"", "GET /api/items"}
    assert "2 attacks" in reading.notes[0]


def test_three_encodings_tell_the_same():
    (csv,), _, _ = loads(HERE / "no_body.csv", "vegeta_csv")
    (js,), _, _ = loads(HERE / "no_body.json", "vegeta_json")
    (gob,), reading, bad = loads(HERE / "torn.gob", "vegeta_gob")
    assert bad.count == 0 and "breaks off" in reading.notes[0]
    first = 90
    for made in (csv, gob):
        began = made.series[0].at_s[0] - 1
        assert began == js.series[0].at_s[0] - 1
        assert made.totals[0].requests > first
    assert js.totals[0].requests == first


def test_old_columns_and_no_answer_are_read(tmp_path):
    row = '1795407107{:09d},{},{},0,0,"{}"'
    refused = 'Get ""http://h/"": dial tcp 10.0.0.1:4711->10.0.0.2:80: connect: connection refused'
    text = "\n".join(
        [row.format(i * 10**7, 200, 3 * 10**7, "") for i in range(5)]
        + [row.format(6 * 10**7, 0, 10**6, refused)]
    )
    (made,), _, bad = loads(write(tmp_path, text + "\n"), "vegeta_csv")
    assert (made.totals[0].requests, made.totals[0].failures, bad.count) == (6, 1, 0)
    assert made.errors[0].kind == "refused" and "4711" not in made.errors[0].text


def test_a_row_that_its_body_made_too_long_or_tore_keeps_its_numbers(tmp_path):
    row = "1795407107860163595,200,28502121,0,404,,"
    tail = ",a,0,GET,http://h/,Q29u\n"
    (made,), reading, bad = loads(
        write(tmp_path, row + "eyJu" + tail + row + "eyJu" * 400_000 + tail), "vegeta_csv"
    )
    assert bad.count == 0 and "too long" in reading.notes[-1]
    assert made.totals[0].requests == 2
    (made,), reading, bad = loads(write(tmp_path, row + "eyJu" + tail + row[:-3]), "vegeta_csv")
    assert (made.totals[0].requests, bad.count) == (1, 1) and "breaks off" in reading.notes[-1]


def test_stamps_that_a_spreadsheet_rounded_are_refused_in_a_sentence(tmp_path):
    text = "1.79541E+18,200,28502121,0,404,,,a,0\n" * 3
    reading, bad = read(write(tmp_path, text), "vegeta_csv")
    assert kind_of(write(tmp_path, text)) == "vegeta_csv"
    assert reading.loads == [] and bad.count == 3 and "spreadsheet" in reading.notes[-1]


def test_attacks_at_one_time_are_one_load(tmp_path):
    rows = [
        f"{1795407107 * 10**9 + i * 10**7},200,{10**7},0,0,,,{name},0\n"
        for i in range(50)
        for name in ("a", "b")
    ]
    (made,), _, _ = loads(write(tmp_path, "".join(rows)), "vegeta_csv")
    assert made.totals[0].requests == 100
    asked = [row.replace("\n", f",GET,http://h/{row.split(',')[7]},Q29u\n") for row in rows]
    (made,), _, _ = loads(write(tmp_path, "".join(asked)), "vegeta_csv")
    assert {t.route: t.requests for t in made.totals} == {"": 100, "GET /a": 50, "GET /b": 50}
    half = [row if i % 2 else asked[i] for i, row in enumerate(rows)]
    (made,), _, _ = loads(write(tmp_path, "".join(half)), "vegeta_csv")
    assert {t.route: t.requests for t in made.totals} == {"": 100, "GET /a": 50}


def test_reports_as_text_and_json_tell_the_same():
    (text,), _, _ = loads(HERE / "report.txt", "vegeta_report")
    (js,), _, _ = loads(HERE / "report.json", "vegeta_report_json")
    for made in (text, js):
        total = made.totals[0]
        assert (total.requests, total.failures) == (13500, 1965)
        assert round(total.p95_s, 3) == 0.986 and round(total.offered_per_s, 1) == 300.0
        assert round(total.duration_s, 2) == 45.97
        assert [e.count for e in made.errors] == [1747, 210, 8]
    assert math.isclose(js.totals[0].began_s, 1795407058.1306, abs_tol=0.001)


def test_old_brackets_say_which_numbers_stand_in_a_row(tmp_path):
    text = (
        "Requests      [total, rate]            25, 5.21\n"
        "Duration      [total, attack, wait]    4.868476381s, 4.799999885s, 68.476496ms\n"
        "Latencies     [mean, 50, 95, 99, max]  92.05596ms, 74.566002ms, 117ms, 204ms, 1m2s\n"
        "Success       [ratio]                  80.00%\n"
        "Status Codes  [code:count]             200:20  0:5\n"
        "Error Set:\nGet http://h: dial tcp: lookup h: no such host\n"
    )
    (made,), _, _ = loads(write(tmp_path, text), "vegeta_report")
    total = made.totals[0]
    assert (total.p95_s, total.p99_s, total.max_s, total.failures) == (0.117, 0.204, 62, 5)
    assert made.errors[0].kind == "dns"


def test_a_spectrum_has_percentiles_and_a_histogram_only_counts():
    (made,), reading, _ = loads(HERE / "hdrplot.txt", "vegeta_report")
    assert made.totals[0].requests == 13500 and round(made.totals[0].p50_s, 3) == 0.021
    assert math.isclose(made.totals[0].p99_s, 1.15687, rel_tol=0.01)  # as its report says
    assert "tells no failures" in reading.notes[0] and math.isnan(made.totals[0].failures)
    (made,), _, _ = loads(HERE / "hist.txt", "vegeta_report")
    assert made.totals[0].requests == 13500 and math.isnan(made.totals[0].p50_s)


def test_a_plot_says_what_to_give_instead():
    found, reading, _ = loads(HERE / "plot.html", "vegeta_plot")
    assert found == [] and "give the results" in reading.notes[0]


def uint(value):
    if value < 128:
        return bytes([value])
    data = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes([256 - len(data)]) + data


def result(seq, code, began_ns, latency_ns):
    """A result after the definitions at the head of a stream, as Go writes it."""
    seconds, nanoseconds = divmod(began_ns, 10**9)
    when = b"\x01" + struct.pack(">qih", seconds + 62_135_596_800, nanoseconds, -1)
    fields = [(1, uint(seq)), (2, uint(code)), (3, uint(len(when)) + when)]
    fields.append((4, uint(latency_ns << 1)))
    body, before = b"", -1
    for number, data in fields:
        if data != b"\x00":  # what is zero is not sent
            body, before = body + uint(number - before) + data, number
    message = b"\xff\x80" + body + b"\x00"
    return uint(len(message)) + message


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from([0, 200, 503]), st.integers(0, 10**10), st.integers(1, 2**40)),
        min_size=1,
        max_size=20,
    )
)
def test_what_go_would_write_we_read_back(tmp_path_factory, rows):
    head = (HERE / "torn.gob").read_bytes()[:0xCE]
    stream = head + b"".join(
        result(i, code, 1795407107 * 10**9 + after, took)
        for i, (code, after, took) in enumerate(rows)
    )
    path = write(tmp_path_factory.mktemp("written"), stream)
    (made,), _, bad = loads(path, "vegeta_gob")
    total = made.totals[0]
    assert (total.requests, bad.count) == (len(rows), 0)
    assert total.failures == sum(code != 200 for code, _, _ in rows)
    assert math.isclose(total.max_s, max(took for *_, took in rows) / 1e9, rel_tol=1e-9)


@settings(max_examples=25)
@given(st.integers(400, 39_000))
def test_a_stream_cut_anywhere_gives_what_stands_before(tmp_path_factory, size):
    data = gzip.compress((HERE / "torn.gob").read_bytes()[:size])
    reading, _ = read(write(tmp_path_factory.mktemp("cut"), data), "vegeta_gob")
    assert sum(each.totals[0].requests for each in reading.loads) <= size / 150


def test_a_torn_line_of_json_keeps_what_stands_before_its_body(tmp_path):
    line = json.dumps(json.loads((HERE / "no_body.json").read_text().split("\n")[0]))
    line = line.replace(": ", ":").replace(", ", ",").replace('"body":null', '"body":"eyJu')
    reading, bad = read(write(tmp_path, line[: line.index("eyJu") + 4]), "vegeta_json")
    assert (reading.loads[0].totals[0].requests, bad.count) == (1, 0)
