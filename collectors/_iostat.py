"""What iostat calls things, old and new, text and JSON, and what the vocabulary calls them.

Source: https://man7.org/linux/man-pages/man1/iostat.1.html; iostat.c
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from diagnose.readings import Array, Form, Reading, Samples

from ._grid import Grid, Table
from ._sysstat import cpu_ratios

KB, MB, SECTOR = 1024.0, 1024.0**2, 512.0
DISK = {
    "r/s": ("disk.reads_per_s", 1.0),
    "w/s": ("disk.writes_per_s", 1.0),
    "rkB/s": ("disk.read_bytes_per_s", KB),
    "wkB/s": ("disk.write_bytes_per_s", KB),
    "rMB/s": ("disk.read_bytes_per_s", MB),
    "wMB/s": ("disk.write_bytes_per_s", MB),
    "rsec/s": ("disk.read_bytes_per_s", SECTOR),
    "wsec/s": ("disk.write_bytes_per_s", SECTOR),
    "kB_read/s": ("disk.read_bytes_per_s", KB),
    "kB_wrtn/s": ("disk.write_bytes_per_s", KB),
    "MB_read/s": ("disk.read_bytes_per_s", MB),
    "MB_wrtn/s": ("disk.write_bytes_per_s", MB),
    "Blk_read/s": ("disk.read_bytes_per_s", SECTOR),
    "Blk_wrtn/s": ("disk.write_bytes_per_s", SECTOR),
    "aqu-sz": ("disk.queue_length", 1.0),
    "avgqu-sz": ("disk.queue_length", 1.0),
    "util": ("disk.util_ratio", 0.01),
    "r_await": ("disk.read_await_s", 0.001),
    "w_await": ("disk.write_await_s", 0.001),
    "await": ("disk.await_s", 0.001),
    "tps": ("", 1.0),
}
CPU = ("user", "nice", "system", "sys", "iowait", "steal", "idle")
ONLY_SINCE_BOOT = (
    "iostat's first report is a mean since boot and was left out, and there is no other; "
    "run `iostat -xt 1` for the length of the test"
)
# The number of requests that an await is the mean of.
_COUNTED_BY = {"r_await": ("r/s",), "w_await": ("w/s",), "await": ("r/s", "w/s")}


def fill(reading: Reading, grid: Grid) -> None:
    """Turn the rows of iostat's tables "cpu" and "disk" into samples, ordered by name."""
    for table in grid.tables():
        named = cpu_ratios(table.values, "") if table.name == "cpu" else _disk(table)
        for metric, values in named:
            reading.samples.append(
                Samples(metric, table.at_s, values, table.part, Form.MEAN, table.lines)
            )
    reading.samples.sort(key=lambda s: (s.metric, s.part))


def _disk(table: Table) -> Iterator[tuple[str, Array]]:
    values = table.values
    for key, column in values.items():
        metric, scale = DISK[key]
        if metric:
            yield metric, np.where(_nothing_ended(key, values), np.nan, column * scale)
    if "await" not in values and {"r/s", "w/s", "r_await", "w_await"} <= values.keys():
        yield "disk.await_s", _mean_await_s(values)


def _nothing_ended(key: str, values: dict[str, Array]) -> Array:
    """1 where an await of 0 stands for "no request ended"."""
    counts = [values[name] for name in _COUNTED_BY.get(key, ()) if name in values]
    if not counts:
        counts = [values["tps"]] if key in _COUNTED_BY and "tps" in values else []
    if not counts:
        return np.zeros(len(values[key]))
    none: Array = (sum(counts, np.zeros(1)) == 0) & (values[key] == 0)
    return none


def _mean_await_s(values: dict[str, Array]) -> Array:
    """await = (r_await × r/s + w_await × w/s) / (r/s + w/s), as iostat itself had it."""
    ended = values["r/s"] + values["w/s"]
    waited = values["r/s"] * values["r_await"] + values["w/s"] * values["w_await"]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_s: Array = np.where(ended > 0, waited / ended / 1000, np.nan)
    return mean_s
