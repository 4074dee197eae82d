r"""`tc -s -j qdisc`: queueing disciplines of every interface, as JSON.

    [{"kind":"htb","handle":"1:","dev":"eth0","root":true,"bytes":5735208,"packets":4348,
      "drops":0,"overlimits":3217,"requeues":0,"backlog":101844,"qlen":82}]

One document, or one after each stamp. Only the root discipline of an interface is read,
as in the text form; `qlen` is the backlog in packets (`backlog` is in bytes).

Source: man 8 tc
"""

from __future__ import annotations

import re
from typing import Any

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading

from ._columns import Columns
from ._json_documents import documents, number_of, opens_with, rows
from ._qdiscs import BACKLOG, DROPPED, NAMELESS, OVERLIMITS, REQUEUES, SENT

KIND = re.compile(r'"kind"\s*:\s*"\w+"\s*,\s*"handle"\s*:\s*"\w*:')
COUNTED = re.compile(r'"(?:drops|overlimits)"\s*:\s*\d')
TOTALS = {"packets": SENT, "drops": DROPPED, "overlimits": OVERLIMITS, "requeues": REQUEUES}


def recognizes(head: Head) -> float:
    """A list of objects with "kind" and "handle", and "drops" where -s was given."""
    if not (opens_with(head, "[") and KIND.search(head.text)):
        return 0.0
    return 0.95 if COUNTED.search(head.text) else 0.5


@collector(kind="tc_qdisc_json", title="tc -s -j qdisc", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Counters and backlog of the root discipline of each interface."""
    reading, columns = Reading(), Columns()
    for at_s, number, document in documents(raw, bad):
        for row in rows(document):
            if "parent" in row or row.get("kind") in ("ingress", "clsact"):
                continue
            if not row.get("dev") and NAMELESS not in reading.notes:
                reading.notes.append(NAMELESS)
            _take(columns, row, at_s, number)
    reading.samples = columns.samples()
    if not reading.samples:
        reading.notes.append("no counters in it: `tc` was run without -s")
    return reading


def _take(columns: Columns, row: dict[str, Any], at_s: float, number: int) -> None:
    device = str(row.get("dev", ""))
    for key, metric in TOTALS.items():
        value = number_of(row, key)
        if value is not None:
            columns.count(metric, at_s, value, line=number, part=device)
    waiting = number_of(row, "qlen")
    if waiting is not None:
        columns.add(BACKLOG, at_s, waiting, line=number, part=device)
