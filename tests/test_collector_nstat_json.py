"""`nstat --json`: lone, one a stamp, torn."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.collectors._tcp_counters import TOTALS
from diagnose.rawfile import Head

LONE = FIXTURES / "nstat_json" / "lone.json"


def test_a_real_document_is_told_and_read():
    assert kind_of(LONE) == "nstat_json"
    reading, bad = read(LONE, "nstat_json")
    assert bad.count == 0
    assert sample(reading, "tcp.listen_overflows_per_s").values.tolist() == [0]
    assert len(reading.samples) == len(TOTALS)


def test_a_torn_last_document_does_not_hide_the_first(tmp_path):
    text = LONE.read_text().strip()
    file = write(tmp_path, f"# 1795406687.5\n{text}\n# 1795406688.5\n{text[:4000]}")
    assert kind_of(file) == "nstat_json"
    reading, bad = read(file, "nstat_json")
    assert sample(reading, "tcp.out_segments_per_s").at_s.tolist() == [1795406687.5]
    assert [number for number, _ in bad.kept] == [4]


def test_what_looks_alike_is_refused():
    for other in (b'{"kernel":{"version":1}}', b'["IpInReceives"]', b'{"TcpRetransSegs": "many"}'):
        assert kind_of_head(Head.of(other)) != "nstat_json"


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(sorted(TOTALS)), st.integers(0, 2**53), min_size=1))
def test_what_we_write_we_read_back(tmp_path_factory, counters):
    text = f"1795406687.5 {json.dumps({'kernel': counters})}\n"
    file = write(tmp_path_factory.mktemp("nstat"), text)
    assert kind_of(file) == "nstat_json"
    reading, _ = read(file, "nstat_json")
    for name, value in counters.items():
        assert sample(reading, TOTALS[name]).values.tolist() == [value]
