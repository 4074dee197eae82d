"""A table of metrics as columns: times in seconds, values as numbers, lines to trace them by."""

from __future__ import annotations

import importlib.util
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnose.badlines import BadLines
from diagnose.delimited import SEPARATORS, cells_of, separator
from diagnose.errors import UnreadableSource
from diagnose.rawfile import RawFile
from diagnose.readings import Array, Flags, Ints

if TYPE_CHECKING:
    import pandas as pd

MISSING = ("", "na", "n/a", "nan", "null", "none", "-", "nat")
FIRST_EPOCH_S = 1e8  # 1973: smaller numbers count from a start that nobody told
_ZONE = r"(?:Z|UTC|[+-]\d\d:?\d\d)\s*$"


@dataclass(slots=True, eq=False)
class Frame:
    """Rows as they stood; lines are line numbers (of a Parquet file: row numbers), from 1."""

    table: pd.DataFrame
    lines: Ints
    separator: str = ","


def read_csv(raw: RawFile, bad: BadLines) -> Frame:
    """All cells as text. Lines with another number of cells than the header are noted."""
    import pandas as pd

    sep, kept, lines = _rows(raw, bad)
    text = io.StringIO("\n".join(kept))
    try:
        table = pd.read_csv(
            text, sep=sep, dtype=str, na_filter=False, index_col=False, lineterminator="\n"
        )
    except ValueError as error:  # pandas' ParserError and EmptyDataError are such
        raise UnreadableSource(raw.path, f"not a table ({str(error)[:80]})") from None
    if len(table) != len(lines):
        raise UnreadableSource(
            raw.path, "its rows cannot be told apart", hint="save it anew as CSV"
        )
    return Frame(table, np.array(lines, np.int64), sep)


def _rows(raw: RawFile, bad: BadLines) -> tuple[str, list[str], list[int]]:
    """The separator, the header with all rows of its width, and the lines of the rows."""
    header, sep, width = "", "", 0
    kept: list[str] = []
    lines: list[int] = []
    for number, line in raw.lines():
        if not line.strip() or (not header and line.startswith(("sep=", "#"))):
            continue
        if not header:
            header, sep = line, separator(line)
            if not sep:
                raise UnreadableSource(raw.path, "not a table: nothing separates its header")
            width = len(cells_of(line, sep))
            kept.append(_row(line, sep, width) or line)
        elif line != header:  # the same header again begins a table that was put behind
            row = _row(line, sep, width)
            if row is None:
                bad.note(number, line)
            else:
                kept.append(row)
                lines.append(number)
    return sep, kept, lines


def _row(line: str, sep: str, width: int) -> str | None:
    """The line, or every cell of it in quotes where some are; None with too few or too many."""
    if '"' not in line:
        return line if line.count(sep) + 1 == width else None
    cells = cells_of(line, sep)
    if len(cells) != width or line.count('"') % 2:
        return None
    return sep.join('"' + cell.replace('"', '""') + '"' for cell in cells)


def read_parquet(raw: RawFile) -> Frame:
    """A Parquet file, for which pyarrow must be installed.

    Raises:
        UnreadableSource: it is not, or the file is torn.
    """
    import pandas as pd

    if importlib.util.find_spec("pyarrow") is None:
        raise UnreadableSource(
            raw.path,
            "a Parquet file, and pyarrow, which reads it, is not installed",
            hint="pip install 'loadtest-diagnose[parquet]', or save the table as CSV",
        )
    try:
        table = pd.read_parquet(io.BytesIO(raw.whole()), engine="pyarrow")
    except (OSError, ValueError) as error:
        raise UnreadableSource(
            raw.path, f"not a whole Parquet file ({str(error)[:80]})", hint="copy it again"
        ) from None
    if table.index.name:
        table = table.reset_index()
    raw.lines_read = len(table)
    return Frame(table, np.arange(1, len(table) + 1, dtype=np.int64))


def numbers(column: pd.Series[Any], sep: str = ",") -> tuple[Array, Flags]:
    """Values, and where a cell holds something that is no number; NaN where it is empty."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        values = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)
        return np.where(np.isfinite(values), values, np.nan), np.isinf(values)
    text = column.astype(str).str.strip()
    if sep in SEPARATORS and sep != ",":
        comma = text.str.contains(",", regex=False) & ~text.str.contains(".", regex=False)
        text = text.where(~comma, text.str.replace(",", ".", regex=False))
    values = pd.to_numeric(text, errors="coerce").to_numpy(float, na_value=np.nan)
    missing = text.str.lower().isin(MISSING).to_numpy(bool)
    values = np.where(np.isfinite(values), values, np.nan)
    return values, np.isnan(values) & ~missing


def times(column: pd.Series[Any], raw: RawFile, sep: str) -> tuple[Array, bool]:
    """Epoch seconds, NaN for what is no time, and whether they bear no zone.

    Raises:
        UnreadableSource: none of them is a time that can be placed.
    """
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column):
        naive = column.dt.tz is None
        return _seconds(pd.to_datetime(column, utc=True)), naive
    values, wrong = numbers(column, sep)
    if len(values) and wrong.sum() < 0.5 * len(values):
        return _epoch_s(values, raw), False
    text = column.astype(str).str.strip().str.replace(" UTC", "Z", regex=False)
    text = text.str.replace(",", ".", regex=False)
    at_s = _seconds(pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce"))
    if len(at_s) and np.isnan(at_s).all():
        raise UnreadableSource(
            raw.path,
            f"the times ({str(column.iloc[0])[:40]!r}) are neither epoch nor ISO 8601",
            hint="write them like 2026-11-23T04:05:06Z, or as seconds since 1970",
        )
    return at_s, not bool(text.str.contains(_ZONE, regex=True).any())


def _seconds(stamps: pd.Series[Any]) -> Array:
    plain = stamps.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    seconds: Array = plain.astype(np.int64) / 1e6
    return np.where(np.isnat(plain), np.nan, seconds)


def _epoch_s(values: Array, raw: RawFile) -> Array:
    """Seconds, from whichever of s, ms, µs, ns the size of the numbers tells."""
    known = values[np.isfinite(values)]
    middle = float(np.median(known)) if known.size else FIRST_EPOCH_S
    if middle < FIRST_EPOCH_S:
        raise UnreadableSource(
            raw.path,
            f"the times ({known.min():g} to {known.max():g}) count from a start that is not told",
            hint="write the time of day: 2026-11-23T04:05:06Z, or seconds since 1970",
        )
    factor = next((f for top, f in ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6)) if middle < top), 1e9)
    return values / factor
