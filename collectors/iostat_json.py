"""`iostat -o JSON`, with any of -x -d -c -t -y -k -m.

    {"timestamp": "2026-11-23T04:04:49+0000", "avg-cpu": {"user": 8.60, …},
     "disk": [{"disk_device": "vdb", "r/s": 0.00, …, "aqu-sz": 0.00, "util": 0.00}]}

Every report is the mean of the interval that ended at its timestamp, but the first one is
the mean since boot: it is left out (with -y, which cannot be told, one good report is lost).
Timestamps stand there with -t only, with their offset only where S_TIME_FORMAT=ISO is set.

Source: https://man7.org/linux/man-pages/man1/iostat.1.html
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading

from ._clock import epoch_of_day, seconds_of_day
from ._grid import Grid
from ._iostat import CPU, DISK, ONLY_SINCE_BOOT, fill
from ._sysstat_json import Layout, Sample, samples


def recognizes(head: Head) -> float:
    """The frame of the sysstat tools around iostat's names of a report's two halves."""
    text = head.text[:20_000]
    framed = '"sysstat"' in text and '"hosts"' in text
    return 0.95 if framed and ('"avg-cpu"' in text or '"disk_device"' in text) else 0.0


@collector(kind="iostat_json", title="iostat -o JSON (sysstat)", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Every report but the first of each header."""
    reading = Reading()
    grid, layout = Grid(), Layout()
    since_boot = 0
    for sample in samples(raw, bad, reading):
        if sample.first:
            since_boot += 1
            continue
        try:
            _add(sample, grid, layout, reading)
        except (TypeError, AttributeError):
            bad.note(sample.line, sample.head)
    if since_boot and not grid.names():
        reading.notes.append(ONLY_SINCE_BOOT)
    fill(reading, grid)
    if any(math.isnan(s.at_s[0]) for s in reading.samples):
        reading.notes.append("the reports bear no times; run `iostat -xt -o JSON 1`")
    return reading


def _add(sample: Sample, grid: Grid, layout: Layout, reading: Reading) -> None:
    at_s = _time(sample.content.get("timestamp"), reading)
    places = layout.of(sample.text)
    if cpu := sample.content.get("avg-cpu"):
        keys = tuple(key for key in CPU if key in cpu)
        line = sample.line + places.get("avg-cpu", (0, 0))[0]
        grid.rows("cpu", "", keys).add([cpu[key] for key in keys], at_s, line)
    offset, step = places.get("disk", (0, 0))
    for index, entry in enumerate(sample.content.get("disk", ()), 1):
        keys = tuple(key for key in DISK if key in entry)
        rows = grid.rows("disk", str(entry.get("disk_device", "")), keys)
        rows.add([entry[key] for key in keys], at_s, sample.line + offset + step * index)


def _time(text: Any, reading: Reading) -> float:
    """Epoch seconds of a timestamp in ISO or in the form of a locale; NaN without one."""
    if not isinstance(text, str):
        return math.nan
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return _local_time(text, reading)
    if at.tzinfo is None:
        reading.naive = True
    return at.replace(tzinfo=at.tzinfo or UTC).timestamp()


def _local_time(text: str, reading: Reading) -> float:
    clock = seconds_of_day(text)
    if clock is None:
        return math.nan
    midnight_s, sure = epoch_of_day(text, clock[1])
    reading.naive = True
    reading.date_known &= sure
    return midnight_s + clock[0]
