"""A table of metrics, from whatever people have: CSV or Parquet, long or wide.

    time,component,metric,value,unit
    2026-11-23T04:05:06Z,db,cpu.busy_ratio,73,%

    time,db.cpu.busy_ratio,web.nic.rx_bytes_per_s[eth0],orders.queue_depth
    1795406706,0.73,1250000,17

Commas, semicolons (then with decimal commas) or tabs; a header is needed. Times are epoch
seconds, ms, µs or ns, or ISO 8601. Other names are understood: timestamp, ts, date; service,
host, instance; name; val. A metric of the vocabulary is converted to its unit where a unit
stands beside it; any other keeps its name, and its resource is guessed from the words of it.
K, M, G are thousands and Ki, Mi, Gi 1024. A running total is told by `kind` = counter, or by
a name that ends in total and values that never fall. An empty cell is not measured.

Source: https://parquet.apache.org/docs/file-format/ and https://www.rfc-editor.org/rfc/rfc4180
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnose.badlines import BadLines
from diagnose.delimited import number, separator
from diagnose.errors import UnreadableSource
from diagnose.metrics import METRICS, Kind, declare
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Array, Flags, Form, Ints, Reading, Samples
from diagnose.stamps import stamp_s

from ._metrics_columns import Shape, shape_of
from ._metrics_frame import Frame, numbers, read_csv, read_parquet, times
from ._metrics_units import factor_to, unit_of

PARQUET = b"PAR1"
FORMS = {"counter": Form.COUNTER, "total": Form.COUNTER, "mean": Form.MEAN, "avg": Form.MEAN}
HINT = (
    "name the columns time, component, metric, value, or time and then <component>.<metric>; "
    "`diagnose formats` shows both"
)


@dataclass(slots=True, eq=False)
class Series:
    """Rows of one metric of one component. cells holds the text that was no number."""

    component: str
    metric: str
    part: str
    unit: str
    kind: str
    at_s: Array
    values: Array
    lines: Ints


def recognizes(head: Head) -> float:
    """By the header, and by a first row that begins with, or has, a time."""
    if head.raw.startswith(PARQUET):
        return 0.6
    rows = [line for line in head.lines[:20] if line.strip() and not line.startswith(("#", "sep="))]
    sep = separator(rows[0]) if rows else ""
    if not sep:
        return 0.0
    columns = [name.strip().strip('"') for name in rows[0].split(sep)]
    shape = shape_of(columns)
    if shape is None:
        return 0.0
    cells = rows[1].split(sep) if len(rows) > 1 else []
    if len(cells) == len(columns) and not _is_time(cells[columns.index(shape.time)]):
        return 0.0
    return shape.certainty


def _is_time(cell: str) -> bool:
    text = cell.strip().strip('"')
    return not (np.isnan(number(text, ";")) and np.isnan(stamp_s(text[:19])))


@collector(kind="metrics_table", title="Table of metrics", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Samples for each component, metric and part."""
    parquet = raw.head().raw.startswith(PARQUET)
    frame = read_parquet(raw) if parquet else read_csv(raw, bad)
    shape = shape_of([str(name) for name in frame.table.columns])
    if shape is None:
        raise UnreadableSource(
            raw.path,
            f"not a table of metrics; its columns are {', '.join(map(str, frame.table.columns))}",
            hint=HINT,
        )
    reading = Reading()
    if not len(frame.table):
        reading.notes.append("the table has a header and no rows")
        return reading
    at_s, reading.naive = times(frame.table[shape.time], raw, frame.separator)
    _note(bad, frame, np.isnan(at_s), shape.time)
    for series in (_wide if shape.wide else _long)(frame, shape, at_s, bad):
        _add(reading, series)
    return reading


def _wide(frame: Frame, shape: Shape, at_s: Array, bad: BadLines) -> Iterator[Series]:
    placed = np.isfinite(at_s)
    for one in shape.wide:
        values, wrong = numbers(frame.table[one.column], frame.separator)
        _note(bad, frame, wrong & placed, one.column)
        yield Series(
            one.component, one.metric, one.part, "", "",
            at_s[placed], values[placed], frame.lines[placed],
        )  # fmt: skip


def _long(frame: Frame, shape: Shape, at_s: Array, bad: BadLines) -> Iterator[Series]:
    values, wrong = numbers(frame.table[shape.value], frame.separator)
    placed = np.isfinite(at_s)
    _note(bad, frame, wrong & placed, shape.value)
    roles = (shape.component, shape.metric, shape.part, shape.unit, shape.kind)
    keys = [name for name in roles if name]
    text = frame.table[keys].astype(str)
    for rows in text.groupby(keys, sort=False, dropna=False).indices.values():
        rows = np.sort(rows)[placed[np.sort(rows)]]
        if rows.size:
            first: Any = text.iloc[rows[0]]
            said = [first[name].strip() if name else "" for name in roles]
            component, metric, part, unit, kind = said
            yield Series(
                component, metric, part, unit, kind.lower(),
                at_s[rows], values[rows], frame.lines[rows],
            )  # fmt: skip


def _note(bad: BadLines, frame: Frame, wrong: Flags, column: str) -> None:
    cells = frame.table[column]
    for row in np.flatnonzero(wrong):
        bad.note(int(frame.lines[row]), f"{column}: {str(cells.iloc[row])!r}")


def _add(reading: Reading, series: Series) -> None:
    """Under its component, in our units; a unit that cannot be converted is told of."""
    form = _form(series)
    known = METRICS.get(series.metric)
    if known is None:
        unit, factor = unit_of(series.unit) or (series.unit, 1.0)
        kind = Kind(series.kind) if series.kind in set(Kind) else None
        declare(series.metric, unit if series.unit else "", kind)
    elif not series.unit:
        factor = 1.0
        _doubt(reading, series, known.unit)
    else:
        found = factor_to(known.unit, series.unit, form is Form.COUNTER)
        if found is None:
            reading.notes.append(
                f"{series.metric} of {series.component or 'this host'} is in {series.unit!r}, "
                f"which is no unit for it ({known.unit}): its {series.values.size} values were "
                "left out"
            )
            return
        factor = found
    order = np.argsort(series.at_s, kind="stable")
    samples = Samples(
        series.metric,
        series.at_s[order],
        series.values[order] * factor,
        series.part,
        form,
        series.lines[order],
    )
    whose = reading.component.setdefault(series.component, []) if series.component else None
    (reading.samples if whose is None else whose).append(samples)


def _form(series: Series) -> Form:
    if series.kind in FORMS:
        return FORMS[series.kind]
    if series.metric.lower().endswith(("_total", "-total", ".total")):
        values = series.values[np.argsort(series.at_s, kind="stable")]
        steps = np.diff(values[np.isfinite(values)])
        if steps.size > 1 and (steps >= 0).all() and steps.any():
            return Form.COUNTER
    return Form.GAUGE


def _doubt(reading: Reading, series: Series, unit: str) -> None:
    """Shares of one that reach 1.5 and more are most likely percents."""
    known = series.values[np.isfinite(series.values)]
    if unit == "ratio" and "process" not in series.metric and known.size and known.max() > 1.5:
        reading.notes.append(
            f"{series.metric} of {series.component or 'this host'} reaches {known.max():g} and was "
            "read as a share of 1; if it is in percent, say so in a column `unit`"
        )
