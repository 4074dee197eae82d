"""`netstat -s`: words of net-tools old and new, stamped, torn."""

from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.collectors import netstat_statistics
from diagnose.collectors._tcp_counters import GAUGES, TOTALS
from diagnose.rawfile import Head
from diagnose.readings import Form

FULL = FIXTURES / "netstat_statistics" / "full_queue.txt"


def test_a_real_file_is_told_and_read():
    assert kind_of(FULL) == "netstat_statistics"
    reading, bad = read(FULL, "netstat_statistics")
    assert bad.count == 0
    found = {s.metric: s.values.tolist() for s in reading.samples}
    assert found["tcp.listen_overflows_per_s"] == [18]
    assert found["tcp.listen_drops_per_s"] == [18]
    assert found["tcp.timeouts_per_s"] == [1]
    assert found["tcp.syn_cookies_per_s"] == [1]
    assert found["sock.tcp_established"] == [6]
    assert found["udp.receive_buffer_errors_per_s"] == [0]
    assert sample(reading, "tcp.retransmits_per_s").form is Form.COUNTER
    assert "tcp.pruned_per_s" not in found  # left out while it is 0: not known


def test_words_of_old_releases(tmp_path):
    text = "Tcp:\n    9 segments retransmited\n    5 active connections openings\nTcpExt:\n"
    text += "    4 SYNs to LISTEN sockets ignored\n    TCP ran low on memory 3 times\n"
    file = write(tmp_path, text.replace("\n", "\r\n"))
    assert kind_of(file) == "netstat_statistics"
    reading, bad = read(file, "netstat_statistics")
    assert bad.count == 0
    assert {s.metric: s.values.tolist() for s in reading.samples} == {
        "tcp.retransmits_per_s": [9],
        "tcp.active_opens_per_s": [5],
        "tcp.listen_drops_per_s": [4],
        "tcp.memory_pressures_per_s": [3],
    }


def test_a_series_with_a_torn_tail(tmp_path):
    text = FULL.read_text()
    file = write(tmp_path, f"# 1795406687\n{text}# 1795406688\n{text[:900]}\nTcpE")
    assert kind_of(file) == "netstat_statistics"
    reading, bad = read(file, "netstat_statistics")
    assert [line for _, line in bad.kept] == ["TcpE"]
    assert sample(reading, "tcp.retransmits_per_s").at_s.tolist() == [1795406687, 1795406688]


def test_every_name_is_one_of_the_shared_table():
    assert set(netstat_statistics.NAMES.values()) <= {*TOTALS, *GAUGES}


def test_what_looks_alike_is_refused():
    for other in (b"Tcp: InSegs\nTcp: 5\n", b"Tcp:\n", b"Ip:\n    5 forwarded\n"):
        assert kind_of_head(Head.of(other)) != "netstat_statistics"


named = sorted(name for name in TOTALS if name.startswith("TcpExtTCP"))


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(named), st.integers(0, 2**53), min_size=1))
def test_what_we_write_we_read_back(tmp_path_factory, counters):
    rows = "".join(f"    {n.removeprefix('TcpExt')}: {value}\n" for n, value in counters.items())
    file = write(tmp_path_factory.mktemp("netstat"), f"Tcp:\n    1 resets sent\nTcpExt:\n{rows}")
    assert kind_of(file) == "netstat_statistics"
    reading, bad = read(file, "netstat_statistics")
    assert bad.count == 0
    for name, value in counters.items():
        assert sample(reading, TOTALS[name]).values.tolist() == [value]
