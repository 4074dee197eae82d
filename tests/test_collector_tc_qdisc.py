"""`tc -s qdisc`: roots only, stamped and lone, old and new layouts, a torn tail."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.collectors._qdiscs import NAMELESS
from diagnose.rawfile import Head
from diagnose.readings import Form

HERE = FIXTURES / "tc_qdisc"


def last(reading, metric, part):
    return sample(reading, metric, part).values[-1]


def test_a_shaped_interface_is_counted_once_at_its_root():
    assert kind_of(HERE / "htb_stamped.txt") == "tc_qdisc"
    reading, bad = read(HERE / "htb_stamped.txt", "tc_qdisc")
    assert bad.count == 0
    dropped = sample(reading, "qdisc.dropped_per_s", "va")
    assert dropped.form is Form.COUNTER
    assert dropped.values.size == 7
    assert dropped.values[-1] == 3140
    assert (np.diff(dropped.at_s) > 0.9).all()
    assert last(reading, "qdisc.overlimits_per_s", "va") == 901
    waiting = sample(reading, "qdisc.backlog_packets", "va")
    assert waiting.form is Form.GAUGE
    assert waiting.values.max() == 20
    assert {s.part for s in reading.samples} == {"lo", "va"}


def test_queues_of_one_interface_are_not_added_to_their_root():
    reading, _ = read(HERE / "mq.txt", "tc_qdisc")
    assert kind_of(HERE / "mq.txt") == "tc_qdisc"
    assert sample(reading, "qdisc.sent_packets_per_s", "vb").values.tolist() == [313]


def test_an_interface_that_tc_does_not_name_is_told():
    reading, _ = read(HERE / "one_interface.txt", "tc_qdisc")
    assert kind_of(HERE / "one_interface.txt") == "tc_qdisc"
    assert reading.notes == [NAMELESS]
    assert last(reading, "qdisc.sent_packets_per_s", "") == 4349


def test_layouts_of_old_releases_are_read():
    reading, bad = read(HERE / "fq_codel_old.txt", "tc_qdisc")
    assert kind_of(HERE / "fq_codel_old.txt") == "tc_qdisc"
    assert bad.count == 0
    assert last(reading, "qdisc.dropped_per_s", "eth1") == 17
    assert last(reading, "qdisc.requeues_per_s", "wan") == 12
    assert last(reading, "qdisc.backlog_packets", "wan") == 9


def test_a_torn_tail_is_noted_and_the_rest_stands(tmp_path):
    text = (HERE / "htb_stamped.txt").read_text()
    cut = text.rindex(" Sent 1118444 bytes 926 pkt") + 20
    reading, bad = read(write(tmp_path, text[:cut]), "tc_qdisc")
    assert bad.count == 1
    assert sample(reading, "qdisc.dropped_per_s", "va").values.size == 7
    cut = text.rindex(" backlog", 0, text.rindex("qdisc pfifo"))
    reading, bad = read(write(tmp_path, text[:cut]), "tc_qdisc")
    assert bad.count == 1


def test_without_counters_a_note_says_what_to_run(tmp_path):
    file = write(tmp_path, "qdisc noqueue 0: dev lo root refcnt 2 \r\n")
    assert kind_of(file) == "tc_qdisc"
    reading, bad = read(file, "tc_qdisc")
    assert (bad.count, len(reading.notes)) == (0, 1)


def test_classes_and_other_words_are_refused():
    assert kind_of(HERE / "class.txt") != "tc_qdisc"
    assert kind_of_head(Head.of(b"qdisc is short for queueing discipline\n")) != "tc_qdisc"


counts = st.integers(0, 2**53)


@settings(max_examples=40)
@given(st.lists(st.tuples(counts, counts, counts, st.integers(0, 1000)), min_size=1, max_size=4))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    text = ""
    for second, (sent, dropped, over, waiting) in enumerate(rows):
        text += f"# {1795406687 + second}\nqdisc fq 0: dev eth0 root refcnt 2 \n"
        text += f" Sent 1 bytes {sent} pkt (dropped {dropped}, overlimits {over} requeues 0) \n"
        text += f" backlog 1514b {waiting}p requeues 0\n"
    file = write(tmp_path_factory.mktemp("tc"), text)
    assert kind_of(file) == "tc_qdisc"
    reading, bad = read(file, "tc_qdisc")
    assert bad.count == 0
    for column, metric in enumerate(("sent_packets_per_s", "dropped_per_s", "overlimits_per_s")):
        found = sample(reading, f"qdisc.{metric}", "eth0").values.tolist()
        assert found == [row[column] for row in rows]
    found = sample(reading, "qdisc.backlog_packets", "eth0").values.tolist()
    assert found == [row[3] for row in rows]
