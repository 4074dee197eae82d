"""Access logs as nginx wrote them, in many formats, and every log we can write ourselves."""

import gzip
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, write

from diagnose.badlines import BadLines
from diagnose.collectors.nginx_access import parse
from diagnose.errors import UnreadableSource
from diagnose.rawfile import Head, RawFile

LOGS = FIXTURES / "nginx_access"
SAME_REQUESTS = ("bare", "ingress", "odd", "plainkv", "colon", "badjs")
LINE = '10.0.0.7 - - [23/Nov/2026:04:04:46 +0100] "GET /a/7?x=1 HTTP/1.1" 200 5 "-" "ua" rt=0.800'


def requests(path, **context):
    reading, bad = read(path, "nginx_access", **context)
    (found,) = reading.requests
    return found, bad, reading


def of(tmp_path, text, **context):
    return requests(write(tmp_path, text), **context)


def names(labels):
    return [labels.names[code] if code >= 0 else "" for code in labels.codes]


@pytest.mark.parametrize("log", sorted(LOGS.glob("*.log")), ids=lambda path: path.stem)
def test_every_line_of_a_real_log_is_a_request(log):
    assert kind_of(log) == "nginx_access"
    found, bad, _ = requests(log)
    assert bad.count == 0
    np.testing.assert_array_equal(found.lines, np.arange(1, log.read_bytes().count(b"\n") + 1))
    assert np.isfinite(found.ended_s).all() and np.isfinite(found.status).all()


@pytest.mark.parametrize("name", SAME_REQUESTS)
def test_every_format_tells_the_same_of_the_same_requests(name):
    known, _, _ = requests(LOGS / "plainkv.log")
    found, _, _ = requests(LOGS / f"{name}.log")
    np.testing.assert_array_equal(found.status, known.status)
    np.testing.assert_allclose(found.duration_s, known.duration_s)
    np.testing.assert_allclose(found.upstream_s, known.upstream_s)
    # A try that failed before it had an address is seen in its time alone.
    assert (found.tries != known.tries).sum() <= 1
    assert np.abs(found.ended_s - known.ended_s).max() <= 1.0


def test_a_retry_adds_up_and_its_last_try_counts():
    found, _, _ = requests(LOGS / "plainkv.log")
    row = int(np.flatnonzero(found.tries == 2)[0])
    assert found.upstream_s[row] == pytest.approx(0.018)
    assert found.upstream_status[row] == 200
    assert names(found.upstream)[row] == "127.0.0.1:18901"
    asked_nobody = found.status == 404
    assert np.isnan(found.upstream_s[asked_nobody]).all() and not found.tries[asked_nobody].any()


def test_a_timed_log_gives_every_column():
    found, _, reading = requests(LOGS / "timed.log")
    assert found.ended_s[0] == 1795406686.0 and not reading.naive and reading.notes == []
    assert (found.duration_s[0], found.upstream_s[0], found.header_s[0]) == (0.225, 0.225, 0.225)
    assert found.connect_s[0] == 0.0 and found.bytes_sent[0] == 1943.0
    assert found.new_connection[0] == 1.0 and not found.started
    assert found.sender.names == ("10.77.0.2",) and found.upstream.names == ("10.77.2.2:80",)
    assert set(found.route.names) == {"GET /items/[id]", "GET /search", "POST /orders"}
    assert np.isnan(found.upstream_status[found.status == 499]).all()


def test_milliseconds_are_preferred():
    found, _, _ = requests(LOGS / "escaped.json.log")
    assert found.ended_s[0] == 1795406686.428


def test_a_log_without_times_says_what_to_add():
    found, _, reading = requests(LOGS / "combined.log")
    assert found.duration_s is None and found.upstream is None
    assert "lacks $request_time" in reading.notes[0] and "msec=$msec" in reading.notes[0]
    assert "(malformed request)" in names(found.route)


def test_numbers_without_names_are_times_only_where_they_behave_so(tmp_path):
    _, _, reading = requests(LOGS / "bare.log")
    assert "$request_time is value 10" in reading.notes[0]
    odd = "".join(LINE[:-9] + f" {a:.3f} {1 - a:.3f}\n" for a in np.linspace(0.1, 0.9, 9))
    found, bad, reading = of(tmp_path, odd)
    assert found.duration_s is None and bad.count == 0
    assert "cannot be told" in reading.notes[0]


def test_apaches_microseconds_are_read_where_only_apache_can_have_written_them(tmp_path):
    found, _, _ = requests(LOGS / "apache.log")
    np.testing.assert_allclose(found.duration_s, [0.225113, 0.001093, 0.000087])
    assert found.started
    found, _, _ = of(tmp_path, (LOGS / "apache.log").read_text().replace("304 -", "304 0"))
    assert found.duration_s is None


def test_the_format_of_nginx_conf_is_used(tmp_path):
    text = "GET /x 200 took 0.250 at 1795406686.428, 0.100 of 10.0.0.1:80\n" * 2 + "GET /x 20"
    log_format = (
        "$request_method $uri $status took $request_time at ${msec}, "
        "$upstream_response_time of $upstream_addr"
    )
    found, bad, _ = of(tmp_path, text, log_formats={"mine": log_format, "other": "$uri"})
    assert (found.upstream_s == 0.1).all() and (found.duration_s == 0.25).all()
    assert bad.kept == [(3, "GET /x 20")]


