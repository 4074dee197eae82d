"""Which files tell of one and the same test, and which of another."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass, field, replace

import numpy as np

from diagnose.ingest import Source
from diagnose.loadparts import Part, parts_of
from diagnose.readings import LoadError, LoadTotals
from diagnose.sametest import TIMES, distance, is_copy, same_course

NAN = math.nan
WHOLE = 0.95  # of the requests of a file (a choice)
ALL = 0.002  # by which a sum of counts may differ (a choice)


@dataclass(slots=True, eq=False)
class Trial:
    """One test of one tool, as all its files tell it."""

    parts: list[Part] = field(default_factory=list)

    @property
    def tool(self) -> str:
        return self.parts[0].load.tool

    @property
    def main(self) -> Part:
        """The part with the series, if there is any: of wall-clock times, fine and complete."""
        return max(self.parts, key=_telling)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part.source.path for part in self.parts))

    @property
    def open_model(self) -> bool | None:
        return next((p.load.open_model for p in self.parts if p.load.open_model is not None), None)

    @property
    def from_due(self) -> bool:
        return any(part.load.from_due for part in self.parts)

    def totals(self) -> LoadTotals:
        """All that is known of the whole: counts from who counted most, times from who timed."""
        told = [part.totals for part in self.parts]
        most = max(told, key=lambda t: float(np.nan_to_num(t.requests)))
        summary = min(self.parts, key=lambda p: p.series is not None).totals
        failures = max((t.failures for t in told if not math.isnan(t.failures)), default=NAN)
        mean_s, p50_s, p95_s, p99_s, max_s = (_first_known(told, name) for name in TIMES)
        users = max((u for p in self.parts if (u := p.users) > 0), default=NAN)
        offered, began_s = _first_known(told, "offered_per_s"), _first_known(told, "began_s")
        rate = _first_known([summary, *told], "throughput_per_s")
        cited = summary if summary.line else most
        return LoadTotals(
            most.requests,
            failures,
            mean_s,
            p50_s,
            p95_s,
            p99_s,
            rate,
            "",
            cited.line,
            cited.path,
            max_s,
            _first_known(told, "duration_s"),
            users,
            offered,
            began_s,
        )

    def routes(self) -> tuple[LoadTotals, ...]:
        """Of the part that tells of most routes."""
        return max((part.routes for part in self.parts), key=len)

    def errors(self) -> tuple[LoadError, ...]:
        """Of the part that names most failures."""
        named = ([replace(e, path=p.source.path) for e in p.load.errors] for p in self.parts)
        return tuple(max(named, key=lambda errors: sum(e.count for e in errors)))


def trials_of(sources: list[Source]) -> tuple[list[Trial], list[Part]]:
    """Every test that the sources tell of; and parts with failures only, which name no test."""
    parts = [
        part
        for source in sources
        for load in source.reading.loads
        for part in parts_of(source, load)
    ]
    loose = [part for part in parts if part.is_empty]
    by_tool: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        if not part.is_empty:
            by_tool[part.load.tool].append(part)
    grouped = [_grouped(_without_wholes(mine)) for _, mine in sorted(by_tool.items())]
    return [trial for trials in grouped for trial in trials], loose


def _without_wholes(parts: list[Part]) -> list[Part]:
    """Without a file that only holds what several others hold, one behind another."""
    timed = [p for p in parts if p.series is not None and not p.load.relative]
    wholes = []
    for whole in timed:
        held = [p for p in timed if p.totals.requests < WHOLE * whole.totals.requests]
        pieces = [p for p in held if _holds(whole, p)]
        if sum(p.totals.requests for p in pieces) >= WHOLE * whole.totals.requests:
            wholes.append(whole)
    return [part for part in parts if part not in wholes]


def _holds(whole: Part, piece: Part) -> bool:
    return (
        whole.series is not None
        and piece.series is not None
        and same_course(whole.series, piece.series)
    )


def _telling(part: Part) -> tuple[bool, bool, bool, bool, float]:
    """A course without response times shows half of what users felt."""
    series = part.series
    if series is None:
        return (False, False, False, False, 0.0)
    timed, fine = (bool(np.isfinite(v).any()) for v in (series.mean_s, series.p95_s))
    return (True, timed, not part.load.relative, fine, float(np.nansum(series.requests)))


def _first_known(told: list[LoadTotals], name: str) -> float:
    values = (float(getattr(totals, name)) for totals in told)
    return next((value for value in values if not math.isnan(value)), NAN)


def _grouped(parts: list[Part]) -> list[Trial]:
    """Parts of one tool, put together by what they tell; those with a series first."""
    forms: dict[tuple[bool, bool, bool, bool, str], list[Part]] = defaultdict(list)
    for part in parts:
        forms[part.form].append(part)
    trials: list[Trial] = []
    for _, mine in sorted(forms.items()):
        trials += _joined(trials, _without_copies(mine))
    return [trial for trial in trials if not _sums_up(trial, trials)]


def _sums_up(trial: Trial, trials: list[Trial]) -> bool:
    """Whether a summary is that of all other tests together."""
    counts = [float(np.nan_to_num(t.totals().requests)) for t in trials if t is not trial]
    own = trial.totals().requests
    several = len([count for count in counts if count > 0]) > 1
    return several and trial.main.series is None and abs(own - sum(counts)) <= ALL * own


def _without_copies(parts: list[Part]) -> list[Part]:
    """The larger of two that are alike."""
    kept: list[Part] = []
    for part in sorted(parts, key=lambda p: -float(np.nan_to_num(p.totals.requests))):
        if not any(is_copy(part, other) for other in kept):
            kept.append(part)
    return [part for part in parts if part in kept]


def _joined(trials: list[Trial], parts: list[Part]) -> list[Trial]:
    """Hand each part to the trial that it fits best, one a trial; the rest are trials anew."""
    pairs = sorted(
        (apart, -_names_alike(part, trial.main), i, k)
        for i, part in enumerate(parts)
        for k, trial in enumerate(trials)
        if not math.isinf(apart := min(distance(part, other) for other in trial.parts))
    )
    placed: dict[int, int] = {}
    for _, _, i, k in pairs:
        if i not in placed and k not in placed.values():
            placed[i] = k
            trials[k].parts.append(parts[i])
    return [Trial([part]) for i, part in enumerate(parts) if i not in placed]


def _names_alike(a: Part, b: Part) -> float:
    """Share of the words of two paths that are the same."""
    one, other = (
        set(re.findall(r"[a-z]+|\d+", part.source.path.lower().replace("_", " ")))
        for part in (a, b)
    )
    return len(one & other) / len(one | other)
