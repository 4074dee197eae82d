"""A service's journal: what it says, how it died, whose it is."""

import os
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from reading import COLLECTORS, FIXTURES, kind_of_head, read, write

from diagnose.metrics import message
from diagnose.rawfile import Head, RawFile

HERE = FIXTURES / "syslog"


def found(reading, slug, source="app"):
    (one,) = [o for o in reading.occurrences if o.metric == message(source, slug)]
    return one


def claims(head, kind="syslog"):
    return COLLECTORS[kind].recognizes(head)


def test_a_journal_of_systemd_is_recognized_and_says_nothing_of_trouble():
    file = HERE / "journal_systemd.log"
    assert claims(RawFile("x", file).head()) == 0.3
    reading, bad = read(file, "syslog")
    assert bad.count == 0
    assert all(o.at_s.size == 0 for o in reading.occurrences)
    assert found(reading, "panic").at_s.size == 0
    assert not [o for o in reading.occurrences if "kernel" in o.metric]
    assert not [o for o in reading.occurrences if o.metric == message("app", "other_error")]


def test_trouble_of_a_service_is_counted_and_that_of_daemons_is_not(tmp_path):
    file = write(tmp_path, (HERE / "api_journal.log").read_bytes().replace(b"\n", b"\r\n"))
    november = datetime(2026, 11, 24, tzinfo=UTC).timestamp()
    os.utime(file, (november, november))
    reading, bad = read(file, "syslog")
    assert bad.count == 0
    assert found(reading, "connect_refused").at_s.tolist() == [1795406687]
    assert found(reading, "too_many_open_files").lines.tolist() == [4]
    assert found(reading, "connection_reset").at_s.size == 0
    assert found(reading, "panic").lines.tolist() == [6]
    assert found(reading, "out_of_memory").lines.tolist() == [9]
    assert [f.value for f in reading.facts] == ["api"]
    assert reading.naive


def test_the_kernel_is_heard_where_it_speaks_late(tmp_path):
    text = (HERE / "api_journal.log").read_text()
    text += "Nov 23 04:05:00 api kernel: Out of memory: Killed process 8121 (java)\njunk\n"
    reading, bad = read(write(tmp_path, text), "syslog")
    assert found(reading, "out_of_memory", "kernel").at_s.size == 1
    assert [line for _, line in bad.kept] == ["junk"]


def test_the_kernel_log_has_the_better_claim_where_the_kernel_speaks():
    head = Head.of(b"Nov 23 04:04:47 h kernel: a\nNov 23 04:04:48 h api[1]: b\n")
    assert claims(head, "kernel_log") > claims(head)


def test_what_looks_alike_is_refused():
    others = (
        b"2026-11-23T04:04:47Z INFO api: started\n",
        b"2026-11-23T04:04:47.1Z 0 [Note] [MY-010] [Server] ready\n",
        b"[ 1.0] usb 1-1: new device\n",
        b"1795406687.123456 api: 5\n",
    )
    for other in others:
        assert kind_of_head(Head.of(other)) != "syslog"


@settings(max_examples=40)
@given(st.lists(st.booleans(), min_size=1, max_size=20))
def test_what_we_write_we_read_back(tmp_path_factory, lines):
    text = "".join(
        f"2026-11-23T04:04:{k:02}+0000 api api[7]: {'socket: broken pipe' if ours else 'ready'}\n"
        for k, ours in enumerate(lines)
    )
    file = write(tmp_path_factory.mktemp("syslog"), text)
    assert claims(RawFile("x", file).head()) == 0.3
    reading, bad = read(file, "syslog")
    assert (bad.count, reading.naive) == (0, False)
    at_s = [1795406640 + k for k, ours in enumerate(lines) if ours]
    assert found(reading, "connection_reset").at_s.tolist() == at_s
