"""`ip -s -j link`: one document, pretty or not, and one a stamp with a torn tail."""

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.collectors import ip_link_json
from diagnose.rawfile import Head
from diagnose.readings import Form

HERE = FIXTURES / "ip_link_json"


def test_a_document_a_second_is_read_and_its_torn_last_one_noted():
    file = HERE / "stamped_torn.jsonl"
    assert kind_of(file) == "ip_link_json"
    reading, bad = read(file, "ip_link_json")
    received = sample(reading, "nic.rx_packets_per_s", "eth0")
    assert received.form is Form.COUNTER
    assert received.values.tolist()[:1] == [305522]
    assert received.lines.tolist() == [1, 2, 3, 4]
    assert received.at_s[0] == 1795404328.747
    assert [number for number, _ in bad.kept] == [5]
    assert {s.part for s in reading.samples} == {"lo", "mgmt0", "eth0", "eth1"}


def test_with_two_s_the_ring_that_was_full_is_told_apart():
    file = HERE / "pretty_s_s.json"
    assert kind_of(file) == "ip_link_json"
    reading, bad = read(file, "ip_link_json")
    assert bad.count == 0
    assert sample(reading, "nic.rx_missed_per_s", "va").values.tolist() == [0]
    assert np.isnan(sample(reading, "nic.rx_crc_per_s", "va").at_s).all()


def test_with_one_s_missed_stays_unknown():
    reading, _ = read(HERE / "lone.json", "ip_link_json")
    assert not [s for s in reading.samples if s.metric == "nic.rx_missed_per_s"]
    assert sample(reading, "nic.rx_overrun_per_s", "va").values.tolist() == [0]


def test_documents_that_follow_each_other_are_both_read(tmp_path):
    text = (HERE / "lone.json").read_text()
    reading, bad = read(write(tmp_path, text + text[:-40] + "\n" + text), "ip_link_json")
    assert sample(reading, "nic.tx_bytes_per_s", "va").values.size == 2
    assert bad.count == 1


def test_addresses_are_facts_and_absent_counters_are_told(tmp_path):
    row = {"ifname": "eth0", "addr_info": [{"local": "192.0.2.7", "scope": "global"}]}
    file = write(tmp_path, json.dumps([{}, row]))
    assert kind_of(file) == "ip_link_json"
    reading, _ = read(file, "ip_link_json")
    assert [(f.name, f.value, f.part) for f in reading.facts] == [
        ("host.address", "192.0.2.7", "eth0")
    ]
    assert reading.notes == [ip_link_json.NO_COUNTERS]


def test_what_looks_alike_is_refused():
    for other in (
        b'[{"kind":"noqueue","dev":"lo"}]',
        b'{"ifname":"eth0"}',
        b"[]",
        b'"ifname": "x"',
    ):
        assert kind_of_head(Head.of(other)) != "ip_link_json"


counts = st.integers(0, 2**53)


@settings(max_examples=40)
@given(st.lists(st.tuples(counts, counts, counts), min_size=1, max_size=5))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    text = ""
    for second, (got, over, fifo) in enumerate(rows):
        stats = {"rx": {"bytes": got, "over_errors": over, "fifo_errors": fifo}, "tx": {}}
        document = [{"ifname": "eth0", "stats64": stats}]
        text += f"{1795406687 + second} {json.dumps(document)}\n"
    file = write(tmp_path_factory.mktemp("ip"), text)
    assert kind_of(file) == "ip_link_json"
    reading, bad = read(file, "ip_link_json")
    assert bad.count == 0
    received = sample(reading, "nic.rx_bytes_per_s", "eth0")
    assert received.values.tolist() == [row[0] for row in rows]
    overrun = sample(reading, "nic.rx_overrun_per_s", "eth0")
    assert overrun.values.tolist() == [max(row[1:]) for row in rows]
