"""/proc/net/snmp and netstat: pairs of lines, stamped and lone, with a torn tail."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.collectors._tcp_counters import TOTALS
from diagnose.rawfile import Head
from diagnose.readings import Form

HERE = FIXTURES / "netstat_proc"


def test_both_files_in_one_are_told_and_read():
    assert kind_of(HERE / "both.txt") == "netstat_proc"
    reading, bad = read(HERE / "both.txt", "netstat_proc")
    assert bad.count == 0
    assert np.isnan(sample(reading, "tcp.retransmits_per_s").at_s).all()
    assert sample(reading, "sock.tcp_established").form is Form.GAUGE
    assert len(reading.samples) == len(TOTALS) + 1


def test_a_stamped_series_rises_and_a_torn_tail_is_noted(tmp_path):
    reading, bad = read(HERE / "stamped.txt", "netstat_proc")
    assert kind_of(HERE / "stamped.txt") == "netstat_proc"
    overflows = sample(reading, "tcp.listen_overflows_per_s")
    assert overflows.form is Form.COUNTER
    assert overflows.values.tolist() == [0, 6, 6]
    text = (HERE / "stamped.txt").read_text().rstrip()
    torn, bad = read(write(tmp_path, text[:-30]), "netstat_proc")
    assert bad.count == 1
    assert sample(torn, "tcp.listen_overflows_per_s").values.size == 3


def test_a_lost_line_costs_one_pair_only(tmp_path):
    text = "TcpExt: ListenOverflows\nTcp: OutSegs\nTcp: 7\njunk\nIp: OutNoRoutes\nIp: 3\n"
    reading, bad = read(write(tmp_path, text), "netstat_proc")
    assert sample(reading, "tcp.out_segments_per_s").values.tolist() == [7]
    assert sample(reading, "ip.no_route_per_s").values.tolist() == [3]
    assert [line for _, line in bad.kept] == ["TcpExt: ListenOverflows", "junk"]


def test_what_looks_alike_is_refused():
    for other in (b"TCP: inuse 1 orphan 0\n", b"Tcp:\n    0 active connection openings\n"):
        assert kind_of_head(Head.of(other)) != "netstat_proc"


names = st.sampled_from(sorted(name for name in TOTALS if name.startswith("TcpExt")))


@settings(max_examples=40)
@given(st.dictionaries(names, st.integers(0, 2**53), min_size=1))
def test_what_we_write_we_read_back(tmp_path_factory, counters):
    heads = " ".join(name.removeprefix("TcpExt") for name in counters)
    values = " ".join(str(value) for value in counters.values())
    text = f"# 1795406687.5\nTcpExt: SyncookiesSent {heads}\nTcpExt: 0 {values}\n"
    file = write(tmp_path_factory.mktemp("proc"), text)
    assert kind_of(file) == "netstat_proc"
    reading, bad = read(file, "netstat_proc")
    assert bad.count == 0
    for name, value in counters.items():
        assert sample(reading, TOTALS[name]).values.tolist() == [value]
