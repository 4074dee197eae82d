"""Large delimited files, one row a request: columns in pieces, and no line lost unseen.

pandas' C reader takes a piece whose cells add up; it drops or swallows lines of any other
without a word, so those go to the careful reader, which notes each bad line. A record may
hold line ends inside its quotes. A header that comes again begins a new run.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diagnose.badlines import BadLines
from diagnose.delimited import is_blank, number, records
from diagnose.rawfile import DAMAGE, RawFile, decode
from diagnose.readings import Array, Ints

PIECE = 2 << 20
FARTHEST = 1000  # lines in which the end of a record is looked for


@dataclass(slots=True)
class Shape:
    """What the columns of a file are. Places count from 0; `first` is the first line of data."""

    separator: str
    width: int
    first: int
    numbers: dict[str, int]
    texts: dict[str, int]
    words: dict[str, int] = field(default_factory=dict)  # texts that seldom repeat (times)
    header: tuple[str, ...] = ()


@dataclass(slots=True)
class Piece:
    """Some rows: numbers are NaN where a cell holds none; texts are codes and their names."""

    lines: Ints
    numbers: dict[str, Array]
    texts: dict[str, tuple[NDArray[Any], list[str]]]
    words: dict[str, list[str]]
    restarts: list[int] = field(default_factory=list)  # rows before which a header stood


def pieces(raw: RawFile, bad: BadLines, shape: Shape) -> Iterator[Piece]:
    """The rows of a file from line shape.first on. Sets raw.lines_read and raw.torn."""
    line = 1
    for data in _blocks(raw):
        first = line
        line += data.count(b"\n") + (not data.endswith(b"\n"))
        raw.lines_read = line - 1
        if first < shape.first:
            data, first = _without_head(data, first, shape.first)
        piece = _quick(data, first, shape) or _careful(data, first, shape, bad)
        if piece.lines.size:
            yield piece


def _blocks(raw: RawFile) -> Iterator[bytes]:
    """The bytes in blocks that end where a record does, as far as can be told from quotes."""
    rest = b""
    with raw.open() as file:
        begin = True
        while True:
            try:
                data = file.read(PIECE)
            except DAMAGE:
                raw.torn = raw.broke_off = True
                data = b""
            if begin and data[:2] in (b"\xff\xfe", b"\xfe\xff"):
                data = decode(data + file.read()).encode()
            data, begin = data.removeprefix(b"\xef\xbb\xbf") if begin else data, False
            if not data:
                break
            rest += data
            cut = _cut(rest)
            if cut:
                yield rest[:cut]
                rest = rest[cut:]
    if rest:
        raw.torn = raw.torn or not rest.endswith(b"\n")
        yield rest


def _cut(data: bytes) -> int:
    """Behind the last line end outside quotes; 0 without any."""
    cut = last = data.rfind(b"\n") + 1
    quotes = data.count(b'"', 0, cut)
    for _ in range(FARTHEST):
        if not quotes % 2 or not cut:
            return cut
        before = data.rfind(b"\n", 0, cut - 1) + 1
        quotes -= data.count(b'"', before, cut)
        cut = before
    return last  # a stray quote: the careful reader sees to it


def _without_head(data: bytes, line: int, first: int) -> tuple[bytes, int]:
    while line < first and data:
        data, line = data[data.find(b"\n") + 1 :] if b"\n" in data else b"", line + 1
    return data, line


def _quick(data: bytes, first: int, shape: Shape) -> Piece | None:
    """The rows of a block whose every record has as many cells as it should; else None."""
    begun = _records(data, shape)
    if begun is None:
        return None
    import pandas as pd

    places = {**shape.numbers, **shape.texts, **shape.words}
    kinds: dict[int, str] = {place: "category" for place in shape.texts.values()}
    kinds |= {place: "str" for place in shape.words.values()}
    kinds |= {place: "float64" for place in shape.numbers.values()}
    try:
        table = pd.read_csv(
            io.BytesIO(data),
            header=None,
            sep=shape.separator,
            usecols=sorted(set(places.values())),
            dtype=kinds,
            na_filter=False,
            encoding_errors="replace",
            engine="c",
            low_memory=False,
        )
    except (ValueError, OverflowError):  # pandas' ParserError is a ValueError
        return None
    if len(table) != begun.size:
        return None
    texts = {}
    for name, place in shape.texts.items():
        cells = table[place].cat
        texts[name] = (cells.codes.to_numpy(), _as_written(cells.categories.to_list()))
    return Piece(
        begun + first,
        {name: table[place].to_numpy() for name, place in shape.numbers.items()},
        texts,
        {name: table[place].to_list() for name, place in shape.words.items()},
    )


def _as_written(names: list[Any]) -> list[str]:
    """pandas makes true and false of the texts of a column that holds nothing else."""
    return [str(name).lower() if isinstance(name, bool) else str(name) for name in names]


def _records(data: bytes, shape: Shape) -> Ints | None:
    """Lines at which records begin, from 0; None where the cells of the block do not add up."""
    parts = data.split(b'"')
    outside = b"".join(parts[::2]) if len(parts) > 1 else data
    count = outside.count(b"\n")
    separators = outside.count(shape.separator.encode())
    whole = len(parts) % 2 == 1 and data.endswith(b"\n")
    whole = whole and (b"\r" not in data or data.count(b"\r") == data.count(b"\r\n"))
    if not whole or separators != count * (shape.width - 1):
        return None
    if data.count(b"\n") == count:
        return np.arange(count, dtype=np.int64)
    text = np.frombuffer(data, np.uint8)
    ends, quotes = np.flatnonzero(text == 10), np.flatnonzero(text == 34)
    closed = np.flatnonzero(np.searchsorted(quotes, ends) % 2 == 0)
    return np.concatenate(([0], closed[:-1] + 1)).astype(np.int64)


def _careful(data: bytes, first: int, shape: Shape, bad: BadLines) -> Piece:
    """The same rows one by one; what is no row is noted."""
    text = data.decode("utf-8", errors="replace").removesuffix("\n")
    numbered = enumerate((line.rstrip("\r") for line in text.split("\n")), start=first)
    rows: list[list[str]] = []
    lines: list[int] = []
    restarts: list[int] = []
    for line, cells in records(numbered, shape.separator):
        if is_blank(cells):
            continue
        if shape.header and tuple(cell.strip().lower() for cell in cells) == shape.header:
            restarts.append(len(rows))
        elif len(cells) == shape.width and _counts(cells, shape):
            rows.append(cells)
            lines.append(line)
        else:
            bad.note(line, shape.separator.join(cells))
    return Piece(
        np.array(lines, np.int64),
        {
            name: np.array([number(row[at], shape.separator) for row in rows], float)
            for name, at in shape.numbers.items()
        },
        {name: _coded([row[at] for row in rows]) for name, at in shape.texts.items()},
        {name: [row[at] for row in rows] for name, at in shape.words.items()},
        restarts,
    )


def _coded(texts: list[str]) -> tuple[NDArray[Any], list[str]]:
    names = sorted(set(texts))
    place = {name: at for at, name in enumerate(names)}
    return np.array([place[text] for text in texts], np.int32), names


def _counts(cells: list[str], shape: Shape) -> bool:
    """Whether the cells that should be numbers are, or are empty."""
    return all(
        not cells[at].strip() or not math.isnan(number(cells[at], shape.separator))
        for at in shape.numbers.values()
    )
