"""Locust's stats history: one row a second for all requests, and with full history for each route.

    Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,…,Total Request Count,…
    1795406704,33,,Aggregated,12.3,0.0,230,…,167,0,230,244.9,223.7,384.5,1888.1

Times are epoch seconds, cut to whole ones; response times milliseconds. "Requests/s" is a
mean of about ten seconds that ends two seconds in the past, so counts come from differences
of the totals, and an interval's own mean from (mean_t·n_t − mean_t-1·n_t-1) / (n_t − n_t-1).

Percentiles of Aggregated are of the whole test so far (Locust 2.2 and later without
--csv-full-history) and then left out; otherwise they are of the last ten seconds or so,
rounded to two digits, and kept. Which it is shows in the numbers: the maximum of the whole
test cannot fall. Locust 0.13 to 1.1 wrote whole milliseconds, 0.13 and 0.14 no users.
The last rows of a run that was killed are lost: Locust flushes every five or ten seconds.

Source: https://docs.locust.io/en/stable/retrieving-stats.html and locust/stats.py.
"""

from __future__ import annotations

import math

import numpy as np

from diagnose.badlines import BadLines
from diagnose.delimited import header_columns
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Array, Fact, Flags, Load, LoadSeries, Reading

from ._locust_rows import (
    AT,
    FAILED,
    LINE,
    MAX,
    MEAN,
    P50,
    P95,
    P99,
    P100,
    TICK,
    USERS,
    N,
    Rows,
    Track,
    array_of,
    is_header,
    run_of,
    tracks_of,
)


def recognizes(head: Head) -> float:
    """By the header, which may stand below a spreadsheet's `sep=`."""
    return 0.98 if any(is_header(header_columns(line)) for line in head.lines[:3]) else 0.0


BEST = (
    "locust -f locustfile.py --headless --csv run --csv-full-history --logfile run.log -H URL "
    "-u USERS -r USERS_PER_SECOND -t TIME"
)


@collector(
    kind="locust_history",
    title="Locust stats history",
    recognizes=recognizes,
    role="load_generator",
    tool="Locust",
    best=BEST,
    gives=("series", "percentiles", "users", "routes", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One LoadSeries for all requests together and one for each route that has rows."""
    tracks, restarts = tracks_of(raw, bad)
    reading = Reading(facts=[Fact("load.tool", "locust")])
    whole = array_of(tracks.pop("", Track()))
    if not whole.size and not tracks:
        reading.notes.append("the history has a header and no rows")
        return reading
    notes: list[str] = []
    first, last = run_of(whole, restarts, notes)
    windowed = bool(tracks) or _falls(whole)
    notes.append(_on_percentiles(windowed))
    if _in_bursts(whole):
        notes.append("workers report every few seconds: counts of single rows come in bursts")
    made = [_series("", whole, whole, first, last, windowed, notes)]
    for route, track in sorted(tracks.items()):
        made.append(_series(route, array_of(track), whole, first, last, windowed, []))
    series = tuple(s for s in made if s.at_s.size)
    reading.loads.append(Load("locust", series, open_model=False))
    reading.notes.extend(notes)
    return reading


def _falls(whole: Rows) -> bool:
    """Whether percentiles are of a window: the greatest of the whole test cannot fall."""
    known = whole[np.isfinite(whole[:, P100]) & np.isfinite(whole[:, MAX])]
    return bool((known[:, P100] < 0.9 * known[:, MAX]).any())


def _in_bursts(whole: Rows) -> bool:
    """Whether a third of the rows with users and between requests have none: a distributed run."""
    ended = np.diff(whole[:, N], prepend=0.0) > 0
    busy = np.flatnonzero(ended)
    if busy.size < 4:
        return False
    inside = slice(busy[0], busy[-1] + 1)
    return bool(((whole[:, USERS] > 0) & ~ended)[inside].mean() > 0.33)


def _on_percentiles(windowed: bool) -> str:
    if windowed:
        return (
            "percentiles are of the last ten seconds or so of each row, to two digits: "
            "a step shows late and smeared"
        )
    return (
        "percentiles are of the whole test so far, not of an interval, and were left out; "
        "--csv-full-history writes those of the last ten seconds"
    )


def _series(
    route: str,
    rows: Rows,
    whole: Rows,
    first: float,
    last: float,
    windowed: bool,
    notes: list[str],
) -> LoadSeries:
    """Differences of a route's totals, within the ticks of the run."""
    rows = rows[(rows[:, TICK] >= first) & (rows[:, TICK] < last)]
    rows = rows[np.diff(rows[:, AT], append=math.inf) != 0]  # the later of two at one second
    interval_s, requests, failures = _steps(rows, whole, first)
    reset = np.diff(rows[:, N], prepend=0.0) < 0
    if reset.any():
        notes.append(
            f"line {rows[reset, LINE][0]:.0f}: the totals were set back while the run went on; "
            "what that interval held is not known"
        )
    mean_s = _own_mean_s(rows, requests, notes)
    shown = (rows[:, P100] > 0) if windowed else np.zeros(len(rows), bool)
    p50_s, p95_s, p99_s = (np.where(shown, rows[:, p], np.nan) / 1000 for p in (P50, P95, P99))
    return LoadSeries(
        rows[:, AT],
        interval_s,
        rows[:, USERS],
        requests,
        failures,
        mean_s,
        p50_s,
        p95_s,
        p99_s,
        rows[:, LINE].astype(np.int64),
        route,
        tuple(notes),
    )


def _steps(rows: Rows, whole: Rows, first: float) -> tuple[Array, Array, Array]:
    """Length, requests and failures of each interval.

    A route's first row counts from the tick before it, when it was not yet there. At the
    head of a file the interval is a usual one if nothing had ended by then, else NaN.
    """
    interval_s = np.diff(rows[:, AT], prepend=math.nan)
    requests = np.diff(rows[:, N], prepend=0.0)
    failures = np.diff(rows[:, FAILED], prepend=0.0)
    if len(rows):
        tick = int(rows[0, TICK])
        if tick > first and tick - 1 < len(whole):
            interval_s[0] = rows[0, AT] - whole[tick - 1, AT]
        elif rows[0, N] == 0 and len(rows) > 1:
            interval_s[0] = np.nanmedian(interval_s)
    unknown: Flags = (requests < 0) | (failures < 0)
    requests[unknown] = failures[unknown] = math.nan
    interval_s[interval_s <= 0] = math.nan
    return interval_s, requests, failures


def _own_mean_s(rows: Rows, requests: Array, notes: list[str]) -> Array:
    """Mean of what ended within each interval; NaN where rounding hides it."""
    n, mean = rows[:, N], rows[:, MEAN]
    rounded = len(rows) > 0 and n.max() > 20 and bool((mean == np.floor(mean)).all())
    summed = np.where(n > 0, n * (mean + 0.5 * rounded), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(requests > 0, np.diff(summed, prepend=0.0) / requests, math.nan)
        doubt = rounded * (n + (n - requests)) / (2 * requests)  # each mean is cut to 1 ms
        hidden = (own < 0) | (doubt > 0.2 * own)  # a fifth of the mean: a choice
    own[hidden] = math.nan
    if rounded and hidden.any():
        notes.append(
            f"means are whole milliseconds: for {int(hidden.sum())} of {len(rows)} intervals "
            "the own mean cannot be told"
        )
    return own / 1000
