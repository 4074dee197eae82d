"""Raw files: whole or not at all, below raw/ and nowhere else, and a full disk is told."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.collect.writing import LONGEST, RawWriter, safe_name, sweep
from diagnose.errors import DiagnoseError
from diagnose.rundir import RunDirectory


def files_below(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir())


def test_what_came_stands_under_its_name_with_its_hash(tmp_path: Path) -> None:
    writer = RawWriter(tmp_path, "lb1", "nstat.txt")
    writer(b"# 1795406687\n")
    writer(b"TcpExtListenDrops 3\n")
    written = writer.commit()
    raw = (tmp_path / "raw/lb1/nstat.txt").read_bytes()
    assert raw == b"# 1795406687\nTcpExtListenDrops 3\n"
    assert written.path == "raw/lb1/nstat.txt"
    assert written.sha256 == hashlib.sha256(raw).hexdigest()
    assert (written.bytes, written.truncated) == (len(raw), False)
    writer.discard()  # does no harm afterwards
    assert files_below(tmp_path) == ["raw/lb1/nstat.txt"]


def test_what_is_not_committed_leaves_nothing(tmp_path: Path) -> None:
    with RawWriter(tmp_path, "lb1", "nstat.txt") as writer:
        writer(b"half")
        assert RunDirectory.open(tmp_path).raw_files() == []  # nobody reads a half-written file
    assert files_below(tmp_path) == []


def test_an_earlier_file_stands_until_the_new_one_is_complete(tmp_path: Path) -> None:
    first = RawWriter(tmp_path, "lb1", "a.txt")
    first(b"first")
    first.commit()
    second = RawWriter(tmp_path, "lb1", "a.txt")
    second(b"sec")
    assert (tmp_path / "raw/lb1/a.txt").read_bytes() == b"first"
    second.discard()
    assert (tmp_path / "raw/lb1/a.txt").read_bytes() == b"first"


def test_the_limit_cuts_and_says_that_the_command_may_end(tmp_path: Path) -> None:
    writer = RawWriter(tmp_path, "lb1", "a.txt", limit=10)
    writer(b"123456")
    assert not writer.stop.is_set()
    writer(b"7890abc")
    writer(b"more")
    assert writer.stop.is_set()
    written = writer.commit()
    assert (written.bytes, written.truncated) == (10, True)
    assert (tmp_path / "raw/lb1/a.txt").read_bytes() == b"1234567890"


@pytest.mark.parametrize(
    ("component", "file"),
    [("../..", "passwd"), ("/etc", "passwd"), ("lb1", "../../../x"), (".", ".."), ("a/b", "c\0d")],
)
def test_nothing_is_written_outside_raw(tmp_path: Path, component: str, file: str) -> None:
    run = tmp_path / "run"
    writer = RawWriter(run, component, file)
    writer(b"x")
    written = writer.commit()
    assert len(files_below(tmp_path)) == 1
    assert files_below(run) == [written.path]
    assert written.path.count("/") == 2


names = st.text(max_size=200)


@given(names)
def test_a_safe_name_is_one_name_that_can_be_seen(name: str) -> None:
    safe = safe_name(name)
    assert safe not in ("", ".", "..") and not safe.startswith(".")
    assert "/" not in safe and safe.isprintable() and len(safe.encode()) <= LONGEST


@given(names, names)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert (safe_name(one) == safe_name(other)) == (one == other)


@pytest.mark.parametrize("where", ["raw", "raw/lb1"])
def test_a_link_in_the_way_is_refused(tmp_path: Path, where: str) -> None:
    run, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (run / where).parent.mkdir(parents=True)
    (run / where).symlink_to(elsewhere)
    with pytest.raises(DiagnoseError, match="is a link: nothing is written through it"):
        RawWriter(run, "lb1", "a.txt")
    assert files_below(elsewhere) == []


def test_a_link_at_the_files_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    place = tmp_path / "run/raw/lb1/a.txt"
    place.parent.mkdir(parents=True)
    place.symlink_to(victim)
    writer = RawWriter(tmp_path / "run", "lb1", "a.txt")
    writer(b"theirs")
    writer.commit()
    assert victim.read_text() == "mine"
    assert not place.is_symlink() and place.read_bytes() == b"theirs"


def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/lb1").write_text("x")
    with pytest.raises(DiagnoseError, match="raw/lb1 is no folder"):
        RawWriter(tmp_path, "lb1", "a.txt")


def test_no_file_handle_is_left_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for i in range(20):
        RawWriter(tmp_path, "lb1", f"{i}.txt").commit()
        RawWriter(tmp_path, "lb1", f"{i}.txt").discard()
    (tmp_path / "raw/lb2").write_text("x")
    for _ in range(20):
        with pytest.raises(DiagnoseError):
            RawWriter(tmp_path, "lb2", "a.txt")
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    writer = RawWriter(tmp_path, "lb1", "a.txt")
    RawWriter(tmp_path, "lb1", "b.txt").commit()
    assert sweep(tmp_path) == 1
    assert files_below(tmp_path) == ["raw/lb1/b.txt"]
    writer.discard()


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of 256 KiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    done = subprocess.run(mount, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_one_clear_sentence_and_costs_no_other_file(small_disk: Path) -> None:
    kept = RawWriter(small_disk, "lb1", "small.txt")
    kept(b"x" * 1000)
    kept.commit()
    writer = RawWriter(small_disk, "lb1", "access.log")
    for _ in range(100):
        writer(b"x" * 8192)
    assert writer.stop.is_set()  # so that the command need not run on
    with pytest.raises(DiagnoseError) as caught:
        writer.commit()
    assert caught.value.what.startswith("the disk is full")
    assert "raw/lb1/access.log was not kept" in caught.value.what
    assert "free some space" in caught.value.hint
    assert files_below(small_disk) == ["raw/lb1/small.txt"]


def test_a_disk_that_is_full_only_at_the_end_is_told_as_well(small_disk: Path) -> None:
    """What fits into the buffer fails when the file is closed."""
    (small_disk / "fill").write_bytes(b"x" * 200 * 1024)
    writer = RawWriter(small_disk, "lb1", "a.txt")
    writer(b"x" * 100 * 1024)
    with pytest.raises(DiagnoseError, match="the disk is full"):
        writer.commit()
    assert files_below(small_disk) == ["fill"]
