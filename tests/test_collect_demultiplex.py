"""What a recorder sends becomes files of ours, however it is cut, torn, or made up by a host."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.collect.demultiplex import PATHS, Demultiplexer
from diagnose.collect.frames import FRAME_BYTES, MARK_BYTES, Frames
from diagnose.collect.stamped import Routed, salvage
from diagnose.fetches import Fetch

NONCE = "5f3c0ffee5f3c0ff"
MARK = f"\n@{NONCE} ".encode()
WHO, STAT = Fetch("who.txt", "who"), Fetch("stat.txt", "/proc/stat")
TWO = Fetch("two.txt", "/proc/pressure/io /proc/pressure/cpu")
BEGIN = MARK + b"h 1 10.00 100 100\n" + MARK + b"c 10.00 1700000010.005 10.00\n"
OUTPUTS = st.lists(
    st.binary(max_size=80).filter(lambda text: MARK[:4] not in text and text.strip()), max_size=6
)
CUTS = st.lists(st.integers(1, 60), min_size=1)


def sink_of(folder, *fetches, limit_bytes=2**20):
    return Demultiplexer([Routed(f, (folder,)) for f in fetches], NONCE, limit_bytes=limit_bytes)


def mark(text, output=b""):
    return MARK + text.encode() + b"\n" + output


def sent(outputs):
    """Outputs of the first fetch, one a second."""
    marks = [mark(f"f 0 {20 + n}.00", output) for n, output in enumerate(outputs)]
    return BEGIN + b"".join(marks) + mark("z time")


def kept(outputs):
    """The file that they make. At an uptime of 10 s it was 1700000010."""
    stamped = [
        b"# %d.000\n%b%b" % (1700000020 + n, output, b"" if output.endswith(b"\n") else b"\n")
        for n, output in enumerate(outputs)
    ]
    return b"".join(stamped)


def text_of(folder, name):
    file = folder / f"{name}.gz"
    return gzip.decompress(file.read_bytes()) if file.exists() else b""


def fed(folder, data, cuts=(2**20,), fetches=(WHO,)):
    sink, at, n = sink_of(folder, *fetches), 0, 0
    while at < len(data):
        size = cuts[n % len(cuts)]
        sink(data[at : at + size])
        at, n = at + size, n + 1
    sink.close()
    return sink


@given(OUTPUTS, CUTS)
@settings(deadline=None, max_examples=60)
def test_outputs_of_any_bytes_come_back_however_they_are_cut(outputs, cuts):
    with tempfile.TemporaryDirectory() as name:
        sink = fed(Path(name), sent(outputs), cuts)
        assert text_of(Path(name), "who.txt") == kept(outputs)
        assert not sink.strange_marks


@given(OUTPUTS, st.integers(0, 400))
@settings(deadline=None, max_examples=60)
def test_a_torn_tail_costs_the_last_sample_and_no_more(outputs, end):
    torn = sent(outputs)[:end]
    with tempfile.TemporaryDirectory() as name:
        fed(Path(name), torn)
        whole = max(torn.count(MARK + b"f ") + torn.count(mark("z time")) - 1, 0)
        text = text_of(Path(name), "who.txt")
        assert text in (kept(outputs[:whole]), kept(outputs[: max(whole - 1, 0)]))


HOSTILE = st.one_of(
    st.binary(max_size=40),
    st.builds(
        lambda kind, words: MARK + " ".join([kind, *words]).encode() + b"\n",
        st.sampled_from("hcdnatfxkz?"),
        st.lists(
            st.sampled_from(
                ["0", "1", "-1", "99999999", "1.5", "20.00", "y", "n", "/proc/stat", "../../x", "٣"]
            )
            | st.text(max_size=8).filter(str.isprintable),
            max_size=5,
        ),
    ),
    st.just(b"==> ../../etc/passwd <==\nx\n\n==> /proc/stat <==\ncpu 1\n"),
)


@given(st.lists(HOSTILE, max_size=12), CUTS)
@settings(deadline=None, max_examples=120)
def test_whatever_a_host_sends_makes_no_file_but_ours(pieces, cuts):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "raw" / "lb1"
        folder.mkdir(parents=True)
        fed(folder, BEGIN + b"".join(pieces), cuts, (WHO, STAT))
        files = {str(p.relative_to(name)) for p in Path(name).rglob("*") if p.is_file()}
        assert files <= {"raw/lb1/who.txt.gz", "raw/lb1/stat.txt.gz"}


def test_files_that_stand_one_after_the_other_are_told_apart(tmp_path):
    names = mark("n 0 /proc/stat") + mark("n 1 /proc/pressure/io") + mark("n 1 /proc/pressure/cpu")
    body = (
        b"==> /proc/uptime <==\n20.00 1.00\n\n==> /proc/stat <==\ncpu 1 2\n\n"
        b"==> /proc/pressure/io <==\nsome 1\nfull 2\n\n==> /proc/pressure/cpu <==\nsome 3\n"
        b"\n==> /etc/shadow <==\nroot\n"
    )
    fed(tmp_path, BEGIN + names + mark("t 20.00", body) + mark("z time"), (7,), (STAT, TWO))
    assert text_of(tmp_path, "stat.txt") == b"# 1700000020.000\ncpu 1 2\n"
    assert text_of(tmp_path, "two.txt") == (
        b"# 1700000020.000\n/proc/pressure/io:some 1\n/proc/pressure/io:full 2\n"
        b"/proc/pressure/cpu:some 3\n"
    )


def test_a_sample_whose_command_failed_is_dropped_and_counted(tmp_path):
    sink = sink_of(tmp_path, WHO)
    sink(BEGIN + mark("f 0 20.00", b"half") + mark("x 0 137") + mark("f 0 21.00", b"all\n"))
    sink(mark("z time"))
    (recorded,) = sink.close()
    assert (recorded.samples, recorded.failed) == (1, 1)
    assert text_of(tmp_path, "who.txt") == b"# 1700000021.000\nall\n"


def test_output_without_end_takes_no_memory_without_end():
    frames = Frames(NONCE)
    for _ in range(40):
        assert not list(frames.feed(b"x" * 2**20))
        assert len(frames._held) <= FRAME_BYTES + 2**20
    marks = list(frames.feed(mark("z time")))
    assert [(m.kind, m.whole) for m in marks] == [("z", False)]
    assert frames.dropped > 30 * 2**20


def test_marks_without_end_take_no_memory_without_end(tmp_path):
    sink = sink_of(tmp_path, STAT)
    sink(BEGIN)
    for n in range(PATHS + 100):
        sink(mark(f"n 0 /proc/{n}"))
    assert len(sink._owner) == PATHS
    sink(MARK + b"a 0 n " + b"y" * 2 * MARK_BYTES + b"\n")
    assert sink.answers[0].why == ""


def test_a_limit_ends_it_and_is_told(tmp_path):
    sink = sink_of(tmp_path, WHO, limit_bytes=100)
    sink(sent([b"x" * 60] * 3))
    sink.flush()
    assert sink.stop.is_set()
    (recorded,) = sink.close()
    assert (recorded.truncated, recorded.samples) == (True, 1)


def test_what_a_host_says_moves_no_cursor(tmp_path):
    sink = sink_of(tmp_path, WHO)
    sink(BEGIN + MARK + b"a 0 n \x1b[2J\x1b]0;title\x07 sh: \xff\xfe who: not found\n")
    assert sink.answers[0].state == "n"
    assert sink.answers[0].why.isprintable()
    assert sink.answers[0].why.endswith("who: not found")


def test_a_recording_that_was_killed_is_put_in_its_place(tmp_path):
    sink = sink_of(tmp_path, WHO)
    sink(sent([b"one", b"two"]))
    sink.flush()
    assert [file.name for file in tmp_path.iterdir()] == [".who.txt.gz.recording"]
    assert salvage(tmp_path) == [tmp_path / "who.txt.gz"]
    assert text_of(tmp_path, "who.txt") == kept([b"one", b"two"])


def test_a_link_that_stands_where_a_recording_goes_is_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / ".who.txt.gz.recording").symlink_to(elsewhere)
    sink = sink_of(folder, WHO)
    sink(sent([b"one"]))
    sink.close()
    assert elsewhere.read_text() == "mine"
    assert not salvage(folder)


@pytest.mark.parametrize("components", [1, 3])
def test_one_file_serves_all_components_of_a_host(tmp_path, components):
    folders = tuple(tmp_path / f"c{n}" for n in range(components))
    for folder in folders:
        folder.mkdir()
    sink = Demultiplexer([Routed(WHO, folders)], NONCE, limit_bytes=2**20)
    sink(sent([b"one"]))
    (recorded,) = sink.close()
    assert recorded.paths == tuple(folder / "who.txt.gz" for folder in folders)
    assert len({text_of(folder, "who.txt") for folder in folders}) == 1


def test_what_lies_between_two_samples_that_are_far_apart_is_told(tmp_path):
    """One interval is a second; a command took five of them."""
    sink = sink_of(tmp_path, WHO)
    sink(BEGIN)
    for at in (20, 21, 23, 28, 29):
        sink(mark(f"k {at}.00 1 1 {at} 0"))
    cost = sink.cost
    assert (cost.samples, cost.late, cost.longest_s) == (5, 2, 5.0)
    assert cost.slow == ((pytest.approx(1700000023), pytest.approx(1700000028)),)
    assert cost.cpu_s == pytest.approx(0.09)
