"""Whatever lies in the folder: one clear sentence or a diagnosis of the rest, never a traceback."""

from __future__ import annotations

import gzip
import lzma
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from golden import Goldens, failed_reader, first
from small_run import CULPRIT, FEW, analyze, cut_down, says_it_clearly

from diagnose.analyze import analyze as diagnosed
from diagnose.model import SourceRow

JUNK = random.Random(1).randbytes(3000)


@pytest.fixture
def run(golden: Goldens, tmp_path: Path) -> Path:
    return cut_down(golden.path("lb1_worker_connections"), tmp_path / "run")


def test_the_small_run_is_diagnosed_as_the_whole(run: Path) -> None:
    done = analyze(run)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(CULPRIT)


# -- nothing to read ----------------------------------------------------------------------------
def test_nothing_there(tmp_path: Path) -> None:
    says_it_clearly(analyze(tmp_path / "none"), 3, "does not exist")
    says_it_clearly(analyze(tmp_path / ("x" * 5000)), 3, "cannot be opened")
    says_it_clearly(analyze(tmp_path), 3, "holds nothing that diagnose can read")
    assert not (tmp_path / "diagnose.toml").exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (JUNK, "is of no known format"),
        (gzip.compress(JUNK)[:12], "the archive is damaged"),
    ],
    ids=["empty", "junk", "torn"],
)
def test_nothing_readable_names_the_first_files(run: Path, content: bytes, why: str) -> None:
    for name in FEW:
        (run / name).write_bytes(content)
    done = analyze(run)
    says_it_clearly(done, 3, "holds nothing that diagnose can read: raw/api/api.log")
    assert why in done.stderr


def torn(packed: bytes) -> bytes:
    return packed[: len(packed) * 3 // 4]


# -- one file is broken -------------------------------------------------------------------------
BREAKS: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda b: b"",
    "cut within a line": lambda b: b[: len(b) * 2 // 3],
    "binary": lambda b: JUNK,
    "zeros": lambda b: bytes(5000),
    "of another format": lambda b: b"a;b\nc;d\n" * 50,
    "two runs in one": lambda b: b + b,
    "CRLF": lambda b: b.replace(b"\n", b"\r\n"),
    "byte order mark": lambda b: b"\xef\xbb\xbf" + b,
    "not UTF-8": lambda b: b.replace(b"items", b"it\xe9ms"),
    "UTF-16": lambda b: b.decode().encode("utf-16"),
    "a line of 10 MB": lambda b: b + b"x" * 10_000_000 + b"\n",
    "junk in the middle": lambda b: b[: len(b) // 2] + JUNK + b[len(b) // 2 :],
    "upside down": lambda b: b"\n".join(reversed(b.split(b"\n"))),
    "gzip": gzip.compress,
    "xz": lambda b: lzma.compress(b, preset=0),
    "zstd": zstandard.ZstdCompressor().compress,
    "torn gzip": lambda b: torn(gzip.compress(b)),
    "torn xz": lambda b: torn(lzma.compress(b, preset=0)),
    "torn zstd": lambda b: torn(zstandard.ZstdCompressor().compress(b)),
}
WHOLE = ("CRLF", "byte order mark", "UTF-16", "gzip", "xz", "zstd")
BROKEN = ("raw/lb1/nstat.txt", "raw/lb1/error.log", "raw/client/run_stats_history.csv")


def row_of(run: Path, name: str) -> tuple[SourceRow | None, bool, tuple[str, str]]:
    """How one file was read, whether it was told of where it was not, and the first suspect."""
    diagnosis, _, _ = diagnosed(run)
    assert not failed_reader(diagnosis)
    row = next((s for s in diagnosis.sources if s.path == name), None)
    told = name in diagnosis.unrecognized or any(name in note for note in diagnosis.notes)
    return row, told, first(diagnosis)


@pytest.mark.parametrize("how", BREAKS)
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_told_of_and_the_rest_is_diagnosed(run: Path, name: str, how: str) -> None:
    whole = (run / name).read_bytes()
    lines = whole.count(b"\n")
    (run / name).write_bytes(BREAKS[how](whole))
    row, told, suspect = row_of(run, name)
    assert row is not None or told, "a file was passed over in silence"
    if name != "raw/client/run_stats_history.csv" or how in WHOLE:
        assert suspect == ("lb1", "connections")
    if how in WHOLE:
        assert row is not None and (row.lines, row.unreadable) == (lines, 0)
    if how.startswith("torn"):
        assert row is None or row.error or "breaks off" in " ".join(row.notes)


def test_a_clock_that_jumps_back_is_told_of(run: Path) -> None:
    path = run / "raw/lb1/nstat.txt"
    text = path.read_text(encoding="utf-8")
    half = text.index("# ", len(text) // 2)
    path.write_text(text[half:] + text[:half], encoding="utf-8")
    diagnosis, _, _ = diagnosed(run)
    assert "raw/lb1/nstat.txt: the clock jumps back in it; readings were put in order" in (
        diagnosis.notes
    )
    assert first(diagnosis) == ("lb1", "connections")


# -- odd things in the folder --------------------------------------------------------------------
def test_folders_links_and_pipes_among_the_files(run: Path) -> None:
    (run / "raw/db/x.csv").mkdir()
    (run / "raw/api/api.log").unlink()
    (run / "raw/api/api.log").mkdir()
    (run / "raw/lb1/loop").symlink_to("loop")
    (run / "raw/lb1/up").symlink_to("..")
    (run / "raw/lb1/nowhere").symlink_to("nothing")
    os.mkfifo(run / "raw/db/pipe")
    done = analyze(run)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(CULPRIT)


def test_a_folder_that_is_a_link_is_read(run: Path, tmp_path: Path) -> None:
    shutil.move(run / "raw/lb1", tmp_path / "elsewhere")
    (run / "raw/lb1").symlink_to(tmp_path / "elsewhere")
    assert analyze(run).stdout.startswith(CULPRIT)


def test_a_name_that_is_no_text(run: Path) -> None:
    odd = os.fsencode(run / "raw/lb1") + b"/acc\xe9s.log"
    os.rename(run / "raw/lb1/access.log", odd)
    assert analyze(run).exit_code == 0
    assert row_of(run, "raw/lb1/acc?s.log")[0] is not None


@pytest.mark.parametrize("what", ["raw/db/slow.log", "raw/db"])
def test_what_may_not_be_read_is_told_of(
    run: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    opened, listed = Path.open, os.scandir

    def refuse(path: Path, *more: str, **named: str) -> object:
        if path == run / what:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *more, **named)

    def deny(path: str) -> object:
        if Path(path) == run / what:
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(os, "scandir", deny)
    row, _, suspect = row_of(run, what)
    assert row is not None
    assert row.error == f"{what}: cannot be opened (Permission denied); check its permissions"
    assert suspect == ("lb1", "connections")


def test_one_file_instead_of_a_folder(run: Path) -> None:
    done = analyze(run / "raw/lb1/access.log")
    assert done.exit_code in (0, 4) and not done.stderr
    assert not (run / "raw/lb1/diagnose.toml").exists()
    says_it_clearly(analyze(run / "diagnose.toml"), 3, "diagnose.toml is of no known format")
