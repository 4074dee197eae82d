"""Results of load tools as they come: torn, doubled, re-saved by other programs.

Each damage to each fixture of each load tool gives the right numbers, or says in a sentence
what is amiss; it never fails, and never counts requests that are not there.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from reading import FIXTURES, kind_of, write

from diagnose.badlines import BadLines
from diagnose.errors import DiagnoseError
from diagnose.ingest import Source
from diagnose.loadparts import parts_of
from diagnose.plugins import COLLECTORS
from diagnose.rawfile import RawFile

BOM = b"\xef\xbb\xbf"
CLOSE = 0.01  # share by which a mean may differ


@dataclass(frozen=True)
class Told:
    """What is made of a file: its tests, or why there are none."""

    kind: str
    requests: float
    mean_s: float
    tests: int
    sentences: int  # lines that were noted as unreadable, notes, an error

    @property
    def is_refusal(self) -> bool:
        return not self.kind or (self.requests == 0 and self.sentences > 0)


def told(path: Path) -> Told:
    kind = kind_of(path)
    if not kind:
        return Told("", 0.0, math.nan, 0, 1)
    bad = BadLines(path.name)
    try:
        reading = COLLECTORS[kind].parse(RawFile(path.name, path, {}), bad)
    except DiagnoseError:
        return Told(kind, 0.0, math.nan, 0, 1)
    source = Source(path.name, "client", kind, kind, "load_generator", reading)
    parts = [part for load in reading.loads for part in parts_of(source, load)]
    counted = [part.totals for part in parts if part.totals.requests > 0]
    requests = math.fsum(t.requests for t in counted)
    timed = [t for t in counted if not math.isnan(t.mean_s)]
    seconds = math.fsum(t.requests * t.mean_s for t in timed)
    mean_s = seconds / math.fsum(t.requests for t in timed) if timed else math.nan
    errors = sum(len(load.errors) for load in reading.loads)
    return Told(kind, requests, mean_s, len(parts), bad.count + len(reading.notes) + errors)


def of_load_tools() -> list[Path]:
    files = sorted(p for p in FIXTURES.rglob("*") if p.is_file() and p.name != "README")
    kinds = {p: kind_of(p) for p in files}
    return [p for p, kind in kinds.items() if kind and COLLECTORS[kind].role == "load_generator"]


FILES = of_load_tools()
NAMES = [str(p.relative_to(FIXTURES)) for p in FILES]


@cache
def plain(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def is_text(path: Path) -> bool:
    return b"\0" not in plain(path) and COLLECTORS[kind_of(path)].kind != "vegeta_gob"


@cache
def whole(path: Path) -> Told:
    return told(path)


def torn(data: bytes) -> bytes:
    return data[: int(0.7 * len(data))]


def killed(data: bytes) -> bytes:
    """A file system after a crash: the length is there, the last page is not."""
    return data[: int(0.8 * len(data))] + bytes(4096)


def first_line(data: bytes) -> bytes:
    return data.partition(b"\n")[0] + b"\n"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
@pytest.mark.parametrize("damage", [torn, killed, first_line], ids=lambda f: f.__name__)
def test_what_is_left_of_a_file_is_counted_and_no_more(
    path: Path, damage: Callable[[bytes], bytes], tmp_path: Path
):
    found = told(write(tmp_path, damage(plain(path)), path.name.removesuffix(".gz")))
    assert found.requests <= whole(path).requests * (1 + CLOSE) or whole(path).requests == 0
    if found.kind == whole(path).kind and found.requests < whole(path).requests:
        assert found.requests > 0 or found.sentences or damage is first_line


def test_an_empty_file_is_of_no_format(tmp_path: Path):
    assert told(write(tmp_path, b"")).kind == ""


def crlf(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def bom(data: bytes) -> bytes:
    return BOM + data.removeprefix(BOM)


TEXTS = [p for p in FILES if is_text(p)]
TEXT_NAMES = [str(p.relative_to(FIXTURES)) for p in TEXTS]


@pytest.mark.parametrize("path", TEXTS, ids=TEXT_NAMES)
@pytest.mark.parametrize("damage", [crlf, bom], ids=lambda f: f.__name__)
def test_other_line_ends_and_a_byte_order_mark_change_nothing(
    path: Path, damage: Callable[[bytes], bytes], tmp_path: Path
):
    found, before = told(write(tmp_path, damage(plain(path)))), whole(path)
    assert (found.kind, found.requests, found.tests) == (
        before.kind,
        before.requests,
        before.tests,
    )
    assert same(found.mean_s, before.mean_s)


@pytest.mark.parametrize("path", TEXTS, ids=TEXT_NAMES)
def test_two_runs_in_one_file_are_two_or_the_last_one_and_said(path: Path, tmp_path: Path):
    data = plain(path)
    ended = data if data.endswith(b"\n") else data + b"\n"
    found, before = told(write(tmp_path, ended + data)), whole(path)
    assert found.is_refusal or found.kind == before.kind
    if not (found.requests and before.requests):
        return
    times = found.requests / before.requests
    if times == pytest.approx(2, rel=CLOSE):
        assert same(found.mean_s, before.mean_s)
    else:
        assert times < 2 and (found.sentences or found.tests > before.tests)


TABLES = [
    p for p in TEXTS if plain(p).partition(b"\n")[0].count(b",") >= 3 and plain(p)[:1] != b"{"
]
TABLE_NAMES = [str(p.relative_to(FIXTURES)) for p in TABLES]


@pytest.mark.parametrize("path", TABLES, ids=TABLE_NAMES)
def test_a_table_without_its_header_is_right_or_refused(path: Path, tmp_path: Path):
    found, before = told(write(tmp_path, plain(path).partition(b"\n")[2])), whole(path)
    right = found.requests == pytest.approx(before.requests, rel=CLOSE, abs=1.01)
    assert right or found.is_refusal or found.requests == 0


@pytest.mark.parametrize("path", TABLES, ids=TABLE_NAMES)
def test_decimal_commas_are_right_or_refused(path: Path, tmp_path: Path):
    """As a spreadsheet of another country saves it: semicolons between, commas within."""
    header, _, rows = plain(path).replace(b",", b";").partition(b"\n")
    moved = header + b"\n" + rows.replace(b".", b",")
    found, before = told(write(tmp_path, moved)), whole(path)
    if found.requests:
        assert found.requests == pytest.approx(before.requests, rel=CLOSE) or found.sentences
        assert same(found.mean_s, before.mean_s) or found.sentences > before.sentences


def same(one: float, other: float) -> bool:
    return (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=CLOSE)


def test_every_load_tool_is_among_them():
    tools = {COLLECTORS[kind_of(p)].tool for p in FILES}
    assert tools >= {c.tool for c in COLLECTORS.values() if c.tool and c.best}
