"""k6's samples in CSV (`--out csv=`): one row a metric sample, nine a request.

    metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,…
    http_req_duration,1795404371,3.532516,,,,true,::browse,GET,page,HTTP/1.1,ramp,,200,…

The stamp is the end of the request: epoch seconds unless K6_CSV_TIME_FORMAT asks for
milliseconds, microseconds, nanoseconds or RFC 3339. Durations are milliseconds. Which tags
have a column follows --system-tags. `status` 0 with an error_code is a request without an
answer. dropped_iterations are iterations that k6 had no user for.

Source: https://grafana.com/docs/k6/latest/results-output/real-time/csv/
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from diagnose.badlines import BadLines
from diagnose.delimited import cells_of, separator
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Array, Fact, Reading

from ._codes import combinations
from ._formatted_times import FormattedTimes
from ._generator_distress import distress
from ._k6_points import WANTED, Points, Tags
from ._log_times import epoch_s
from ._request_table import Piece, Shape, pieces

FIRST = ["metric_name", "timestamp", "metric_value"]
COLUMNS = {
    "name": "name",
    "method": "method",
    "status": "status",
    "expected_response": "expected",
    "error": "error",
    "error_code": "error_code",
    "url": "url",
}
BEST = (
    "K6_CSV_TIME_FORMAT=unix_milli k6 run --out csv=run.csv.gz --summary-export=summary.json "
    "script.js"
)


def recognizes(head: Head) -> float:
    """By the first three columns."""
    return 0.98 if _shape(head) is not None else 0.0


def _shape(head: Head) -> Shape | None:
    for at, line in enumerate(head.lines[:3]):
        sep = separator(line) or ","
        names = [name.strip().lower() for name in cells_of(line, sep)]
        if names[:3] == FIRST:
            texts = {own: names.index(name) for name, own in COLUMNS.items() if name in names}
            texts["metric"] = 0
            if "name" in texts:
                texts.pop("url", None)
            numbers = {"value": 2, "stamp": 1}
            return Shape(sep, len(names), at + 2, numbers, texts, header=tuple(names))
    return None


@collector(
    kind="k6_csv",
    title="k6 samples (CSV)",
    recognizes=recognizes,
    role="load_generator",
    tool="k6",
    best=BEST,
    gives=("series", "percentiles", "errors", "users", "routes", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load a run: the curve of all requests and of each name."""
    reading = Reading(facts=[Fact("load.tool", "k6")])
    head = raw.head()
    shape = _shape(head)
    assert shape is not None  # it was recognized by it
    first = head.lines[shape.first - 1 :][:1]
    stamp = cells_of(first[0], shape.separator)[1:2] if first else []
    formatted = bool(stamp) and not stamp[0].strip().isdigit()
    times = FormattedTimes([])
    if formatted:
        shape.words["stamp"] = shape.numbers.pop("stamp")
    whole = _whole_seconds(stamp[0].strip() if stamp else "", formatted)
    for points in _runs(raw, bad, shape, times if formatted else None):
        points.whole_seconds = whole
        load = points.load(reading.notes)
        reading.loads.append(load)
        reading.occurrences.extend([points.dropped(), *distress(load)])
    reading.notes = list(dict.fromkeys(reading.notes))
    if not reading.loads:
        reading.notes.append("it has a header and no samples")
        return reading
    if raw.torn:
        reading.notes.append("its last line has no end: the run was cut, its last samples are lost")
    return reading


def _runs(raw: RawFile, bad: BadLines, shape: Shape, times: FormattedTimes | None) -> list[Points]:
    """The samples of each run; a further header begins another."""
    runs = [Points()]
    for piece in pieces(raw, bad, shape):
        for part, begins in _by_run(piece):
            if begins and runs[-1].at:
                runs.append(Points())
            _take(part, runs[-1], times)
    return [points for points in runs if points.at]


def _whole_seconds(stamp: str, formatted: bool) -> bool:
    """Whether stamps are whole seconds."""
    return "." not in stamp if formatted else bool(stamp) and len(stamp) <= 10


def _by_run(piece: Piece) -> Iterator[tuple[Piece, bool]]:
    """The rows up to each further header, and whether they stand below one."""
    bounds = [0, *piece.restarts, piece.lines.size]
    for at, (first, end) in enumerate(pairwise(bounds)):
        rows = slice(first, end)
        part = Piece(
            piece.lines[rows],
            {name: column[rows] for name, column in piece.numbers.items()},
            {name: (codes[rows], names) for name, (codes, names) in piece.texts.items()},
            {name: words[rows] for name, words in piece.words.items()},
        )
        yield part, at > 0


def _take(piece: Piece, points: Points, times: FormattedTimes | None) -> None:
    """The wanted metrics of a piece."""
    codes, names = piece.texts["metric"]
    tags = _tags(piece, points)
    for metric in set(names) & set(WANTED):
        mine = np.flatnonzero(codes == names.index(metric))
        at_s = _times(piece, mine, times)
        points.add(metric, at_s, piece.numbers["value"][mine], piece.lines[mine], tags[mine])


def _times(piece: Piece, mine: NDArray[np.int64], times: FormattedTimes | None) -> Array:
    if times is not None:
        words = piece.words["stamp"]
        return np.array([times.at_s(words[row]) for row in mine.tolist()], float)
    stamps = piece.numbers["stamp"][mine]
    known = stamps[np.isfinite(stamps) & (stamps > 0)]
    return stamps * (epoch_s(float(known[0])) / float(known[0]) if known.size else np.nan)


def _tags(piece: Piece, points: Points) -> NDArray[np.int32]:
    there = {name: column for name, column in piece.texts.items() if name != "metric"}
    if not there:
        return np.full(piece.lines.size, points.tags.of(Tags()), np.int32)
    codes, made = combinations([(column, len(names)) for column, names in there.values()])
    tags = []
    for parts in made:
        cells = {name: there[name][1][at] for name, at in zip(there, parts, strict=True)}
        cells.setdefault("name", cells.pop("url", ""))
        tags.append(Tags(**cells))
    return points.tags.all(tags)[codes]
