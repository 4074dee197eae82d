"""Times of log entries are read in every shape that servers and applications write."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.collect.log_times import HostTime, shape_of

AT_S = 1795406706.0  # 2026-11-23T04:05:06Z
NOW = HostTime(0.0, AT_S + 3600)
TOKYO = HostTime(9 * 3600.0, AT_S + 3600)
MARIADB = b"""# User@Host: app[app] @  [10.0.0.9]
# Thread_id: 17  Schema: shop  QC_hit: No
# Query_time: 2.000000  Lock_time: 0.000048  Rows_sent: 20  Rows_examined: 200020
SET timestamp=1795406704;
SELECT '2011-01-01 00:00:00'
  FROM items;
"""
MYSQL8 = b"""# Time: 2026-11-23T04:05:06.000000Z
# User@Host: app[app] @  [10.0.0.9]  Id:    17
# Query_time: 2.000000  Lock_time: 0.000048 Rows_sent: 20  Rows_examined: 200020
SET timestamp=1795406704;
SELECT 1;
"""
OLD = b"""# Time: 261123  4:05:06
# User@Host: app[app] @  [10.0.0.9]
# Query_time: 2.000000  Lock_time: 0.000048  Rows_sent: 20  Rows_examined: 200020
SELECT 1;
"""
LINES = {
    "combined": b'10.0.0.9 - - [23/Nov/2026:04:05:06 +0000] "GET /a HTTP/1.1" 200 6 "-" "x"\n',
    "combined in Tokyo": b'10.0.0.9 - - [23/Nov/2026:13:05:06 +0900] "GET / HTTP/1.1" 200 6\n',
    "HAProxy": b"10.0.0.9:55 [23/Nov/2026:04:05:06.000] web app/a1 0/0/1/2/3 200 9 - -\n",
    "$msec first": b'1795406706.000 10.0.0.9 "GET /a HTTP/1.1" 200 0.012\n',
    "$msec last": b'10.0.0.9 "GET /a?t=2011-01-01 HTTP/1.1" 200 rt=0.012 1795406706.000\n',
    "LTSV": b"host:10.0.0.9\ttime:23/Nov/2026:04:05:06 +0000\tstatus:200\n",
    "LTSV in brackets": b"host:10.0.0.9\ttime:[23/Nov/2026:04:05:06 +0000]\tstatus:200\n",
    "logfmt": b'level=info ts=2026-11-23T04:05:06Z caller=a.go:1 msg="a 2011-01-01 00:00:00"\n',
    "JSON": b'{"level":"info","msg":"since 2011-01-01 00:00:00","time":"2026-11-23T04:05:06Z"}\n',
    "JSON of zap": b'{"level":"info","ts":1795406706.0,"caller":"a.go:1","msg":"x"}\n',
    "JSON of pino": b'{"level":30,"time":1795406706000,"pid":7,"msg":"x"}\n',
    "JSON of nginx": b'{"time_local":"23/Nov/2026:04:05:06 +0000","status":"200"}\n',
    "JSON behind a prefix": b'2011 F {"ts":"2026-11-23T04:05:06.000+00:00","status":200}\n',
    "nginx's errors": b"2026/11/23 04:05:06 [error] 7#7: *1 connect() failed\n",
    "text with a zone": b"2026-11-23T04:05:06.000+00:00 INFO GET /a 200\n",
    "Go's gin": b"[GIN] 2026/11/23 - 04:05:06 | 200 | 1.2ms | 10.0.0.1 | GET /a\n",
    "Python": b"[INFO] 2026-11-23 04:05:06,000 started\n",
    "MariaDB's errors": b"2026-11-23  4:05:06 0 [Note] InnoDB: loaded\n",
    "MySQL's errors": b"2026-11-23T04:05:06.000000Z 0 [System] [MY-010116] [Server] starting\n",
    "old MySQL's errors": b"261123  4:05:06 [Note] Event Scheduler: Loaded 0 events\n",
    "PostgreSQL": b"2026-11-23 04:05:06.000 UTC [16426] LOG:  duration: 3.629 ms\n",
    "PostgreSQL in Tokyo": b"2026-11-23 13:05:06.000 JST [16426] LOG:  duration: 3.629 ms\n",
    "PostgreSQL's %n": b"1795406706.000 [16426] LOG:  duration: 3.629 ms\n",
    "syslog": b"Nov 23 04:05:06 lb1 kernel: [104235.15] TCP: out of memory\n",
    "logread": b"Mon Nov 23 04:05:06 2026 kern.warn kernel: [1.2] TCP: out of memory\n",
    "dmesg -T": b"[Mon Nov 23 04:05:06 2026] TCP: out of memory\n",
    "MariaDB's slow log": MARIADB,
    "MySQL 8's slow log": MYSQL8,
    "an old slow log": OLD,
}
LOCAL = {
    "nginx's errors": b"2026/11/23 13:05:06 [error] 7#7: *1 connect() failed\n",
    "MariaDB's errors": b"2026-11-23 13:05:06 0 [Note] InnoDB: loaded\n",
    "syslog": b"Nov 23 13:05:06 lb1 kernel: [104235.15] TCP: out of memory\n",
    "an old slow log": OLD.replace(b" 4:05:06", b"13:05:06"),
}


def times(chunk: bytes, host: HostTime) -> list[float]:
    shape = shape_of([chunk], host)
    assert shape is not None
    return [entry.at_s for entry in shape.entries(chunk, host)]


@pytest.mark.parametrize("name", LINES)
def test_the_time_of_an_entry_is_read(name):
    assert times(3 * LINES[name], NOW) == [AT_S] * 3


@pytest.mark.parametrize("name", LOCAL)
def test_a_stamp_without_a_zone_is_local_time(name):
    assert times(3 * LOCAL[name], TOKYO) == [AT_S] * 3


def test_an_entry_begins_where_its_first_line_does():
    shape = shape_of([MARIADB], NOW)
    starts = [entry.start for entry in shape.entries(MARIADB + MARIADB, NOW)]
    assert starts == [0, len(MARIADB)]


def test_lines_without_a_time_belong_to_the_entry_before():
    log = LINES["PostgreSQL"] + b"\tFROM items WHERE at > '2011-01-01 00:00:00'\n"
    assert times(3 * log, NOW) == [AT_S] * 3


def test_a_year_that_is_not_written_is_the_latest_that_has_come():
    new_year = HostTime(0.0, datetime(2027, 1, 1, 0, 5, tzinfo=UTC).timestamp())
    december = datetime(2026, 12, 31, 23, 59, tzinfo=UTC).timestamp()
    assert times(b"Dec 31 23:59:00 a b: c\nJan  1 00:01:00 a b: c\n", new_year) == [
        december,
        december + 120,
    ]


@pytest.mark.parametrize(
    "log",
    [
        b"",
        b"\0" * 5000,
        b"no time at all\n" * 50,
        b"2026-11-23 04:05:06 up\n2020-01-01 00:00:00 down\n" * 20,
        b"2026-13-45 99:99:99 no calendar has it\n" * 20,
        bytes(range(256)) * 40,
    ],
)
def test_a_log_whose_times_do_not_rise_has_no_shape(log):
    assert shape_of([log], NOW) is None


@given(st.binary(max_size=400))
def test_no_bytes_break_it(log):
    shape = shape_of([log], NOW)
    if shape is not None:
        assert all(0 <= entry.start < len(log) for entry in shape.entries(log, NOW))


@given(st.integers(978_400_000, 1_795_406_706), st.integers(-14 * 4, 14 * 4))
def test_local_stamps_come_back(at_s, quarters):
    host = HostTime(900.0 * quarters, AT_S)
    local = datetime.fromtimestamp(at_s + host.utc_offset_s, UTC)
    assert times(local.strftime("%Y/%m/%d %H:%M:%S [error] x\n").encode(), host) == [at_s]
