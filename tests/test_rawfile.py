"""A file is opened whatever its compression, and what a torn archive still holds is read."""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from diagnose.errors import UnreadableSource
from diagnose.rawfile import HEAD_BYTES, LONGEST_LINE, Head, RawFile, decode

TEXT = "".join(f"line {i} of {i * 7919 % 104729}\n" for i in range(1, 20_001)).encode()
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


def a_file(tmp_path: Path, raw: bytes) -> RawFile:
    (tmp_path / "file").write_bytes(raw)
    return RawFile("file", tmp_path / "file")


def damaged(packed: bytes) -> bytes:
    middle = len(packed) // 2
    return packed[:middle] + b"\xa5" * 64 + packed[middle + 64 :]


@pytest.fixture(params=PACKERS)
def pack(request: pytest.FixtureRequest) -> Callable[[bytes], bytes]:
    return PACKERS[request.param]


def test_an_archive_reads_as_its_content(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    raw = a_file(tmp_path, pack(TEXT))
    assert raw.whole() == TEXT and raw.lines_read == 20_000
    assert [text for _, text in raw.lines()] == TEXT.decode().splitlines()
    assert raw.head().raw == TEXT[:HEAD_BYTES]
    assert not raw.broke_off and not raw.torn


def test_two_archives_one_behind_another_are_one(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    assert a_file(tmp_path, pack(b"a 1\n") + pack(b"b 2\n")).whole() == b"a 1\nb 2\n"


@pytest.mark.parametrize("harm", [lambda b: b[: len(b) // 2], damaged], ids=["torn", "damaged"])
def test_what_a_broken_archive_still_holds_is_read(
    tmp_path: Path, pack: Callable[[bytes], bytes], harm: Callable[[bytes], bytes]
) -> None:
    raw = a_file(tmp_path, harm(pack(TEXT)))
    lines = [text for _, text in raw.lines()]
    assert raw.broke_off and raw.torn
    assert 1000 < len(lines) < 20_000
    assert lines[:1000] == TEXT.decode().splitlines()[:1000]
    again = a_file(tmp_path, harm(pack(TEXT)))
    assert TEXT.startswith(again.whole()[:10_000]) and again.broke_off


@pytest.mark.parametrize("kept", [7, 12])
def test_an_archive_that_is_nothing_but_its_head_is_broken_not_empty(
    tmp_path: Path, pack: Callable[[bytes], bytes], kept: int
) -> None:
    raw = a_file(tmp_path, pack(TEXT)[:kept])
    assert raw.head().raw == b"" and raw.broke_off


def test_an_archive_of_nothing_is_empty_not_broken(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    raw = a_file(tmp_path, pack(b""))
    assert raw.whole() == b"" and not raw.broke_off
    assert list(raw.lines()) == [] and raw.lines_read == 0


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_marks_of_editors_are_taken_off(tmp_path: Path, encoding: str) -> None:
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    raw = a_file(tmp_path, mark + "a é\r\nb\r\n".encode(encoding))
    assert list(raw.lines()) == [(1, "a é"), (2, "b")]
    assert raw.head().lines == ["a é", "b"]


def test_bytes_that_are_no_text_cost_their_line_alone(tmp_path: Path) -> None:
    raw = a_file(tmp_path, b"caf\xe9 1\nb\x00 2\n")
    assert [text for _, text in raw.lines()] == ["caf� 1", "b\x00 2"]
    assert decode(b"\xff\xfea") == "�"


def test_a_line_without_end_is_cut_and_the_next_one_keeps_its_number(tmp_path: Path) -> None:
    raw = a_file(tmp_path, b"x" * 3_000_000 + b"\nnext\n")
    (_, long), second = list(raw.lines())
    assert len(long) == LONGEST_LINE
    assert second == (2, "next")


def test_a_last_line_without_end_is_torn(tmp_path: Path) -> None:
    raw = a_file(tmp_path, b"a\nb")
    assert [text for _, text in raw.lines()] == ["a", "b"]
    assert raw.torn and not raw.broke_off


def test_a_head_ends_at_a_whole_line() -> None:
    head = Head.of(TEXT[:HEAD_BYTES])
    assert head.lines == TEXT.decode().splitlines()[: len(head.lines)]


def test_stamps_and_blank_lines_are_no_body() -> None:
    head = Head.of(b"# 1795406687.1\n\nState Recv-Q\n")
    assert head.body == ["State Recv-Q"]


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match=r"file: cannot be opened \(No such file"):
        RawFile("file", tmp_path / "none").head()
    with pytest.raises(UnreadableSource, match=r"folder: cannot be opened \(Is a directory"):
        RawFile("folder", tmp_path).whole()


def test_a_line_too_long_to_keep_is_not_a_torn_one(tmp_path):
    path = tmp_path / "long"
    for tail, torn in (("\n", False), ("", True)):
        path.write_text("a\n" + "b" * (LONGEST_LINE + 10) + tail)
        raw = RawFile("long", path)
        assert [len(line) for _, line in raw.lines()] == [1, LONGEST_LINE] and raw.torn is torn
