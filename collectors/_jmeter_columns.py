"""Which columns a JTL file in CSV has: from its header, or from its rows where it has none.

The order of optional columns is fixed in CSVSaveService, which of them are written is not.
Without a header only the defaults of a release are tried, and only where every cell fits.
"""

from __future__ import annotations

import math
import re

from diagnose.delimited import SEPARATORS, cells_of, number, records
from diagnose.rawfile import Head

from ._log_times import epoch_s
from ._request_table import Shape

# Column in the file (lower case) → our name.
TEXTS = {
    "label": "label",
    "responsecode": "code",
    "responsemessage": "message",
    "threadname": "thread",
    "success": "success",
    "failuremessage": "failure",
    "datatype": "type",
    "method": "method",
    "url": "url",
}
NUMBERS = {"elapsed": "elapsed", "allthreads": "users", "samplecount": "samples"}
STAMP = "timestamp"
OTHERS = {
    *("bytes", "sentbytes", "grpthreads", "filename", "latency", "encoding", "errorcount"),
    *("hostname", "idletime", "connect"),
}
KNOWN = {STAMP, *TEXTS, *NUMBERS, *OTHERS}
_FIRST = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success"
_LAST = "Latency,IdleTime,Connect"
# What jmeter.properties of a release writes when nothing is set.
DEFAULTS = {
    "2.2": f"{_FIRST},bytes,Latency",
    "2.13": f"{_FIRST},bytes,grpThreads,allThreads,Latency",
    "3.0": f"{_FIRST},failureMessage,bytes,grpThreads,allThreads,Latency,IdleTime",
    "3.1": f"{_FIRST},failureMessage,bytes,sentBytes,grpThreads,allThreads,{_LAST}",
    "5.0": f"{_FIRST},failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,{_LAST}",
}
COUNTS = {"elapsed", "bytes", "sentbytes", "grpthreads", "allthreads", "latency", "idletime"}
LOOKED_AT = 60


def shape_of(head: Head) -> tuple[Shape, str] | None:
    """The columns, and the release whose default they were taken for ("" with a header)."""
    for at, line in enumerate(head.lines[:3]):
        sep = _separator(line)
        names = [name.strip().lower() for name in cells_of(line, sep)] if sep else []
        if is_header(names):
            return _shape(names, sep, at + 2, tuple(names)), ""
    return _headless(head)


def is_header(names: list[str]) -> bool:
    """Stamp and elapsed time, and two more of JMeter's own names."""
    return {STAMP, "elapsed"} <= set(names) and len(KNOWN & set(names)) >= 4


def _separator(line: str) -> str:
    """Whatever stands between two of the known names; any character can be set."""
    words = re.match(r'\ufeff?"?([A-Za-z]+)"?([^A-Za-z0-9"])', line)
    if words is None or words[1].lower() not in KNOWN:
        return ""
    return words[2]


def _shape(names: list[str], sep: str, first: int, header: tuple[str, ...]) -> Shape:
    texts = {own: names.index(name) for name, own in TEXTS.items() if name in names}
    if "message" in texts:  # the type and the address are not needed then
        texts.pop("type", None)
        texts.pop("url", None)
    numbers = {own: names.index(name) for name, own in NUMBERS.items() if name in names}
    numbers["stamp"] = names.index(STAMP)
    return Shape(sep, len(names), first, numbers, texts, header=header)


def _headless(head: Head) -> tuple[Shape, str] | None:
    """The one default that every cell of the first rows fits."""
    lines = [line for line in head.lines[:LOOKED_AT] if line.strip()]
    if not lines or not re.match(r'"?\d{12,13}"?\D', lines[0]):
        return None
    sep = max(SEPARATORS, key=lines[0].count)
    rows = [cells for _, cells in records(enumerate(lines), sep)]
    if len(rows) > 1:
        rows.pop()  # it may be torn
    for release, order in DEFAULTS.items():
        names = order.lower().split(",")
        if all(_fits(row, names, sep) for row in rows):
            return _shape(names, sep, 1, ()), release
    return None


def _fits(row: list[str], names: list[str], sep: str) -> bool:
    if len(row) != len(names):
        return False
    cells = dict(zip(names, row, strict=True))
    numbers = [number(cells[name], sep) for name in COUNTS & cells.keys()]
    return (
        cells["success"].strip().lower() in ("true", "false")
        and not math.isnan(epoch_s(number(cells[STAMP], sep)))
        and not any(math.isnan(value) or value < 0 for value in numbers)
    )
