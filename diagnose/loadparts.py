"""What each file says of each test of a load tool: its series, and what it adds up to."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from diagnose.ingest import Source
from diagnose.readings import Array, Load, LoadSeries, LoadTotals

NAN = math.nan
SAME_COUNT, FEW = 0.05, 10  # how far a summary may lie from the series beside it (choices)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one file says of one test."""

    source: Source
    load: Load
    series: LoadSeries | None
    totals: LoadTotals  # its own summary, else what its series adds up to

    @property
    def form(self) -> tuple[bool, bool, bool, bool, str]:
        """Files of one form are never two views of one test, unless they are copies.

        In the order of how much they tell.
        """
        counted, dated = self.totals.requests > 0, not self.load.relative
        return (self.series is None, not self.has_times, not counted, not dated, self.source.kind)

    @property
    def has_times(self) -> bool:
        """Whether its series tells response times, not counts alone."""
        series = self.series
        return series is not None and bool(
            np.isfinite(series.mean_s).any() or np.isfinite(series.p50_s).any()
        )

    @property
    def users(self) -> float:
        """Users as the tool counts them; NaN where they were worked out, or are not told."""
        if not self.load.own_users:
            return NAN
        if math.isnan(self.totals.users) and self.series is not None:
            known = self.series.users[np.isfinite(self.series.users)]
            return float(known.max()) if known.size else NAN
        return self.totals.users

    @property
    def began_s(self) -> float:
        """Epoch of its first interval; NaN where the format bears no wall clock."""
        if self.series is not None and not self.load.relative:
            return float(self.series.at_s[0] - np.nan_to_num(self.series.interval_s[0]))
        return self.totals.began_s

    @property
    def is_empty(self) -> bool:
        """Whether it tells of failures only, and so names no test."""
        told = (self.totals.requests, self.totals.p50_s, self.totals.p99_s)
        return self.series is None and not any(value > 0 for value in told)

    @property
    def routes(self) -> tuple[LoadTotals, ...]:
        return tuple(replace(t, path=self.source.path) for t in self.load.totals if t.route)


def parts_of(source: Source, load: Load) -> Iterator[Part]:
    """The test of a load; each of them where its file holds several summaries without a series."""
    whole = [replace(t, path=source.path) for t in load.totals if not t.route]
    series = [s for s in load.series if not s.route and s.at_s.size > 1]
    if not series and len(whole) > 1:
        yield from (Part(source, load, None, totals) for totals in whole)
        return
    longest = max(series, key=lambda s: float(np.nansum(s.requests)), default=None)
    if longest is None:
        totals = whole[0] if whole else LoadTotals(NAN, NAN, path=source.path)
    else:
        totals = _added_up(longest, load, source, whole)
    yield Part(source, load, longest, totals)


def _added_up(
    series: LoadSeries, load: Load, source: Source, whole: list[LoadTotals]
) -> LoadTotals:
    """The summary that stands beside a series; else what its intervals add up to."""
    counted = float(np.nansum(series.requests))
    near = [t for t in whole if abs(t.requests - counted) <= max(FEW, SAME_COUNT * counted)]
    if near:
        best = min(near, key=lambda t: abs(t.requests - counted))
        unknown = not np.isfinite(series.failures).any()
        return replace(best, failures=NAN) if unknown and not best.failures else best
    timed = np.isfinite(series.mean_s) & (series.requests > 0)
    seconds = float((series.requests * series.mean_s)[timed].sum())
    length_s = float(series.at_s[-1] - series.at_s[0] + np.nan_to_num(series.interval_s[0]))
    return LoadTotals(
        counted,
        _summed(series.failures),
        seconds / float(series.requests[timed].sum()) if timed.any() else NAN,
        throughput_per_s=counted / length_s if length_s > 0 else NAN,
        path=source.path,
        duration_s=length_s,
    )


def _summed(values: Array) -> float:
    return float(np.nansum(values)) if np.isfinite(values).any() else NAN
