"""Locust's exceptions CSV: what the load script raised, how often, with the traceback.

    Count,Message,Traceback,Nodes
    114,'nope',"  File ""locustfile.py"", line 8, in boom
    …",local

The traceback holds line ends inside its quotes. The header alone means that none was
raised. The file bears no times: the occurrences have none.

Source: https://docs.locust.io/en/stable/retrieving-stats.html and locust/stats.py.
"""

from __future__ import annotations

import math

import numpy as np

from diagnose.badlines import BadLines
from diagnose.delimited import Columns, header_columns, table
from diagnose.failures import without_values
from diagnose.metrics import message
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Occurrences, Reading

EXCEPTION = message("generator", "exception")
# Each exception is one entry of an array without times: more than this says nothing new.
MOST = 100_000


def is_header(columns: Columns) -> bool:
    """The four columns that every version writes."""
    return {"count", "message", "traceback", "nodes"} <= columns.keys()


def recognizes(head: Head) -> float:
    """By the header."""
    return 0.97 if any(is_header(header_columns(line)) for line in head.lines[:3]) else 0.0


@collector(
    kind="locust_exceptions",
    title="Locust exceptions",
    recognizes=recognizes,
    role="load_generator",
    tool="Locust",
    gives=("errors",),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Occurrences for each message; an empty one where only the header stands."""
    reading = Reading(facts=[Fact("load.tool", "locust")])
    columns: Columns = {}
    for row in table(raw, bad, is_header):
        if row.columns is not columns:  # of several tables the last one counts
            columns = row.columns
            reading.notes.clear()
            reading.occurrences.clear()
        count = row.number("count")
        if math.isnan(count):
            bad.note(row.line, row.separator.join(row.cells))
            continue
        text = without_values(" ".join(row.cell("message").split()))[:160]
        reading.notes.append(f"the load script raised {text} ({count:,.0f} times)")
        size = min(int(count), MOST)
        lines = np.full(size, row.line, np.int64)
        reading.occurrences.append(
            Occurrences(EXCEPTION, np.full(size, math.nan), lines, text[:60], text)
        )
    if not reading.occurrences:
        reading.occurrences.append(Occurrences(EXCEPTION, np.zeros(0), np.zeros(0, np.int64)))
    return reading
