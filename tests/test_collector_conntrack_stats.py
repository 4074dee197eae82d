"""`conntrack -S`, new and old, and /proc/net/stat/nf_conntrack."""

from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head
from diagnose.readings import Form

HERE = FIXTURES / "conntrack_stats"
FAILED, DROPPED = "conntrack.insert_failed_per_s", "conntrack.dropped_per_s"


def test_rows_of_processors_are_added_up():
    assert kind_of(HERE / "full.txt") == "conntrack_stats"
    reading, bad = read(HERE / "full.txt", "conntrack_stats")
    assert bad.count == 0
    assert sample(reading, FAILED).values.tolist() == [8812 + 9120]
    assert sample(reading, DROPPED).values.tolist() == [8812 + 9120]
    assert sample(reading, DROPPED).form is Form.COUNTER


def test_the_file_of_proc_says_the_same_in_hexadecimal():
    assert kind_of(HERE / "proc.txt") == "conntrack_stats"
    reading, bad = read(HERE / "proc.txt", "conntrack_stats")
    assert bad.count == 0
    assert sample(reading, FAILED).values.tolist() == [8812 + 9120]
    assert sample(reading, "conntrack.entries").values.tolist() == [261]


def test_the_old_layout_is_read():
    assert kind_of(HERE / "old.txt") == "conntrack_stats"
    reading, bad = read(HERE / "old.txt", "conntrack_stats")
    assert bad.count == 0
    assert sample(reading, FAILED).values.tolist() == [3]
    assert sample(reading, "conntrack.entries").values.tolist() == [261]


def test_a_series_with_a_torn_tail(tmp_path):
    assert kind_of(HERE / "stamped.txt") == "conntrack_stats"
    reading, bad = read(HERE / "stamped.txt", "conntrack_stats")
    assert (bad.count, sample(reading, DROPPED).at_s.size) == (0, 3)
    text = (HERE / "full.txt").read_text()
    reading, bad = read(write(tmp_path, text + text[:60]), "conntrack_stats")
    assert bad.count == 1
    assert sample(reading, DROPPED).values.tolist()[0] == 8812 + 9120


def test_outputs_without_stamps_are_kept_apart(tmp_path):
    for name in ("full.txt", "proc.txt"):
        text = (HERE / name).read_text()
        reading, _ = read(write(tmp_path, text + text), "conntrack_stats")
        assert sample(reading, FAILED).values.tolist() == [8812 + 9120] * 2


def test_what_looks_alike_is_refused():
    for other in (b"cpu=0 user=5\n", b"entries 5\nfound 6\n", b"00000000 00000000 00000000\n"):
        assert kind_of_head(Head.of(other)) != "conntrack_stats"


counts = st.integers(0, 2**40)


@settings(max_examples=40)
@given(st.lists(st.tuples(counts, counts), min_size=1, max_size=8))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    text = "# 1795406687.5\n" + "".join(
        f"cpu={k}   \tfound=0 invalid=0 insert_failed={failed} drop={dropped} early_drop=0 \n"
        for k, (failed, dropped) in enumerate(rows)
    )
    file = write(tmp_path_factory.mktemp("conntrack"), text)
    assert kind_of(file) == "conntrack_stats"
    reading, bad = read(file, "conntrack_stats")
    assert bad.count == 0
    assert sample(reading, FAILED).values.tolist() == [sum(row[0] for row in rows)]
    assert sample(reading, DROPPED).values.tolist() == [sum(row[1] for row in rows)]
