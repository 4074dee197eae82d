"""/proc/net/dev: stamped, lone, torn, old kernels."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head
from diagnose.readings import Form

HOST = FIXTURES / "proc_net_dev" / "docker_host.txt"
HEADING = "".join(HOST.read_text().splitlines(keepends=True)[:2])


def test_a_real_file_is_told_and_read():
    assert kind_of(HOST) == "proc_net_dev"
    reading, bad = read(HOST, "proc_net_dev")
    assert bad.count == 0
    sent = sample(reading, "nic.tx_bytes_per_s", "eth0")
    assert (sent.values.tolist(), sent.form) == ([563352563], Form.COUNTER)
    assert np.isnan(sent.at_s).all()
    assert {s.part for s in reading.samples} == {"vethf345468", "lo", "docker0", "eth0"}
    assert not [s for s in reading.samples if "missed" in s.metric]


def test_old_kernels_set_no_space_after_the_colon(tmp_path):
    row = "  eth0:874354587 1036395 1 2 3 4 0 0 563352563 732147 5 6 0 7 8 0"
    file = write(tmp_path, (HEADING + row).replace("\n", "\r\n"))
    assert kind_of(file) == "proc_net_dev"
    reading, bad = read(file, "proc_net_dev")
    assert bad.count == 0
    found = {s.metric: s.values.tolist() for s in reading.samples}
    assert found["nic.rx_dropped_per_s"] == [2]
    assert found["nic.rx_overrun_per_s"] == [3]
    assert found["nic.collisions_per_s"] == [7]


def test_a_series_with_a_torn_tail(tmp_path):
    text = HOST.read_text()
    file = write(tmp_path, f"# 1795406687.5\n{text}# 1795406688.5\n{text[:-60]}")
    assert kind_of(file) == "proc_net_dev"
    reading, bad = read(file, "proc_net_dev")
    assert bad.count == 1
    received = sample(reading, "nic.rx_packets_per_s", "lo")
    assert received.at_s.tolist() == [1795406687.5, 1795406688.5]
    assert sample(reading, "nic.rx_packets_per_s", "eth0").values.size == 1


def test_what_looks_alike_is_refused():
    wireless = b"Inter-| sta-|   Quality        |   Discarded packets\n face | tus | link level\n"
    for other in (wireless, b"eth0: 1 2 3 4\n", b"face |bytes\n"):
        assert kind_of_head(Head.of(other)) != "proc_net_dev"


names = st.from_regex(r"[a-z][a-z0-9.@-]{0,10}", fullmatch=True)
rows = st.lists(st.integers(0, 2**53), min_size=16, max_size=16)


@settings(max_examples=40)
@given(st.dictionaries(names, rows, min_size=1, max_size=5))
def test_what_we_write_we_read_back(tmp_path_factory, interfaces):
    body = "".join(f"{name:>6}: {' '.join(map(str, row))}\n" for name, row in interfaces.items())
    file = write(tmp_path_factory.mktemp("dev"), HEADING + body)
    assert kind_of(file) == "proc_net_dev"
    reading, bad = read(file, "proc_net_dev")
    assert bad.count == 0
    for name, row in interfaces.items():
        assert sample(reading, "nic.rx_dropped_per_s", name).values.tolist() == [row[3]]
        assert sample(reading, "nic.tx_carrier_per_s", name).values.tolist() == [row[14]]
