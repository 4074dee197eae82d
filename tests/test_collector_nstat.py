"""`nstat`: totals with and without zeros, differences, a torn tail."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.collectors import nstat
from diagnose.collectors._tcp_counters import TOTALS
from diagnose.metrics import METRICS
from diagnose.rawfile import Head
from diagnose.readings import Form

HERE = FIXTURES / "nstat"


def test_a_stamped_series_is_read_and_its_torn_tail_noted():
    assert kind_of(HERE / "stamped.txt") == "nstat"
    reading, bad = read(HERE / "stamped.txt", "nstat")
    overflows = sample(reading, "tcp.listen_overflows_per_s")
    assert overflows.form is Form.COUNTER
    assert overflows.values.tolist() == [0, 6]
    assert np.diff(overflows.at_s) == pytest.approx(1.0, abs=0.1)
    assert [line for _, line in bad.kept] == ["TcpExtTCPReqQFul"]
    assert sample(reading, "tcp.retransmits_per_s").values.size == 2
    assert reading.notes == []


def test_what_nstat_leaves_out_of_a_whole_output_was_zero():
    assert kind_of(HERE / "without_zeros.txt") == "nstat"
    reading, bad = read(HERE / "without_zeros.txt", "nstat")
    assert bad.count == 0
    assert sample(reading, "ip.out_discards_per_s").values.tolist() == [3101]
    assert sample(reading, "tcp.listen_overflows_per_s").values.tolist() == [0]
    assert len(reading.samples) == len(TOTALS)


def test_what_is_asked_for_by_name_leaves_the_others_unknown(tmp_path):
    file = write(tmp_path, "#kernel\nTcpExtListenOverflows           6                  0.0\n")
    assert kind_of(file) == "nstat"
    reading, _ = read(file, "nstat")
    assert [s.metric for s in reading.samples] == ["tcp.listen_overflows_per_s"]


def test_differences_are_summed_up():
    assert kind_of(HERE / "differences.txt") == "nstat"
    reading, bad = read(HERE / "differences.txt", "nstat")
    assert reading.notes == [nstat.SUMMED]
    assert bad.count == 0
    again = sample(reading, "tcp.retransmits_per_s")
    assert again.values.tolist() == [0, 0, 12, 24, 36, 48, 48]
    assert np.isfinite(again.at_s).all()


def test_a_restart_in_the_middle_is_no_series_of_differences(tmp_path):
    def output(second, base):
        rows = "".join(f"{name}  {base + k} 0.0\n" for k, name in enumerate(sorted(nstat.WANTED)))
        return f"# {1795406687 + second}\n#kernel\n{rows}"

    text = "".join(output(s, base) for s, base in enumerate((100, 200, 10, 30, 50)))
    reading, _ = read(write(tmp_path, text[:-900]), "nstat")
    assert reading.notes == []
    assert sample(reading, "tcp.active_opens_per_s").values.size >= 4


def test_outputs_without_stamps_are_told_apart_by_their_heads(tmp_path):
    text = (HERE / "without_zeros.txt").read_text()
    reading, bad = read(write(tmp_path, (text + text).replace("\n", "\r\n")), "nstat")
    assert bad.count == 0
    assert sample(reading, "ip.out_discards_per_s").values.tolist() == [3101, 3101]


def test_what_looks_alike_is_refused():
    for other in (
        b"Ip6InReceives    128\n",
        b"Mem 100 2.0\n",
        b"#kernel\n",
        b"Tcp: a b\nTcp: 1 2\n",
    ):
        assert kind_of_head(Head.of(other)) != "nstat"


def test_every_counter_has_a_name_in_the_vocabulary():
    assert set(TOTALS.values()) <= set(METRICS)


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(sorted(TOTALS)), st.integers(0, 2**53), min_size=1))
def test_what_we_write_we_read_back(tmp_path_factory, counters):
    rows = "".join(f"{name:<31} {value:<18} 0.0\n" for name, value in counters.items())
    file = write(tmp_path_factory.mktemp("nstat"), f"# 1795406687.5\n#kernel\n{rows}")
    assert kind_of(file) == "nstat"
    reading, bad = read(file, "nstat")
    assert bad.count == 0
    for name, value in counters.items():
        assert sample(reading, TOTALS[name]).values.tolist() == [value]
