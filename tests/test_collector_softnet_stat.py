"""/proc/net/softnet_stat: kernels old and new, stamped in two ways, torn."""

from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head
from diagnose.readings import Form

MIXED = FIXTURES / "softnet_stat" / "kernels_mixed.txt"


def test_rows_of_all_kernels_are_read():
    assert kind_of(MIXED) == "softnet_stat"
    reading, bad = read(MIXED, "softnet_stat")
    assert bad.count == 0
    assert {s.part for s in reading.samples} == {f"cpu{k}" for k in range(5)}
    dropped = sample(reading, "softnet.dropped_per_s", "cpu0")
    assert (dropped.values.tolist(), dropped.form) == ([0x6283], Form.COUNTER)
    assert sample(reading, "softnet.squeezed_per_s", "cpu3").values.tolist() == [0x109A4]


def test_processors_that_are_off_do_not_shift_the_others(tmp_path):
    zeros = " 00000000" * 9
    row = f"00000009 00000001 00000002{zeros} 00000003 00000000 00000000\n"
    reading, _ = read(write(tmp_path, row), "softnet_stat")
    assert {s.part for s in reading.samples} == {"cpu3"}


def test_stamps_of_both_kinds_and_a_torn_tail(tmp_path):
    old = "".join(MIXED.read_text().splitlines(keepends=True)[3:])
    blocks = write(tmp_path, f"# 1795406687.5\n{old}# 1795406688.5\n{old[:-40]}", "blocks")
    each = "".join(f"1795406687.5 {line}\n" for line in old.splitlines())
    for file, bad_lines, seconds in ((blocks, 1, 2), (write(tmp_path, each, "each"), 0, 1)):
        assert kind_of(file) == "softnet_stat"
        reading, bad = read(file, "softnet_stat")
        assert bad.count == bad_lines
        assert {s.part for s in reading.samples} == {"cpu0", "cpu1"}
        assert sample(reading, "softnet.processed_per_s", "cpu0").values.size == seconds


def test_what_looks_alike_is_refused():
    conntrack = (FIXTURES / "conntrack_stats" / "proc.txt").read_bytes()
    others = (conntrack, b"00015c73 00020e76 F0000769 00000000\n", b"deadbeef cafebabe\n")
    for other in others:
        assert kind_of_head(Head.of(other)) != "softnet_stat"


words = st.lists(st.integers(0, 2**32 - 1), min_size=10, max_size=10)


@settings(max_examples=40)
@given(st.lists(words, min_size=1, max_size=6))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    text = "".join(" ".join(f"{word:08x}" for word in row) + "\n" for row in rows)
    file = write(tmp_path_factory.mktemp("softnet"), text)
    assert kind_of(file) == "softnet_stat"
    reading, bad = read(file, "softnet_stat")
    assert bad.count == 0
    for k, row in enumerate(rows):
        assert sample(reading, "softnet.processed_per_s", f"cpu{k}").values.tolist() == [row[0]]
        assert sample(reading, "softnet.dropped_per_s", f"cpu{k}").values.tolist() == [row[1]]
