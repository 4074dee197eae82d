"""`ss -s`: stamped with a torn tail, lone, old layout."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head

HERE = FIXTURES / "ss_summary"


def test_a_stamped_series_is_read_and_its_torn_tail_noted():
    assert kind_of(HERE / "stamped_torn.txt") == "ss_summary"
    reading, bad = read(HERE / "stamped_torn.txt", "ss_summary")
    established = sample(reading, "sock.tcp_established")
    assert established.values.size == 5
    assert np.isfinite(established.at_s).all()
    assert [line for _, line in bad.kept] == ["Total:"]


def test_a_lone_output_has_no_time():
    assert kind_of(HERE / "lone.txt") == "ss_summary"
    reading, bad = read(HERE / "lone.txt", "ss_summary")
    assert bad.count == 0
    assert {s.metric: s.values.tolist() for s in reading.samples} == {
        "sock.sockets": [18],
        "sock.tcp_established": [7],
        "sock.orphaned": [0],
        "sock.time_wait": [3758],
        "sock.tcp_in_use": [11],
    }
    assert np.isnan(reading.samples[0].at_s).all()


def test_the_old_layout_is_read(tmp_path):
    text = (HERE / "old.txt").read_text().replace("\n", "\r\n")
    file = write(tmp_path, b"\xef\xbb\xbf" + text.encode())
    assert kind_of(file) == "ss_summary"
    reading, bad = read(file, "ss_summary")
    assert bad.count == 0
    assert sample(reading, "sock.time_wait").values.tolist() == [58]
    assert sample(reading, "sock.tcp_in_use").values.tolist() == [35]


def test_what_looks_alike_is_refused():
    for other in (
        b"Total: 5\n",
        b"TCP: inuse 5 orphan 0 tw 16 alloc 8\n",
        b"Total 5 TCP 4\n",
    ):
        assert kind_of_head(Head.of(other)) != "ss_summary"


counts = st.integers(0, 10**7)


@settings(max_examples=40)
@given(st.lists(st.tuples(counts, counts, counts), min_size=1, max_size=5))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    text = ""
    for second, (used, here, ended) in enumerate(rows):
        text += f"# {1795406687 + second}.5\nTotal: {used}\n"
        text += f"TCP:   9 (estab {here}, closed 1, orphaned 0, timewait {ended})\n\n"
    file = write(tmp_path_factory.mktemp("ss"), text)
    assert kind_of(file) == "ss_summary"
    reading, bad = read(file, "ss_summary")
    assert bad.count == 0
    for column, metric in enumerate(("sockets", "tcp_established", "time_wait")):
        found = sample(reading, f"sock.{metric}").values.tolist()
        assert found == [row[column] for row in rows]
