"""Tiers made by hand: the same requests at each of them, a minute of load."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from diagnose.grid import Grid
from diagnose.readings import Array, Requests
from diagnose.tiers import TierLog, tier_log

BEGIN_S, LOAD_S = 1_795_404_240.0, 60.0
GRID = Grid.over(BEGIN_S, BEGIN_S + LOAD_S)
NAN = float("nan")


def ends(count: int) -> Array:
    """Evenly spread ends of requests, in seconds on the grid, never whole seconds."""
    return (np.arange(count) + 0.37) * LOAD_S / count


def a_tier(
    name: str,
    ended_s: Array,
    duration_s: Array | float | None = None,
    upstream_s: Array | float | None = None,
    *,
    status: Array | int = 200,
    upstream_status: Array | int | None = None,
    waits_s: Mapping[str, Array | float] | None = None,
) -> TierLog:
    """The log of one tier. A single number stands for all requests."""

    def column(given: Array | float | None) -> Array | None:
        return None if given is None else np.broadcast_to(np.asarray(given, float), ended_s.shape)

    requests = Requests(
        ended_s + BEGIN_S,
        np.arange(1, ended_s.size + 1),
        column(status),
        column(duration_s),
        column(upstream_s),
        upstream_status=column(upstream_status),
        waits_s={
            wait: np.broadcast_to(np.asarray(seconds, float), ended_s.shape)
            for wait, seconds in (waits_s or {}).items()
        },
    )
    return tier_log(name, f"raw/{name}/log", [(requests, 0.0)], GRID)
