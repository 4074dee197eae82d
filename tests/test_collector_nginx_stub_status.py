"""stub_status, stamped and lone, with calls that failed and a torn tail."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head
from diagnose.readings import Form

PAGES = FIXTURES / "nginx_stub_status"
LONE = (
    "Active connections: 291 \nserver accepts handled requests\n"
    " 16630948 16630940 31070465 \nReading: 6 Writing: 179 Waiting: 106 \n"
)


def test_a_real_series_is_told_by_its_content_and_read():
    assert kind_of(PAGES / "stamped.txt") == "nginx_stub_status"
    reading, bad = read(PAGES / "stamped.txt", "nginx_stub_status")
    active = sample(reading, "nginx.active_connections")
    assert bad.count == 0 and active.at_s.size == 12
    assert (active.at_s[0], active.values[0], active.lines[0]) == (1795406687.238, 1.0, 2)
    assert sample(reading, "nginx.requests_per_s").form is Form.COUNTER


def test_connections_dropped_are_accepts_less_handled():
    reading, bad = read(PAGES / "exhausted.txt", "nginx_stub_status")
    dropped = sample(reading, "nginx.dropped_connections_per_s")
    np.testing.assert_array_equal(dropped.values[:2], [0, 20039 - 4917])
    assert dropped.form is Form.COUNTER and bad.count == 0


def test_a_lone_page_has_no_time(tmp_path):
    reading, _ = read(write(tmp_path, LONE.replace("\n", "\r\n")), "nginx_stub_status")
    waiting = sample(reading, "nginx.waiting")
    assert np.isnan(waiting.at_s).all() and waiting.values.tolist() == [106]
    assert sample(reading, "nginx.dropped_connections_per_s").values.tolist() == [8]
    assert len(reading.samples) == 7


def test_a_stamp_on_every_line_is_read(tmp_path):
    text = "".join(f"1795406687.5 {line}\n" for line in LONE.splitlines())
    reading, bad = read(write(tmp_path, text), "nginx_stub_status")
    assert sample(reading, "nginx.writing").at_s.tolist() == [1795406687.5] and bad.count == 0


@pytest.mark.parametrize("cut", range(62, len(LONE)))
def test_a_torn_tail_gives_no_false_counter(tmp_path, cut):
    reading, bad = read(write(tmp_path, LONE[:cut]), "nginx_stub_status")
    for found in reading.samples:
        if found.form is Form.COUNTER and found.values.size:
            assert found.values[0] in (16630948, 8, 31070465)
    assert bad.count <= 1


def test_what_is_no_page_is_bad(tmp_path):
    text = f"# 1795406687.5\n<html>502 Bad Gateway</html>\n# 1795406688.5\n{LONE}"
    reading, bad = read(write(tmp_path, text), "nginx_stub_status")
    assert bad.kept == [(2, "<html>502 Bad Gateway</html>")] and len(reading.samples) == 7


@pytest.mark.parametrize("text", [b"", b" 1 2 3\n 4 5 6\n", b"Active: 7\nReading: 1\n"])
def test_what_looks_alike_is_refused(text):
    assert kind_of_head(Head.of(text)) != "nginx_stub_status"


counts = st.integers(0, 2**50)


@given(st.lists(st.tuples(counts, counts, counts, counts), min_size=1))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    text = "".join(
        f"# {1795406687 + i}\nActive connections: {a} \nserver accepts handled requests\n"
        f" {b + c} {b} {d} \nReading: 0 Writing: {a} Waiting: 0 \n"
        for i, (a, b, c, d) in enumerate(rows)
    )
    reading, bad = read(write(tmp_path_factory.mktemp("x"), text), "nginx_stub_status")
    assert bad.count == 0
    dropped = sample(reading, "nginx.dropped_connections_per_s")
    assert dropped.values.tolist() == [row[2] for row in rows]
    assert sample(reading, "nginx.requests_per_s").values.tolist() == [row[3] for row in rows]
