"""`netstat -ltn` and `-tan`: queues, states, torn tails."""

from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head

HERE = FIXTURES / "netstat_sockets"


def test_a_full_accept_queue_is_read():
    assert kind_of(HERE / "full_queue.txt") == "netstat_sockets"
    reading, bad = read(HERE / "full_queue.txt", "netstat_sockets")
    assert bad.count == 0
    waiting = sample(reading, "listen.queue_length", "192.0.2.2:8080")
    assert waiting.values.tolist() == [6]
    assert not reading.limits


def test_other_families_are_passed_over(tmp_path):
    assert kind_of(HERE / "centos_servers.txt") == "netstat_sockets"
    reading, bad = read(HERE / "centos_servers.txt", "netstat_sockets")
    assert bad.count == 0
    assert {s.part for s in reading.samples} == {"0.0.0.0:111"}


def test_all_states_are_counted_and_a_torn_tail_noted(tmp_path):
    text = (
        "# 1795406687\ntcp        0      0 :::80       :::*       LISTEN      \r\n"
        "tcp        9      0 :::80       :::*       LISTEN      \n"
        "tcp        0      0 10.0.0.1:80 10.0.0.2:5  TIME_WAIT   \n"
        "tcp        0      0 10.0.0.1:80 10.0.0.2:6  ESTABLISHED \n# 1795406688\ntcp        0"
    )
    file = write(tmp_path, text)
    assert kind_of(file) == "netstat_sockets"
    reading, bad = read(file, "netstat_sockets")
    assert bad.count == 1
    assert sample(reading, "listen.queue_length", ":::80").values.tolist() == [9]
    assert sample(reading, "sock.time_wait").values.tolist()[0] == 1
    assert sample(reading, "sock.tcp_established").at_s.tolist()[0] == 1795406687


def test_what_looks_alike_is_refused():
    for other in (b"LISTEN 6 5 192.0.2.2:8080 0.0.0.0:*\n", b"tcp is a protocol\n"):
        assert kind_of_head(Head.of(other)) != "netstat_sockets"


@settings(max_examples=40)
@given(st.dictionaries(st.integers(1, 65535), st.integers(0, 5000), min_size=1, max_size=5))
def test_what_we_write_we_read_back(tmp_path_factory, sockets):
    text = "".join(f"tcp {n:>8} 0 0.0.0.0:{port} 0.0.0.0:* LISTEN\n" for port, n in sockets.items())
    file = write(tmp_path_factory.mktemp("netstat"), text)
    assert kind_of(file) == "netstat_sockets"
    reading, _ = read(file, "netstat_sockets")
    for port, n in sockets.items():
        found = sample(reading, "listen.queue_length", f"0.0.0.0:{port}")
        assert found.values.tolist() == [n]
