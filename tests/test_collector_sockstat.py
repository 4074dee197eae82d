"""/proc/net/sockstat, with and without sockstat6, stamped and lone, torn."""

from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head

BOTH = FIXTURES / "sockstat" / "both.txt"


def test_both_files_in_one_are_added():
    assert kind_of(BOTH) == "sockstat"
    reading, bad = read(BOTH, "sockstat")
    assert bad.count == 0
    assert {s.metric: s.values.tolist() for s in reading.samples} == {
        "sock.sockets": [8],
        "sock.orphaned": [0],
        "sock.time_wait": [0],
        "sock.tcp_memory_pages": [59],
        "sock.tcp_in_use": [8],
    }


def test_outputs_without_stamps_are_kept_apart(tmp_path):
    text = BOTH.read_text()
    reading, _ = read(write(tmp_path, text + text), "sockstat")
    assert sample(reading, "sock.tcp_in_use").values.tolist() == [8, 8]


def test_a_torn_tail_is_noted(tmp_path):
    text = "# 1795406687\n" + BOTH.read_text() + "# 1795406688\nsockets: used 8\nTCP: inuse"
    reading, bad = read(write(tmp_path, text), "sockstat")
    assert [line for _, line in bad.kept] == ["TCP: inuse"]
    assert sample(reading, "sock.sockets").at_s.tolist() == [1795406687, 1795406688]
    assert sample(reading, "sock.tcp_in_use").values.tolist() == [8]


def test_what_looks_alike_is_refused():
    for other in (b"TCP6: inuse 1\nUDP6: inuse 0\n", b"Tcp: InSegs\nTcp: 5\n", b"TCP: inuse\n"):
        assert kind_of_head(Head.of(other)) != "sockstat"


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=5))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    text = ""
    for second, (used, memory) in enumerate(rows):
        text += f"# {1795406687 + second}\nsockets: used 9\n"
        text += f"TCP: inuse {used} orphan 0 tw 0 alloc 8 mem {memory}\n"
    file = write(tmp_path_factory.mktemp("sockstat"), text)
    assert kind_of(file) == "sockstat"
    reading, bad = read(file, "sockstat")
    assert bad.count == 0
    assert sample(reading, "sock.tcp_in_use").values.tolist() == [row[0] for row in rows]
    assert sample(reading, "sock.tcp_memory_pages").values.tolist() == [row[1] for row in rows]


def test_paths_in_front_of_the_lines_are_passed_over(tmp_path):
    text = "".join(
        f"/proc/net/{file}:{line}\n"
        for file, line in (
            ("sockstat", "sockets: used 188"),
            ("sockstat", "TCP: inuse 5 orphan 0 tw 16 alloc 8 mem 1"),
            ("sockstat6", "TCP6: inuse 2"),
        )
    )
    file = write(tmp_path, text)
    assert kind_of(file) == "sockstat"
    reading, bad = read(file, "sockstat")
    assert sample(reading, "sock.tcp_in_use").values.tolist() == [7]
    assert bad.count == 0
