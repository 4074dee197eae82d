"""Memory as sysstat counts it: what is used, and how much there is.

total = free + used + buffers + cached + slab since sysstat 11.7, free + used before;
%memused (used of total) tells which. Without slab (`sar -r` without ALL) %memused is
the only way to the total.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from diagnose.readings import Array

from ._grid import Table

KB = 1024.0
ROUNDING = 0.006  # what two decimal places of %memused hide, and a little more


def memory_samples(t: Table) -> Iterator[tuple[str, Array]]:
    """memory.used_ratio and memory.available_bytes, shape (n,), from columns in kB.

    Kernels before 3.14 do not say what is available: free, buffers and cache stand for it.
    """
    total = _total_kb(t)
    if total is None:
        return
    available = t.values.get("avail", np.zeros(len(total)))
    guessed = sum((t.values.get(k, 0.0) for k in ("buffers", "cached")), t.values["memfree"])
    available = np.where(available > 0, available, guessed)
    yield "memory.available_bytes", available * KB
    with np.errstate(divide="ignore", invalid="ignore"):
        yield "memory.used_ratio", np.clip(1 - available / total, 0, 1)


def total_bytes(t: Table) -> Iterator[tuple[float, int]]:
    """The memory of the host and the line that says so: a median, for it is rounded."""
    total = _total_kb(t)
    if total is not None and np.isfinite(total).any():
        yield float(np.nanmedian(total)) * KB, int(t.lines[0])


def _total_kb(t: Table) -> Array | None:
    if not {"memfree", "memused"} <= t.values.keys():
        return None
    old = t.values["memfree"] + t.values["memused"]
    new = old + sum(t.values.get(key, 0.0) for key in ("buffers", "cached", "slab"))
    percent = t.values.get("memused-percent", np.zeros(len(old)))
    sure = percent > 0
    if not sure.any():
        return new if "slab" in t.values else old
    said = 100 * t.values["memused"][sure] / percent[sure]
    rounding = float(np.median(ROUNDING / percent[sure]))
    for total in (old, new):
        with np.errstate(all="ignore"):
            off = np.abs(total[sure] / said - 1)
        if np.median(off) <= rounding:
            return total
    return np.full(len(old), np.median(said))
