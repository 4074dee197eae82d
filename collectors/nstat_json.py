r"""`nstat -az --json`: the kernel's IP and TCP counters, as JSON.

    {"kernel":{"IpInReceives":7587,"IpInHdrErrors":0,...}}

One document, or one after each stamp. Running totals; what is said of plain `nstat` in
the text form holds here too, except that its series are not summed up.

Source: man 8 nstat
"""

from __future__ import annotations

import re
from typing import Any

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading

from ._columns import Columns
from ._json_documents import documents, number_of, opens_with
from ._tcp_counters import TOTALS

NAMED = re.compile(r'"(?:Ip|Tcp|TcpExt|Udp|IpExt)[A-Z]\w+"\s*:\s*\d')


def recognizes(head: Head) -> float:
    """An object of counters under the name of their source, mostly "kernel"."""
    return 0.95 if opens_with(head, "{") and NAMED.search(head.text) else 0.0


@collector(kind="nstat_json", title="nstat -az --json", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Totals, one point a document."""
    columns = Columns()
    for at_s, number, document in documents(raw, bad):
        counters = _counters(document)
        for name, metric in TOTALS.items():
            value = number_of(counters, name)
            if value is not None:
                columns.count(metric, at_s, value, line=number)
    return Reading(samples=columns.samples())


def _counters(document: Any) -> Any:
    """The first object within, whatever the source is called."""
    inner = document.values() if isinstance(document, dict) else ()
    return next((value for value in inner if isinstance(value, dict)), {})
