"""`ip -s link`, old and new columns, stamped and lone, with a torn tail."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.collectors import ip_link
from diagnose.rawfile import Head
from diagnose.readings import Form

HERE = FIXTURES / "ip_link"


def total(reading, metric, part):
    return sample(reading, metric, part).values[-1]


def test_a_real_router_is_told_and_read():
    assert kind_of(HERE / "xdp_router.txt") == "ip_link"
    reading, bad = read(HERE / "xdp_router.txt", "ip_link")
    assert bad.count == 0
    assert total(reading, "nic.rx_dropped_per_s", "eth0") == 13389
    assert total(reading, "nic.tx_bytes_per_s", "eth1") == 37486087
    dropped = sample(reading, "nic.rx_dropped_per_s", "eth0")
    assert dropped.form is Form.COUNTER
    assert np.isnan(dropped.at_s).all()
    assert dropped.lines.tolist() == [17]
    assert {s.part for s in reading.samples} == {"lo", "mgmt0", "eth0", "eth1"}


def test_stamped_outputs_make_one_series():
    assert kind_of(HERE / "stamped_s_s.txt") == "ip_link"
    reading, bad = read(HERE / "stamped_s_s.txt", "ip_link")
    sent = sample(reading, "nic.tx_bytes_per_s", "va")
    assert bad.count == 0
    assert sent.values.size == 6
    assert (np.diff(sent.at_s) > 0.9).all()
    assert (np.diff(sent.values) > 0).all()
    assert total(reading, "nic.rx_crc_per_s", "va") == 0


def test_old_columns_are_found_by_their_names_and_virtual_functions_left_out():
    assert kind_of(HERE / "old_s_s.txt") == "ip_link"
    reading, bad = read(HERE / "old_s_s.txt", "ip_link")
    assert bad.count == 0
    assert total(reading, "nic.rx_missed_per_s", "eth0") == 4181
    assert total(reading, "nic.rx_crc_per_s", "eth0") == 7
    assert total(reading, "nic.rx_overrun_per_s", "eth0") == 3
    assert total(reading, "nic.rx_dropped_per_s", "eth0") == 21
    assert sample(reading, "nic.rx_bytes_per_s", "eth0").values.tolist() == [6778428051]


def test_one_line_an_interface_says_the_same():
    reading, bad = read(HERE / "oneline.txt", "ip_link")
    assert kind_of(HERE / "oneline.txt") == "ip_link"
    assert bad.count == 0
    assert total(reading, "nic.tx_packets_per_s", "va") == 3228


def test_addresses_are_facts():
    reading, _ = read(HERE / "addr.txt", "ip_link")
    assert [(f.name, f.value, f.part) for f in reading.facts] == [
        ("host.address", "192.0.2.1", "va")
    ]
    assert total(reading, "nic.rx_packets_per_s", "va") == 313


def test_rounded_numbers_are_not_taken_for_counters():
    reading, bad = read(HERE / "human.txt", "ip_link")
    assert ip_link.HUMAN in reading.notes
    assert bad.count == 0
    assert not [s for s in reading.samples if (s.part, s.metric[:6]) == ("va", "nic.tx")]


def test_a_torn_tail_is_noted_and_the_rest_stands(tmp_path):
    text = (HERE / "xdp_router.txt").read_bytes()
    reading, bad = read(write(tmp_path, text[: text.rindex(b"327292")]), "ip_link")
    assert bad.count == 1
    assert total(reading, "nic.tx_bytes_per_s", "eth0") == 193821944
    titles, bad = read(write(tmp_path, text[: text.rindex(b"  37486087")].rstrip()), "ip_link")
    assert bad.count == 1
    assert total(titles, "nic.rx_bytes_per_s", "eth1") == 193821404


def test_foreign_line_ends_marks_and_junk_do_not_hide_the_rest(tmp_path):
    text = (HERE / "xdp_router.txt").read_bytes().replace(b"\n", b"\r\n")
    file = write(tmp_path, b"\xef\xbb\xbf" + text + b"\x00\xff\xfe junk\r\n" + text)
    assert kind_of(file) == "ip_link"
    reading, bad = read(file, "ip_link")
    assert bad.count == 1
    assert sample(reading, "nic.rx_dropped_per_s", "eth0").values.tolist() == [13389, 13389]


def test_without_counters_a_note_says_what_to_run(tmp_path):
    plain = "1: lo: <LOOPBACK,UP> mtu 65536\n    link/loopback 00:00:00:00:00:00\n"
    file = write(tmp_path, plain)
    assert kind_of(file) == "ip_link"
    reading, _ = read(file, "ip_link")
    assert reading.notes == [ip_link.NO_COUNTERS]


def test_what_looks_alike_is_refused():
    assert kind_of_head(Head.of(b"1: first step\n2: second step: <done>\n")) != "ip_link"
    assert ip_link.recognizes(Head.of(b"eth0: flags=4163<UP>  mtu 1500\n        RX packets 1")) == 0


names = st.from_regex(r"[a-z][a-z0-9.]{0,10}", fullmatch=True)
counters = st.tuples(*[st.integers(0, 2**53)] * 6)


@settings(max_examples=40)
@given(st.dictionaries(names, counters, min_size=1, max_size=5), st.booleans())
def test_what_we_write_we_read_back(tmp_path_factory, interfaces, old):
    heads = ["bytes", "packets", "errors", "dropped", "overrun" if old else "missed", "mcast"]
    text = ""
    for index, (name, row) in enumerate(interfaces.items(), start=1):
        text += (
            f"{index}: {name}@if9: <UP> mtu 1500\n    link/ether ::\n    RX: {' '.join(heads)}\n"
        )
        text += "    " + " ".join(map(str, row)) + "\n"
    file = write(tmp_path_factory.mktemp("ip"), text)
    assert kind_of(file) == "ip_link"
    reading, bad = read(file, "ip_link")
    assert bad.count == 0
    for name, row in interfaces.items():
        assert total(reading, "nic.rx_bytes_per_s", name) == row[0]
        fifth = "nic.rx_overrun_per_s" if old else "nic.rx_missed_per_s"
        assert total(reading, fifth, name) == row[4]
