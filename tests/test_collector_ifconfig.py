"""`ifconfig`, old and new, stamped and lone, torn."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head
from diagnose.readings import Form

HERE = FIXTURES / "ifconfig"


def test_the_new_layout_is_told_and_read():
    assert kind_of(HERE / "net_tools2.txt") == "ifconfig"
    reading, bad = read(HERE / "net_tools2.txt", "ifconfig")
    assert bad.count == 0
    sent = sample(reading, "nic.tx_packets_per_s", "va")
    assert (sent.values.tolist(), sent.form) == ([3232], Form.COUNTER)
    assert np.isnan(sent.at_s).all()
    assert sample(reading, "nic.collisions_per_s", "va").values.tolist() == [0]
    assert [(f.value, f.part) for f in reading.facts] == [("192.0.2.1", "va")]


def test_the_old_layout_is_told_and_read():
    assert kind_of(HERE / "ubuntu16.txt") == "ifconfig"
    reading, bad = read(HERE / "ubuntu16.txt", "ifconfig")
    assert bad.count == 0
    found = {s.metric: s.values.tolist() for s in reading.samples if s.part == "ens33"}
    assert found["nic.rx_bytes_per_s"] == [5602]
    assert found["nic.tx_bytes_per_s"] == [13935]
    assert found["nic.tx_packets_per_s"] == [152]
    assert found["nic.collisions_per_s"] == [0]


def test_a_series_with_a_torn_tail(tmp_path):
    text = (HERE / "net_tools2.txt").read_text().rstrip()
    cut = text[: text.rindex("TX errors") + 7]
    file = write(tmp_path, f"# 1795406687.5\n{text}\n# 1795406688.5\n{cut}")
    assert kind_of(file) == "ifconfig"
    reading, bad = read(file, "ifconfig")
    assert bad.count == 1
    received = sample(reading, "nic.rx_packets_per_s", "va")
    assert received.at_s.tolist() == [1795406687.5, 1795406688.5]


def test_what_looks_alike_is_refused():
    mac = b"en0: flags=8863<UP,BROADCAST> mtu 1500\n\tether 00:00:5e:00:53:01\n"
    for other in (mac, b"RX packets 5\n", b"2: eth0: <UP> mtu 1500\n"):
        assert kind_of_head(Head.of(other)) != "ifconfig"


counts = st.integers(0, 2**53)


@settings(max_examples=40)
@given(counts, counts, counts, st.booleans())
def test_what_we_write_we_read_back(tmp_path_factory, packets, dropped, sent, old):
    if old:
        text = f"eth0      Link encap:Ethernet\n          RX packets:{packets} errors:0 "
        text += f"dropped:{dropped} overruns:0 frame:0\n          TX packets:{sent} errors:0\n"
    else:
        text = f"eth0: flags=4163<UP>  mtu 1500\n        RX packets {packets}  bytes 1 (1.0 B)\n"
        text += f"        RX errors 0  dropped {dropped}\n        TX packets {sent}  bytes 1\n"
    file = write(tmp_path_factory.mktemp("ifconfig"), text)
    assert kind_of(file) == "ifconfig"
    reading, bad = read(file, "ifconfig")
    assert bad.count == 0
    assert sample(reading, "nic.rx_packets_per_s", "eth0").values.tolist() == [packets]
    assert sample(reading, "nic.rx_dropped_per_s", "eth0").values.tolist() == [dropped]
    assert sample(reading, "nic.tx_packets_per_s", "eth0").values.tolist() == [sent]
