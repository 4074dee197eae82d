"""`sadf -j FILE -- -A`: a sysstat recording as JSON, with any subset of its reports.

    {"timestamp": {"date": "2026-11-23", "time": "04:04:49", "utc": 1, "interval": 2},
     "cpu-load": [{"cpu": "all", "usr": 8.37, …, "idle": 86.70}], …}

Rates and percentages are means over the interval that ended at the timestamp. Traps:
"utc": 0 (options -t and -T) is local time without its offset; "timezone" is the zone of
the host that recorded, not of the one that ran `sadf -T`. Since 12.7.6 "tz" stands for
"utc". A file is one JSON value, so one that was cut short is no JSON: its complete samples
are read all the same.

Source: https://man7.org/linux/man-pages/man1/sadf.1.html; sadf_misc.c, json_stats.c
"""

from __future__ import annotations

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading

from ._sadf import read


def recognizes(head: Head) -> float:
    """The frame of the sysstat tools with a timestamp that has a date of its own."""
    text = head.text[:20_000]
    framed = '"sysstat"' in text and '"hosts"' in text
    return 0.95 if framed and ('"file-date"' in text or '"interval"' in text) else 0.0


@collector(kind="sadf_json", title="sadf -j (sysstat)", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Every sample of a file, whatever its length."""
    return read(raw, bad)
