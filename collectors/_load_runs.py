"""Runs that one result file holds, one behind another: where they part, and which is read."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diagnose.readings import Array

PAUSE_S = 1.0  # no tool starts again within so short a time (a choice)
LARGE = 0.5  # of the largest run: what the last one must have to be the one meant (a choice)


def cuts_of(
    began_s: Array,
    ended_s: Array,
    users: Array | None,
    who: NDArray[Any] | None,
    headers: list[int],
) -> list[int]:
    """Rows (in the order of the file) with which another run begins.

    A header that stands again; rows that all lie before what stood above; or a pause after
    which threads that were at work before (`who`) begin anew while their number had fallen.
    """
    if began_s.size < 2:
        return []
    latest = np.fmax.accumulate(ended_s)
    earliest = np.fmin.accumulate(began_s)
    to_come = np.fmax.accumulate(ended_s[::-1])[::-1]
    back = np.flatnonzero(to_come[1:] < earliest[:-1] - PAUSE_S) + 1
    cuts = {row for row in headers if 0 < row < began_s.size} | set(back[:1].tolist())
    pauses = np.flatnonzero(began_s[1:] - latest[:-1] > PAUSE_S) + 1
    if users is not None and who is not None:
        cuts |= {row for row in pauses.tolist() if _anew(row, users, who)}
    return sorted(cuts)


def _anew(row: int, users: Array, who: NDArray[Any]) -> bool:
    before, after = users[row - 1], users[row]
    fallen = before < users[:row].max() and after > before
    killed = after < 0.5 * before and users[row:].max() > after
    return bool((fallen or killed) and (who[:row] == who[row]).any())


def chosen(cuts: list[int], notes: list[str], lines: NDArray[Any]) -> tuple[int, int]:
    """The rows [first, last) of the last run that has half of what the largest has."""
    edges = [0, *cuts, int(lines.size)]
    counts = [b - a for a, b in pairwise(edges)]
    best = max(i for i, count in enumerate(counts) if count >= LARGE * max(counts))
    others = ", ".join(f"{count:,.0f}" for i, count in enumerate(counts) if i != best)
    notes.append(
        f"{len(counts)} runs stand one behind another in it; the one from line "
        f"{lines[edges[best]]} on was read ({counts[best]:,.0f} requests), not the one with "
        f"{others}: put each run into a file of its own"
    )
    return edges[best], edges[best + 1]