def test_two_formats_in_one_log_are_both_read_in_order(tmp_path):
    text = (LOGS / "timed.log").read_bytes().splitlines(keepends=True)
    mixed = (LOGS / "combined.log").read_bytes() + text[0] * 5 + (LOGS / "badjs.log").read_bytes()
    found, bad, reading = of(tmp_path, mixed)
    assert bad.count == 0 and found.lines.size == mixed.count(b"\n")
    assert (np.diff(found.lines) == 1).all() and "3 formats" in " ".join(reading.notes)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_line_ends_marks_and_compression_do_not_matter(tmp_path, end, packed):
    text = b"\xef\xbb\xbf" + (LOGS / "timed.log").read_bytes().replace(b"\n", end)
    found, bad, _ = of(tmp_path, packed(text))
    assert bad.count == 0 and found.lines.size == text.count(b"\n")


def test_a_line_torn_anywhere_is_bad_or_complete(tmp_path):
    whole = (LOGS / "timed.log").read_text().splitlines()
    last = whole[-1].rindex("creq=") + 5
    for cut in range(1, last):
        found, bad, _ = of(tmp_path, "\n".join([*whole[:5], whole[-1][:cut]]))
        assert (found.lines.size, bad.count) == (5, 1), whole[-1][:cut]


def test_what_is_no_request_is_bad(tmp_path):
    glued = LINE[:70] + LINE
    junk = f"{LINE}\n{glued}\n\x00\x00\x00\n{'x' * 10_000_000}\n{LINE}\n"
    _, bad, _ = of(tmp_path, f"{LINE}\n" * 5 + junk)
    assert [number for number, _ in bad.kept] == [7, 8, 9]


def test_bytes_that_are_no_text_stay_in_their_line(tmp_path):
    found, bad, _ = of(tmp_path, LINE.encode().replace(b"/a/7", b"/caf\xe9/\x85") + b"\n")
    assert bad.count == 0 and names(found.route) == ["GET /[id]/[id]"]


def test_a_date_that_does_not_exist_is_bad(tmp_path):
    found, bad, _ = of(tmp_path, f"{LINE}\n{LINE.replace('23/Nov', '31/Nov')}\n")
    assert found.lines.tolist() == [1] and bad.kept[0][0] == 2
    assert found.ended_s[0] == 1795403086.0  # the zone is heeded


def test_times_without_a_zone_are_naive(tmp_path):
    text = '{"time":"2026-11-23 04:04:46","status":200,"uri":"/","request_time":0.1}\n'
    assert of(tmp_path, text)[2].naive


def test_lines_of_a_container_are_unpacked(tmp_path):
    text = json.dumps({"log": f"{LINE}\n", "stream": "stdout", "time": "2026"}) + "\n"
    assert kind_of(write(tmp_path, text)) == "nginx_access"
    assert of(tmp_path, text)[0].duration_s[0] == 0.8


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\x00\xff\x1f",
        b"2026/11/23 04:05:04 [warn] 1#1: 36 worker_connections are not enough\n",
        b"2026-11-23T03:13:41.919Z INFO GET /items/5 200 dur_ms=1.1 wait_ms=0.0 db_ms=0.7\n",
        b'{"ts":"2026-11-23T03:13:41Z","level":"info","msg":"GET /items","ms":1.2}\n',
        b"1795406687.306 27\t0\t65536\n",
        b"Active connections: 1\nserver accepts handled requests\n 2 2 2\n",
    ],
)
def test_what_looks_alike_is_refused(text):
    assert kind_of_head(Head.of(text)) != "nginx_access"


def test_another_file_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(UnreadableSource, match="no line is of the expected format"):
        parse(RawFile("x", write(tmp_path, "hello\n" * 200)), BadLines("x"))


def test_many_routes_are_bounded_in_any_order(tmp_path):
    rng = np.random.default_rng(1)
    words = ["".join(rng.choice(list("abcdefghij"), 7)) for _ in range(6000)]
    lines = [LINE.replace("/a/7?x=1", f"/u/{word}/posts/") for word in words] + [LINE] * 9000
    forth, _, _ = of(tmp_path, "\n".join(lines))
    back, _, _ = of(tmp_path, "\n".join(reversed(lines)))
    assert len(forth.route.names) <= 65
    assert names(forth.route) == names(back.route)[::-1]


times_s = st.integers(0, 10**6).map(lambda ms: ms / 1000)
tries_s = st.lists(times_s | st.none(), min_size=1, max_size=4)
agents = st.text(st.characters(codec="utf-8", exclude_characters='"\\\r\n', min_codepoint=32))


@given(rows=st.lists(st.tuples(times_s, tries_s, agents, st.integers(100, 599)), min_size=1))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    lines = []
    for request_s, upstream_s, agent, status in rows:
        urt = " : ".join("-" if t is None else f"{t:.3f}" for t in upstream_s)
        lines.append(
            f'2001:db8::1 - - [23/Nov/2026:04:04:46 +0000] "GET / HTTP/2.0" {status} 0 "-" '
            f'"{agent}" rt={request_s:.3f} urt="{urt}"'
        )
    found, bad, _ = of(tmp_path_factory.mktemp("log"), "\n".join(lines))
    assert bad.count == 0
    np.testing.assert_allclose(found.duration_s, [row[0] for row in rows])
    known = [[t for t in row[1] if t is not None] for row in rows]
    np.testing.assert_allclose(found.upstream_s, [sum(t) if t else np.nan for t in known])
    np.testing.assert_array_equal(found.status, [row[3] for row in rows])


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_no_bytes_make_it_fall(tmp_path_factory, junk):
    kind_of_head(Head.of(junk))
    read(write(tmp_path_factory.mktemp("log"), junk), "nginx_access")
