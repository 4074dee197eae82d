"""Application logs: text, logfmt and JSON lines; messages of trouble; what is no such log."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, write

from diagnose.collectors._app_lines import LineReader
from diagnose.metrics import METRICS, message
from diagnose.rawfile import Head

LOGS = FIXTURES / "app_log"


def requests(path):
    reading, bad = read(path, "app_log")
    (found,) = reading.requests
    return found, reading, bad


def count(reading, slug):
    (found,) = [o for o in reading.occurrences if o.metric == message("app", slug)]
    return len(found.at_s)


def test_a_real_log_gives_durations_waits_and_routes():
    assert kind_of(LOGS / "api.log") == "app_log"
    found, reading, bad = requests(LOGS / "api.log")
    assert len(found.ended_s) == 60
    np.testing.assert_allclose(found.ended_s[0], 1795406686.204)
    np.testing.assert_allclose(found.duration_s[:2], [0.2239, 0.2240])
    np.testing.assert_allclose(found.waits_s["db"][:2], [0.0013, 0.0017])
    np.testing.assert_allclose(found.waits_s["pool"][:2], 0)
    assert set(found.route.names) == {"GET /items/[id]", "GET /search", "POST /orders"}
    assert (found.status == 200).all() and not reading.naive
    # A number at a torn end may have lost digits: 22 was 224.
    assert bad.kept == [(61, "2026-11-23T04:04:57.340Z INFO GET /items/177033 200 dur_ms=22")]


def test_json_of_many_writers_and_wrappers():
    found, reading, bad = requests(LOGS / "json_lines.log")
    np.testing.assert_allclose(
        found.duration_s, [1.2, 0.000929675, 0.012, 0.2239, 0.001234567, 0.0015, 0.0125, 0.009]
    )
    np.testing.assert_array_equal(found.status[:6], [200, 200, 503, 200, 200, 502])
    np.testing.assert_allclose(found.waits_s["db"][[3, 7]], [0.0013, 0.005])
    assert count(reading, "connect_refused") == 1
    assert reading.notes == ["`responseTime` bears no unit: read as milliseconds (1 lines)"]
    assert bad.count == 1 and bad.kept[0][0] == 9


def test_rails_joins_the_start_of_a_request_with_its_end():
    found, reading, _ = requests(LOGS / "rails.log")
    assert found.route.names == ("GET /items/[id]",)
    np.testing.assert_allclose([found.duration_s[0], found.waits_s["db"][0]], [0.015, 0.0041])
    assert list(found.waits_s) == ["db"]  # rendering views is work, not a wait
    assert count(reading, "pool_exhausted") == 1 and reading.naive


def test_gin_with_colours_and_a_panic_of_several_lines():
    found, reading, _ = requests(LOGS / "gin.log")
    np.testing.assert_allclose(found.duration_s, [0.0012, 0.00035, 62.5])
    assert list(found.status) == [200, 404, 500]
    assert count(reading, "too_many_open_files") == 1 and count(reading, "panic") == 1
    assert count(reading, "other_error") == 0


def test_a_stack_trace_is_one_message_and_shows_no_values():
    found, reading, bad = requests(LOGS / "python.log")
    assert len(found.ended_s) == 3
    assert sum(len(o.at_s) for o in reading.occurrences) == 1
    assert count(reading, "pool_exhausted") == 1
    assert "hunter2" not in repr(reading) + repr(bad.kept)
    assert "UPDATE users SET pw=?" in next(o.example for o in reading.occurrences if o.example)
    assert [number for number, _ in bad.kept] == [9]  # two lines run into one


def test_every_message_is_told_as_read_even_where_none_is():
    reading, _ = read(LOGS / "api.log", "app_log")
    told = {o.metric for o in reading.occurrences}
    assert told == {name for name in METRICS if name.startswith("message.app.")}


@pytest.mark.parametrize(
    ("text", "duration_s"),
    [
        ("2026-11-23 04:05:06 INFO GET /a 200 took 1.2s", 1.2),
        ("2026-11-23 04:05:06 INFO GET /a 200 elapsed=350µs", 350e-6),
        ("2026-11-23 04:05:06 INFO GET /a 200 latency=7", 0.007),
        ("2026-11-23 04:05:06 INFO GET /a 200 elapsed_s=7", 7.0),
        ("2026-11-23 04:05:06 INFO GET /a 200 in 12.3ms", 0.0123),
        ("2026-11-23T04:05:06Z method=GET path=/a connect=1ms service=18ms status=200", 0.018),
        ('1.2.3.4 - - [23/Nov/2026:04:05:06 +0900] "GET /a HTTP/1.1" 200 12 "-" 12.5 ms', 0.0125),
        ('{"ts":1795406687.1,"caller":"a.go:1","msg":"done","duration":0.25,"status":200}', 0.25),
        ('{"time":"2026-11-23T04:05:06Z","msg":"done","ms":250,"status":200}', 0.25),
        ('{"time":"2026-11-23T04:05:06Z","msg":"done","took":"1m2.5s","status":200}', 62.5),
    ],
)  # fmt: skip
def test_units_come_from_the_value_the_name_or_the_rule(text, duration_s):
    assert LineReader().read(text).duration_s == pytest.approx(duration_s)


def test_durations_of_jobs_are_left_out_where_the_log_has_requests(tmp_path):
    lines = [
        "2026-11-23T04:05:06Z INFO GET /a 200 dur_ms=5",
        "2026-11-23T04:05:07Z INFO job took 9s",
    ]
    found, reading, _ = requests(write(tmp_path, "\n".join(lines) + "\n"))
    assert len(found.ended_s) == 1
    assert reading.notes == ["1 durations of lines that are no requests were left out"]
    found, *_ = requests(write(tmp_path, lines[1] + "\n"))
    assert list(found.duration_s) == [9.0]


def test_a_log_without_durations_is_claimed_weakly():
    text = "2026-11-23 04:05:06,123 ERROR db: connection refused\n" * 5
    assert kind_of_head(Head.of(text.encode())) == "app_log"


@pytest.mark.parametrize(
    "line",
    [
        '10.0.0.1 - - [23/Nov/2026:04:05:06 +0000] "GET / HTTP/1.1" 200 12 "-" "curl"',
        "2026/11/23 04:05:06 [error] 12#12: *34 connect() failed (111: Connection refused)",
        "Nov 23 04:05:06 host kernel: [1.2] Out of memory: Killed process 1",
        "[2026-11-23 04:05:06,123] host/INFO/locust.main: Starting Locust 2.0, took 3s",
        "2026-11-23 04:05:06.123 UTC [12] LOG:  duration: 3.2 ms  statement: select 1",
        "2026-11-23  4:05:06 0 [Warning] Aborted connection 3 to db",
        "1795406687.306 27\t0\t65536",
        "04:05:06        all      1.00      0.00      2.00      0.00      0.00     97.00",
        '<html><body>2026-11-23 04:05:06 took 3s</body></html>',
    ],
)  # fmt: skip
def test_other_logs_are_not_claimed(line):
    assert kind_of_head(Head.of((line + "\n").encode() * 5)) != "app_log"


@pytest.mark.parametrize(
    "junk", [b"\x00\x01\xff" * 50, b'\xef\xbb\xbf\xff\xfe{"', b'{"time":1e999}']
)
def test_junk_never_raises(junk, tmp_path):
    kind_of_head(Head.of(junk))
    read(write(tmp_path, junk + b"\n" + junk), "app_log")


def test_crlf_and_a_byte_order_mark_change_nothing(tmp_path):
    plain = (LOGS / "api.log").read_bytes()
    other = write(tmp_path, b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n"))
    found, expected = requests(other)[0], requests(LOGS / "api.log")[0]
    np.testing.assert_array_equal(found.duration_s, expected.duration_s)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=20))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    text = "".join(
        f"2026-11-23T04:05:06.5Z INFO GET /items/{n} 200 dur_us={took} db_us={took}\n"
        for n, took in rows
    )
    path = write(tmp_path_factory.mktemp("log"), text)
    assert kind_of(path) == "app_log"
    found, _, bad = requests(path)
    np.testing.assert_allclose(found.duration_s, [took / 1e6 for _, took in rows])
    np.testing.assert_allclose(found.waits_s["db"], found.duration_s)
    assert bad.count == 0


def test_stamps_of_beginnings_are_told_from_stamps_of_ends(tmp_path):
    ends = [(10.0 + 0.1 * i, 0.05 + (i % 5) * 0.3) for i in range(40)]
    began = [(end - took, took) for end, took in ends]

    def log(rows):
        stamps = (f"2026-03-01T10:00:{at:06.3f}Z" for at, _ in rows)
        lines = zip(stamps, rows, strict=True)
        return "".join(f"{t} INFO GET /a 200 dur_ms={1000 * s:.1f}\n" for t, (_, s) in lines)

    for rows, expected in ((ends, False), (began, True)):
        reading, _ = read(write(tmp_path, log(rows)), "app_log")
        assert reading.requests[0].started is expected
