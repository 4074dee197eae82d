"""Messages of the kernel in dmesg and syslog of all shapes, with what it held back."""

import os
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, write

from diagnose.collectors import kernel_log
from diagnose.metrics import METRICS, message
from diagnose.rawfile import Head

HERE = FIXTURES / "kernel_log"
NOVEMBER = datetime(2026, 11, 24, tzinfo=UTC).timestamp()


def found(reading, slug, source="kernel"):
    (one,) = [o for o in reading.occurrences if o.metric == message(source, slug)]
    return one


def dated(path, at_s=NOVEMBER):
    """The file as last written at a known time."""
    os.utime(path, (at_s, at_s))
    return path


def test_a_full_table_is_counted_with_what_the_kernel_held_back(tmp_path):
    text = (HERE / "syslog_full_table.log").read_bytes()
    file = dated(write(tmp_path, text))
    assert kind_of(file) == "kernel_log"
    reading, bad = read(file, "kernel_log")
    full = found(reading, "conntrack_full")
    assert full.at_s.size == 1 + 3939 + 1 + 4 + 1 + 2
    assert full.at_s[0] == datetime(2026, 11, 23, 4, 4, 5, tzinfo=UTC).timestamp()
    assert reading.naive
    assert reading.notes == [kernel_log.YEAR]
    assert bad.count == 1
    assert found(reading, "out_of_memory").at_s.size == 1
    assert found(reading, "link_down").lines.tolist() == [11]
    assert found(reading, "syn_flooding").at_s.size == 0
    assert [(f.name, f.value) for f in reading.facts] == [("host.name", "gw")]


def test_every_message_of_the_kernel_is_looked_for():
    reading, _ = read(HERE / "dmesg.txt", "kernel_log")
    wanted = {name for name in METRICS if name.startswith("message.kernel.")}
    assert {o.metric for o in reading.occurrences} == wanted


@pytest.mark.parametrize("name", ["dmesg_T.txt", "dmesg_T_ja.txt", "dmesg_iso.txt"])
def test_dmesg_with_a_clock_in_any_language(name):
    assert kind_of(HERE / name) == "kernel_log"
    reading, bad = read(HERE / name, "kernel_log")
    assert bad.count == 0
    flooding = found(reading, "syn_flooding")
    assert flooding.at_s == pytest.approx([1795415887.0], abs=1)
    assert reading.naive == (name != "dmesg_iso.txt")


@pytest.mark.parametrize("name", ["dmesg.txt", "dmesg_x.txt"])
def test_seconds_since_boot_are_counted_without_a_time(name):
    assert kind_of(HERE / name) == "kernel_log"
    reading, bad = read(HERE / name, "kernel_log")
    assert bad.count == 0
    assert np.isnan(found(reading, "syn_flooding").at_s).tolist() == [True]
    assert reading.notes == [kernel_log.NO_CLOCK]


@pytest.mark.parametrize(
    "head",
    [
        "2026-11-23T04:04:47.500000+00:00 lb1 kernel:",
        "2026-11-23T05:04:47.5+0100 kernel:",
        "Mon 2026-11-23 04:04:47.5 UTC lb1 kernel:",
        "1795406687.500000 lb1 kernel:",
        "Nov 23 04:04:47.5 lb1 kernel:",
        "Mon Nov 23 04:04:47.5 2026 kern.warn kernel: [  12.34]",
        "<4>Nov 23 04:04:47.5 lb1 kernel:",
    ],
)
def test_all_shapes_of_heads_tell_the_same_time(tmp_path, head):
    file = dated(write(tmp_path, f"{head} TCP: out of memory -- consider tuning tcp_mem\n"))
    assert kind_of(file) == "kernel_log"
    reading, _ = read(file, "kernel_log")
    assert found(reading, "tcp_out_of_memory").at_s.tolist() == [1795406687.5]


def test_a_syslog_from_before_new_year_is_of_the_year_before(tmp_path):
    text = "Dec 31 23:59:59 h kernel: Out of socket memory\nJan  1 00:00:01 h kernel: ok\n"
    january = datetime(2027, 1, 3, tzinfo=UTC).timestamp()
    reading, _ = read(dated(write(tmp_path, text), january), "kernel_log")
    (at_s,) = found(reading, "tcp_out_of_memory").at_s
    assert at_s == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()


def test_held_back_before_the_message_or_of_another_is_told_apart(tmp_path):
    text = (
        "[ 1.0] net_ratelimit: 7 callbacks suppressed\n[ 1.0] neighbour: arp_cache: neighbor"
        " table overflow!\n[ 2.0] show_signal_msg: 4 callbacks suppressed\n"
        "[ 3.0] Buffer I/O error on dev sda1, logical block 0, lost async page write\n"
        "[ 3.0] buffer_io_error: 9 callbacks suppressed\n[ 4.0] sr 1:0: I/O error, dev sr0\n"
    )
    reading, _ = read(write(tmp_path, text), "kernel_log")
    assert found(reading, "neighbour_overflow").at_s.size == 8
    assert found(reading, "io_error").at_s.size == 10


def test_a_damaged_number_does_not_fill_the_memory(tmp_path):
    text = "[ 1.0] nf_conntrack: table full, dropping packet\n[ 2.0] net_ratelimit: "
    reading, _ = read(write(tmp_path, text + "999999999 callbacks suppressed\n"), "kernel_log")
    assert found(reading, "conntrack_full").at_s.size == kernel_log.MOST + 1


def test_what_looks_alike_is_refused():
    others = (
        b"[Mon Nov 23 04:04:47 2026] [error] [client 192.0.2.1] File does not exist\n",
        b"[    20.345] (II) Module glx: vendor\n[    20.350] (==) Depth 24\n",
        b"2026-11-23T04:04:47Z INFO api: started\n",
        b"Nov 23 04:04:47 api api[812]: connection refused\n",
        b"[1] first\n[2] second\n",
        b"\x00\x01\x02kernel: \xff\xfe",
    )
    for other in others:
        assert kind_of_head(Head.of(other)) != "kernel_log"


stamps = st.integers(1_700_000_000, 1_795_000_000)


@settings(max_examples=40)
@given(st.lists(st.tuples(stamps, st.booleans()), min_size=1, max_size=20))
def test_what_we_write_we_read_back(tmp_path_factory, lines):
    text = ""
    for at_s, ours in lines:
        stamp = datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
        words = "TCP: time wait bucket table overflow" if ours else "usb 1-1: new device"
        text += f"{stamp} lb1 kernel: {words}\n"
    file = write(tmp_path_factory.mktemp("kernel"), text)
    assert kind_of(file) == "kernel_log"
    reading, bad = read(file, "kernel_log")
    overflow = found(reading, "time_wait_overflow")
    assert (bad.count, reading.naive) == (0, False)
    assert overflow.at_s.tolist() == [at_s for at_s, ours in lines if ours]
    assert overflow.lines.tolist() == [k for k, (_, ours) in enumerate(lines, start=1) if ours]
