"""Rows of sar, sadf and mpstat, turned into samples in the units of the vocabulary.

All forms of a recording go through here and through one table of names (_sysstat_names),
so that they give the same numbers.

Traps: %sys of `-u ALL` leaves out interrupts, %system of `-u` does not. kbmemused leaves
out buffers and page cache since sysstat 11.7, and does not before. An await of 0 where no
request ended is no measurement. A row of nothing but zeros is a processor that was offline.
%ifutil is 0 where the speed of the link is not known.

Source: https://sysstat.github.io (man pages sar(1), sadf(1), iostat(1)); activity.c
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

from diagnose.readings import Array, Form, Limit, Reading, Samples

from ._grid import Grid, Table
from ._sysstat_memory import memory_samples, total_bytes
from ._sysstat_names import ROWS

# Under which key a table's rows name what they are of.
NAMES = {
    "cpu-load": "cpu",
    "disk": "disk-device",
    "net-dev": "iface",
    "net-edev": "iface",
    "softnet": "cpu",
    "filesystems": "filesystem",
}
_GAUGES = {"queue", "memory", "net-sock", "kernel", "filesystems"}
_ALL_CPUS = {"all", "-1"}
_NEVER_ZERO = {"cpu.context_switches_per_s", "nic.util_ratio"}  # all zeros: not counted


def part_of(table: str, name: str) -> str:
    """The part that a row's name stands for: "" for all processors, cpu3 for the fourth.

    >>> part_of("cpu-load", "all"), part_of("softnet", "3"), part_of("disk", "vdb")
    ('', 'cpu3', 'vdb')
    """
    if NAMES.get(table) != "cpu":
        return name
    return "" if name in _ALL_CPUS else f"cpu{name}"


def form_of(table: str) -> Form:
    """Counts that stood at the moment are gauges, the rest are means over the interval."""
    return Form.GAUGE if table in _GAUGES else Form.MEAN


def fill(reading: Reading, grid: Grid) -> None:
    """Turn all rows of a grid into samples and limits, in the order of their names."""
    per_core = {table for table, part in grid.names() if table == "softnet" and part}
    for t in grid.tables():
        if t.name in per_core and not t.part:
            continue  # the sum over the processors stands beside its parts
        reading.samples.extend(_samples(t))
        if t.name == "memory":
            reading.limits.extend(
                Limit("memory.total_bytes", total, line=line) for total, line in total_bytes(t)
            )
    reading.samples.sort(key=lambda s: (s.metric, s.part))


def _samples(t: Table) -> Iterator[Samples]:
    """The samples of one table and part, in the units of the vocabulary."""
    if t.name == "cpu-load":
        named: Iterable[tuple[str, Array]] = cpu_ratios(t.values, t.part)
    else:
        named = _scaled(t)
    for metric, values in named:
        if metric not in _NEVER_ZERO or np.nan_to_num(values).any():
            yield Samples(metric, t.at_s, values, t.part, form_of(t.name), t.lines)


def _scaled(t: Table) -> Iterator[tuple[str, Array]]:
    rows = ROWS[t.name]
    if t.name == "memory":
        yield from memory_samples(t)
    # rd_sec stands beside rkB in JSON: the later row of the table wins.
    chosen = {rows[key].metric: key for key in rows if key in t.values and rows[key].metric}
    for metric, key in chosen.items():
        values = t.values[key] * rows[key].scale
        if key == "await" and "tps" in t.values:
            values[(t.values["tps"] == 0) & (values == 0)] = np.nan
        yield metric, values


def cpu_ratios(values: dict[str, Array], part: str) -> Iterator[tuple[str, Array]]:
    """Ratios of a processor (part cpu3) or of all of them (part "") from percentages.

    `values` by sadf's keys, shape (n,). Rows in which nothing is counted become NaN.
    """
    rows = ROWS["cpu-load"]
    total = np.nansum(list(values.values()), axis=0)
    measured = np.where(total > 1, 1.0, np.nan)
    if "idle" in values:
        idle = values["idle"] + np.nan_to_num(values.get("iowait", np.zeros(1)))
        busy = np.clip(1 - idle / 100, 0, 1) * measured
        yield ("cpu.core_busy_ratio" if part else "cpu.busy_ratio"), busy
    if part:
        if "soft" in values:
            yield "cpu.core_softirq_ratio", values["soft"] * 0.01 * measured
        return
    for key, row in rows.items():
        if row.metric and key in values:
            yield row.metric, values[key] * row.scale * measured


_NUMBER = re.compile(r"-?(?:\d+(?:[.,]\d+)?|nan|inf)([skMGTPB%]?)", re.IGNORECASE)
_IN_KB = {"B": 1 / 1024, "s": 0.5, "k": 1.0, "K": 1.0, "M": 1024.0, "G": 1024.0**2, "T": 1024.0**3}


def number(text: str) -> float:
    """A number as sysstat prints it: 8.37, 8,37, -nan, 12.5%, and 1.2M (of kB).

    Raises:
        ValueError: it is no number.

    >>> number("8,37"), number("1.5M"), number("2.6%")
    (8.37, 1536.0, 2.6)
    """
    try:
        return float(text)
    except ValueError:
        match = _NUMBER.fullmatch(text)
        if match is None:
            raise
    unit = match[1]
    plain = float((text[: -len(unit)] if unit else text).replace(",", "."))
    return plain * _IN_KB.get(unit, 1.0)
