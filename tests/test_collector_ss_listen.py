"""`ss -ltn`: queues and their limits, headings of all kinds, shared addresses, a torn tail."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head

HERE = FIXTURES / "ss_listen"


def limits(reading):
    return {one.part: one.value for one in reading.limits}


def test_a_full_accept_queue_is_read_with_its_limit():
    assert kind_of(HERE / "full_stamped.txt") == "ss_listen"
    reading, bad = read(HERE / "full_stamped.txt", "ss_listen")
    assert bad.count == 0
    waiting = sample(reading, "listen.queue_length", "192.0.2.2:8080")
    assert waiting.values.tolist() == [0, 6, 6, 6, 6, 6, 6]
    assert (np.diff(waiting.at_s) > 0.9).all()
    assert limits(reading) == {"192.0.2.2:8080": 5, "*:9090": 128}
    assert {s.metric for s in reading.samples} == {"listen.queue_length"}


def test_headings_of_all_kinds_do_not_matter():
    for name in ("processes.txt", "no_heading.txt"):
        assert kind_of(HERE / name) == "ss_listen"
        reading, bad = read(HERE / name, "ss_listen")
        assert bad.count == 0
        assert limits(reading) == {"192.0.2.2:8080": 5, "*:9090": 128}


def test_old_releases_and_other_families():
    assert kind_of(HERE / "centos7_all.txt") == "ss_listen"
    reading, bad = read(HERE / "centos7_all.txt", "ss_listen")
    assert bad.count == 0
    assert limits(reading)["[::]:ssh"] == 128
    assert sample(reading, "sock.tcp_established").values.tolist() == [2]
    reading, bad = read(HERE / "ubuntu18_tulpen.txt", "ss_listen")
    assert bad.count == 0
    assert limits(reading)["0.0.0.0:9187"] == 4096


def test_all_states_are_counted_and_a_torn_tail_noted():
    assert kind_of(HERE / "all_states.txt") == "ss_listen"
    reading, bad = read(HERE / "all_states.txt", "ss_listen")
    assert bad.count == 1
    assert sample(reading, "sock.tcp_established").values[:3].tolist() == [0, 6, 6]
    assert sample(reading, "sock.time_wait").values[1] == 0


def test_of_workers_that_share_an_address_the_fullest_queue_counts(tmp_path):
    text = "".join(f"LISTEN {n} {most} *:80 *:*\n" for n, most in ((3, 511), (9, 511), (8, 100)))
    file = write(tmp_path, text)
    assert kind_of(file) == "ss_listen"
    reading, _ = read(file, "ss_listen")
    assert sample(reading, "listen.queue_length", "*:80").values.tolist() == [8]
    assert limits(reading) == {"*:80": 100}


def test_what_looks_alike_is_refused():
    netstat = b"tcp        6      0 192.0.2.2:8080   0.0.0.0:*   LISTEN\n"
    for other in (netstat, b"LISTEN carefully\n", b"State of the art\n", b"  \n\t\n"):
        assert kind_of_head(Head.of(other)) != "ss_listen"


parts = st.from_regex(
    r"(\*|\[::\]|10\.0\.0\.[1-9]|127\.0\.0\.53%lo):[1-9][0-9]{0,4}", fullmatch=True
)
queues = st.tuples(st.integers(0, 5000), st.integers(0, 65535))


@settings(max_examples=40)
@given(st.dictionaries(parts, queues, min_size=1, max_size=5), st.booleans())
def test_what_we_write_we_read_back(tmp_path_factory, sockets, heading):
    text = "# 1795406687.5\n"
    if heading:
        text += "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n"
    for part, (waiting, most) in sockets.items():
        text += f"LISTEN {waiting:<6} {most:<6} {part:>20}      0.0.0.0:*          \n"
    file = write(tmp_path_factory.mktemp("ss"), text)
    assert kind_of(file) == "ss_listen"
    reading, bad = read(file, "ss_listen")
    assert bad.count == 0
    assert limits(reading) == {part: most for part, (_, most) in sockets.items()}
    for part, (waiting, _) in sockets.items():
        found = sample(reading, "listen.queue_length", part)
        assert (found.values.tolist(), found.at_s.tolist()) == ([waiting], [1795406687.5])
