"""The load in whole: the tool's own words first, what its series adds up to second."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np

from diagnose.grid import Grid, extent
from diagnose.loadchoice import Chosen
from diagnose.model import LoadSummary, spanned
from diagnose.readings import Array
from diagnose.tiers import TierLog

NAN = math.nan
MOST_PATHS = 3  # of files that are named one by one


def of_tool(chosen: Chosen, grid: Grid, users: Array) -> LoadSummary:
    """What the tool says of all requests; users are on the grid, NaN where it has none."""
    totals, series = chosen.totals, chosen.series
    known = [totals.users, *(test.level().users for test in chosen.tests if not _open(chosen))]
    seen = users[np.isfinite(users)]
    most = max([float(seen.max())] if seen.size else [u for u in known if u > 0], default=NAN)
    rates = [test.level().throughput_per_s for test in chosen.tests]
    length_s = totals.duration_s
    if math.isnan(length_s) and series is not None:
        length_s = grid.load_s
    dated = chosen.window is not None
    return LoadSummary(
        chosen.tool,
        totals.requests,
        totals.failures,
        most,
        max((rate for rate in rates if not math.isnan(rate)), default=NAN),
        totals.mean_s,
        totals.p50_s,
        totals.p95_s,
        totals.p99_s,
        iso(grid.start_s) if dated else "",
        iso(grid.start_s + grid.load_s) if dated else "",
        chosen.open_model,
        chosen.errors,
        chosen.routes,
        cited(chosen),
        series is not None,
        length_s,
        totals.offered_per_s,
        any(trial.from_due for trial in chosen.trials),
        int((series.requests > 0).sum()) if series is not None else 0,
    )


def _open(chosen: Chosen) -> bool:
    return chosen.open_model is True


def cited(chosen: Chosen) -> str:
    """The files with their lines: of the series, and of the summary beside it."""
    if len(chosen.trials) > 1:
        paths = list(dict.fromkeys(p for trial in chosen.trials for p in trial.paths))
        more = [f"{len(paths) - MOST_PATHS} more"] if len(paths) > MOST_PATHS else []
        return " + ".join([*paths[:MOST_PATHS], *more])
    main, totals = chosen.trials[0].main, chosen.totals
    own = "" if main.series is None else spanned(main.source.path, *extent(main.series.lines))
    summary = spanned(totals.path, totals.line, totals.line) if totals.path else ""
    if totals.path == main.source.path and own:
        summary = ""
    return " + ".join(text for text in (own, summary) if text) or main.source.path


def of_tier(log: TierLog, grid: Grid) -> LoadSummary:
    """What the outermost tier's log shows, for want of a load tool's own word."""
    inside = log.during(0.0, grid.load_s)
    durations = log.duration_s[inside & np.isfinite(log.duration_s)]
    p50, p95, p99 = (
        (float(np.quantile(durations, q, method="inverted_cdf")) for q in (0.5, 0.95, 0.99))
        if durations.size
        else (NAN, NAN, NAN)
    )
    return LoadSummary(
        "",
        float(inside.sum()),
        float((inside & log.failed).sum()),
        NAN,
        NAN,
        float(durations.mean()) if durations.size else NAN,
        p50,
        p95,
        p99,
        iso(grid.start_s),
        iso(grid.start_s + grid.load_s),
        source=log.cited,
        duration_s=grid.load_s,
    )


def iso(epoch_s: float) -> str:
    at = datetime.fromtimestamp(round(epoch_s, 3), UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
