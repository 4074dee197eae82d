"""One test or two? Two files are held against each other by what they count and measure.

A load tool may write one test in several formats (ab: a summary, a row a request, a table of
percentiles); none of them names the others. Files of one format are of one test only where
they agree to the last digit, or where one is the beginning of the other.
"""

from __future__ import annotations

import math

import numpy as np

from diagnose.loadparts import Part
from diagnose.loadseries import shared_out
from diagnose.readings import LoadSeries, LoadTotals

NAN = math.nan
# How far two formats may lie apart: a killed tool loses rows, clocks cut seconds, ab's summary
# rounds to milliseconds (choices).
SAME_COUNT, FEW = 0.05, 10
SAME_TIME, ROUNDED_S = 0.1, 0.006
SAME_USERS = 0.05  # siege tells the users it was given, and those that it had at work
SAME_LENGTH, LENGTH_S = 0.25, 2.0
SAME_BEGIN_S = 10.0
EXACT, EXACT_S = 0.005, 0.0011
NEARLY_ALL = 0.9  # of the seconds that two files have in common
TIMES = ("mean_s", "p50_s", "p95_s", "p99_s", "max_s")


def distance(a: Part, b: Part) -> float:
    """How far two formats lie apart, in tolerances; infinite where they are of two tests."""
    one, other = a.totals, b.totals
    if _differ(a.users, b.users, SAME_USERS, 0.5):
        return math.inf
    if _differ(one.offered_per_s, other.offered_per_s, 0.01, 0.0):
        return math.inf
    if a.source.reading.naive == b.source.reading.naive and _differ(
        a.began_s, b.began_s, 0.0, SAME_BEGIN_S + 0.2 * _or_zero(one.duration_s)
    ):
        return math.inf
    off = [_counts_apart(one, other)]
    off += [
        _apart(getattr(one, name), getattr(other, name), SAME_TIME, ROUNDED_S) for name in TIMES[:4]
    ]
    off.append(_apart(one.duration_s, other.duration_s, SAME_LENGTH, LENGTH_S))
    known = [value for value in off if not math.isnan(value)]
    if not known or max(known) > 1.0:
        return math.inf
    return round(math.fsum(known) / len(known), 3)


def is_copy(a: Part, b: Part) -> bool:
    """Whether two files of one form hold the same requests: all that both tell agrees.

    Or one was copied while the other was still being written.
    """
    if a.series is not None and b.series is not None and a.load.relative == b.load.relative:
        return same_course(a.series, b.series)
    one, other = a.totals, b.totals
    if _differ(one.requests, other.requests, 0.0, 0.5):
        return False
    names = (*TIMES, "failures", "duration_s", "users", "offered_per_s", "throughput_per_s")
    pairs = [(getattr(one, name), getattr(other, name)) for name in names]
    known = [pair for pair in pairs if not math.isnan(pair[0] + pair[1])]
    if not known or any(_differ(x, y, EXACT, EXACT_S) for x, y in known):
        return False
    return not _differ(a.began_s, b.began_s, 0.0, 1.5)


def _counts_apart(one: LoadTotals, other: LoadTotals) -> float:
    """Some formats have no row for a request that failed, and some have no counts at all."""
    if not (one.requests > 0 and other.requests > 0):
        return NAN
    return min(
        _apart(x, y, SAME_COUNT, FEW)
        for x in (one.requests, one.requests - _or_zero(one.failures))
        for y in (other.requests, other.requests - _or_zero(other.failures))
    )


def same_course(one: LoadSeries, other: LoadSeries) -> bool:
    """Whether counts and means agree in nearly all seconds that both have."""
    begin = max(float(s.at_s[0] - np.nan_to_num(s.interval_s[0])) for s in (one, other))
    end = min(float(s.at_s[-1]) for s in (one, other))
    shorter = min(float(s.at_s[-1] - s.at_s[0]) for s in (one, other))
    if end - begin < NEARLY_ALL * shorter or end - begin < 2:
        return False
    edges = np.linspace(begin, end, max(2, min(1000, int(end - begin))) + 1)
    counts = [shared_out(s, s.requests, edges) for s in (one, other)]
    seconds = [shared_out(s, s.requests * np.nan_to_num(s.mean_s), edges) for s in (one, other)]
    alike = np.abs(counts[0] - counts[1]) <= 0.01 * np.maximum(counts[0], counts[1]) + 1e-6
    alike &= np.abs(seconds[0] - seconds[1]) <= EXACT * np.maximum(*seconds) + 1e-6
    return bool(alike.mean() >= NEARLY_ALL)


def _apart(a: float, b: float, share: float, least: float) -> float:
    """Distance in tolerances; NaN where one is not known."""
    return abs(a - b) / max(share * max(abs(a), abs(b)), least, 1e-12)


def _differ(a: float, b: float, share: float, least: float) -> bool:
    return _apart(a, b, share, least) > 1.0


def _or_zero(value: float) -> float:
    return 0.0 if math.isnan(value) else value
