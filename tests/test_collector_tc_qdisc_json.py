"""`tc -s -j qdisc`: roots only, lone, one a stamp, torn."""

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.collectors._qdiscs import NAMELESS
from diagnose.rawfile import Head
from diagnose.readings import Form

HERE = FIXTURES / "tc_qdisc_json"


def test_roots_are_told_from_children():
    assert kind_of(HERE / "mq.json") == "tc_qdisc_json"
    reading, bad = read(HERE / "mq.json", "tc_qdisc_json")
    assert bad.count == 0
    sent = sample(reading, "qdisc.sent_packets_per_s", "vb")
    assert (sent.values.tolist(), sent.form) == ([313], Form.COUNTER)
    assert np.isnan(sent.at_s).all()


def test_a_shaped_interface_is_counted_once():
    assert kind_of(HERE / "htb.json") == "tc_qdisc_json"
    reading, _ = read(HERE / "htb.json", "tc_qdisc_json")
    assert sample(reading, "qdisc.dropped_per_s", "va").values.tolist() == [3140]


def test_a_torn_last_document_does_not_hide_the_first(tmp_path):
    text = (HERE / "htb.json").read_text().strip()
    file = write(tmp_path, f"1795406687.5 {text}\n1795406688.5 {text[:-30]}")
    assert kind_of(file) == "tc_qdisc_json"
    reading, bad = read(file, "tc_qdisc_json")
    assert sample(reading, "qdisc.dropped_per_s", "va").at_s.tolist() == [1795406687.5]
    assert [number for number, _ in bad.kept] == [2]


def test_an_interface_that_tc_does_not_name_and_absent_counters_are_told(tmp_path):
    file = write(tmp_path, '[{"kind":"fq","handle":"0:","root":true}]')
    assert kind_of(file) == "tc_qdisc_json"
    reading, _ = read(file, "tc_qdisc_json")
    assert NAMELESS in reading.notes
    assert len(reading.notes) == 2


def test_what_looks_alike_is_refused():
    for other in (b'[{"kind":"Pod","name":"a"}]', b'{"kind":"fq","handle":"0:"}'):
        assert kind_of_head(Head.of(other)) != "tc_qdisc_json"


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 2**53), st.integers(0, 1000)), min_size=1, max_size=4))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    text = ""
    for second, (drops, waiting) in enumerate(rows):
        row = {"kind": "fq", "handle": "0:", "dev": "eth0", "drops": drops, "qlen": waiting}
        text += f"# {1795406687 + second}\n{json.dumps([row])}\n"
    file = write(tmp_path_factory.mktemp("tc"), text)
    assert kind_of(file) == "tc_qdisc_json"
    reading, bad = read(file, "tc_qdisc_json")
    assert bad.count == 0
    dropped = sample(reading, "qdisc.dropped_per_s", "eth0")
    assert dropped.values.tolist() == [row[0] for row in rows]
    waiting = sample(reading, "qdisc.backlog_packets", "eth0")
    assert waiting.values.tolist() == [row[1] for row in rows]
