"""Requests whose stamps are whole seconds: how long the run lasted, all the same.

The first and the last second were cut by the run, those between them were not: their mean is
the throughput, and all requests at that rate took as long as the run, within a second.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from diagnose.readings import Array, Load

FEWEST = 3  # whole seconds that a mean can be taken of (a choice)


def with_length(load: Load, stamps_s: Array) -> Load:
    """The same load with the throughput and the length that its whole seconds tell."""
    seconds = np.floor(stamps_s[np.isfinite(stamps_s)])
    if not seconds.size or not load.totals:
        return load
    counts = np.bincount((seconds - seconds.min()).astype(np.int64))
    if counts.size < FEWEST + 2 or not counts[1:-1].any():
        return load
    whole = load.totals[0]
    longest = float(counts.size) + whole.max_s
    length_s = float(np.clip(seconds.size / counts[1:-1].mean(), counts.size - 2, longest))
    told = replace(whole, throughput_per_s=seconds.size / length_s, duration_s=length_s)
    return replace(load, totals=(told, *load.totals[1:]))
