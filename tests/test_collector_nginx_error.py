"""Error logs that a real nginx wrote, and each message of the vocabulary."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, write

from diagnose.collectors.nginx_error import slug_of
from diagnose.metrics import METRICS
from diagnose.rawfile import Head

LOGS = FIXTURES / "nginx_error"
HEAD = "2026/11/23 04:05:04 [error] 7#8: *9 "
IN_MIXED = {
    "reusing_connections": 1,
    "limiting_requests": 1,
    "delaying_requests": 2,
    "no_live_upstreams": 1,
    "upstream_disabled": 2,
    "connect_refused": 2,
    "connect_timed_out": 1,
    "read_timed_out": 1,
    "upstream_reset": 1,
    "prematurely_closed": 1,
    "no_local_address": 1,
    "header_too_big": 1,
    "worker_died": 1,
    "could_not_resolve": 1,
    "other_error": 5,
}


def counts(path):
    reading, bad = read(path, "nginx_error")
    found = {o.metric.split(".")[2].removesuffix("_per_s"): o for o in reading.occurrences}
    return found, bad, reading


def test_a_real_log_gives_every_message_and_empty_columns_for_the_rest():
    assert kind_of(LOGS / "mixed.log") == "nginx_error"
    found, bad, reading = counts(LOGS / "mixed.log")
    assert {slug: o.at_s.size for slug, o in found.items() if o.at_s.size} == IN_MIXED
    assert {o.metric for o in found.values()} == {m for m in METRICS if ".nginx." in m}
    assert bad.count == 0 and reading.naive
    assert all(o.at_s.shape == o.lines.shape and o.part == "" for o in found.values())


def test_an_example_keeps_the_address_and_drops_the_query():
    found, _, _ = counts(LOGS / "mixed.log")
    example = found["connect_timed_out"].example
    assert 'upstream: "http://127.0.0.1:18906' in example
    assert "?..." in example and "token" not in example and "abc" not in example


def test_connections_that_are_reused_are_told_from_those_refused():
    found, _, _ = counts(LOGS / "worker_connections.log")
    assert found["worker_connections_not_enough"].at_s[0] == 1795408101.0
    assert (found["worker_connections_not_enough"].at_s.size, found["other_error"].at_s.size) == (
        58,
        0,
    )
    assert found["reusing_connections"].lines.tolist() == [2]


@pytest.mark.parametrize(
    ("slug", "text"),
    [
        ("too_many_open_files", "accept4() failed (24: Too many open files)"),
        ("limiting_connections", 'limiting connections by zone "addr", client: 127.0.0.1'),
        ("connect_timed_out", "connect() failed (110: Connection timed out) while connecting to"),
        ("connect_failed", "connect() to unix:/a failed (11: Resource temporarily unavailable)"),
        ("connect_failed", "connect() failed (113: No route to host) while connecting to upstream"),
        ("upstream_reset", "writev() failed (32: Broken pipe) while sending request to upstream"),
        ("buffered_to_file", "an upstream response is buffered to a temporary file /a while"),
        ("zone_full", 'could not allocate node in cache keys zone "a"'),
        ("no_memory", "malloc(4096) failed (12: Cannot allocate memory)"),
        ("no_space", 'pwrite() "/a" failed (28: No space left on device)'),
        ("other_error", "recv() failed (104: Connection reset by peer), client: a, upstream: b"),
        ("", "limiting requests, dry run, excess: 0.5"),
    ],
)
def test_messages_are_told_by_their_words(slug, text):
    assert slug_of(text, "error") == slug
    assert slug_of("using the epoll event method", "notice") == ""


def test_a_trace_belongs_to_its_message_and_junk_to_none(tmp_path):
    text = (
        f"ons are not enough\n{HEAD}lua entry thread aborted: runtime error\nstack traceback:\n"
        f'\t[C]: in function\n{HEAD}FastCGI sent in stderr: "PHP message: a\n#1 b"\n'
        f"{HEAD}no live upstreams\n\x00\x01\n2026/99/23 04:05:04 [error] 7#8: x\n2026/11/2"
    )
    found, bad, _ = counts(write(tmp_path, text))
    assert (found["other_error"].at_s.size, found["no_live_upstreams"].at_s.size) == (2, 1)
    assert bad.count == 4 and [number for number, _ in bad.kept] == [1, 8, 9]


def test_a_prefix_of_syslog_is_read_over(tmp_path):
    path = write(tmp_path, f"Nov 23 04:05:04 lb1 nginx: {HEAD}no live upstreams\r\n")
    assert kind_of(path) == "nginx_error"
    assert counts(path)[0]["no_live_upstreams"].at_s.tolist() == [1795406704.0]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"2026/11/23 04:05:04 http: Accept error\n",
        b"[Mon Nov 23 04:05:04.1 2026] [core:error] [pid 7:tid 8] AH00124: x\n",
        b"2026-11-23T04:05:04Z 0 [ERROR] [MY-010055] [Server] x\n",
    ],
)
def test_what_looks_alike_is_refused(text):
    assert kind_of_head(Head.of(text)) != "nginx_error"


@given(st.lists(st.tuples(st.integers(0, 2**31), st.sampled_from(sorted(IN_MIXED))), min_size=1))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    words = {"no_live_upstreams": "no live upstreams", "other_error": "open() failed (2: x)"}
    rows = [(at, slug if slug in words else "other_error") for at, slug in rows]
    stamps = np.array([at for at, _ in rows], "datetime64[s]")
    lines = [
        f"{str(stamp).replace('-', '/').replace('T', ' ')} [error] 1#1: {words[slug]}"
        for stamp, (_, slug) in zip(stamps, rows, strict=True)
    ]
    found, bad, _ = counts(write(tmp_path_factory.mktemp("log"), "\n".join(lines)))
    assert bad.count == 0
    for slug in words:
        assert found[slug].at_s.tolist() == [at for at, one in rows if one == slug]


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fall(tmp_path_factory, junk):
    kind_of_head(Head.of(junk))
    counts(write(tmp_path_factory.mktemp("log"), junk))
