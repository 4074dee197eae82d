"""Tests of a tool → levels of load: which is one level, which a repetition, which a ramp."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

import numpy as np

from diagnose.clock import Window
from diagnose.grid import Grid
from diagnose.model import Inflection, Symptom, spanned
from diagnose.readings import Array, LoadSeries, LoadTotals
from diagnose.staircase import Axis, LoadLevel, Staircase, axis_of
from diagnose.trials import Trial

NAN = math.nan
# A test is one level if its users, or its requests, differ by less between its quarters.
STEADY_USERS, STEADY_REQUESTS = 1.25, 1.5
SAME_LOAD, SAME_USERS = 0.03, 0.3  # loads nearer to each other are one level (choices)
NAMED = 0.95  # of the rate in its name: so fast a run has to be to bear it out (a choice)
COMPLETE = 0.5  # of the largest: what the last of several tests must have to be judged


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """One test, on the reference clock where that is known. Several generators are one test."""

    trials: tuple[Trial, ...]
    totals: LoadTotals
    series: LoadSeries | None = None
    window: Window | None = None  # None: nobody knows when it was
    note: str = ""

    @property
    def source(self) -> str:
        """Where its numbers stand."""
        if len(self.trials) > 1:
            return " + ".join(path for trial in self.trials for path in trial.paths)
        line = self.totals.line
        return spanned(self.totals.path, line, line) if self.totals.path else ""

    @property
    def open_model(self) -> bool | None:
        return self.trials[0].open_model

    def level(self) -> LoadLevel:
        """As one level of load. What the tool does not count is worked out by Little's law."""
        t = self.totals
        rate = t.throughput_per_s
        if math.isnan(rate) and t.duration_s > 0:
            rate = t.requests / t.duration_s
        users, offered = t.users, t.offered_per_s
        if math.isnan(users) and not self.open_model:
            users = rate * t.mean_s
        told = not (math.isnan(offered) and self.open_model)
        offered = offered if told else rate
        began_s = self.window.begin_s if self.window else NAN
        return LoadLevel(
            users,
            offered,
            rate,
            t.mean_s,
            t.p50_s,
            t.p95_s,
            t.p99_s,
            t.requests,
            t.failures,
            t.duration_s,
            began_s,
            self.source,
            told,
        )


def is_level(laid: Laid) -> bool:
    """Whether the load was held: users where the tool counts them, else requests or what flew."""
    series = laid.series
    if series is None:
        return True
    timed = [part for trial in laid.trials for part in trial.parts if part.series is not None]
    if any(part.load.own_users for part in timed):
        return _steady(series.users, STEADY_USERS)
    return _steady(series.requests, STEADY_REQUESTS) or _steady(series.users, STEADY_REQUESTS)


def _steady(values: Array, most: float) -> bool:
    """Whether the means of four quarters lie near each other, start and end left out."""
    edge = max(1, values.size // 10)
    inside = values[edge:-edge]
    if inside.size < 4 or not np.isfinite(inside).any():
        return True
    means = np.array([np.nanmean(q) for q in np.array_split(np.nan_to_num(inside), 4)])
    return bool(means.min() > 0 and means.max() <= most * means.min())


def with_named_rates(tests: list[Laid], notes: list[str]) -> list[Laid]:
    """The rates that files are named after, where the tool tells none and the names are borne out.

    No run may be faster than its name, and half of them have to be about as fast.
    """
    mute = [t for t in tests if t.open_model and math.isnan(t.totals.offered_per_s)]
    rates = _varying([t.trials[0].main.source.path for t in mute])
    if len(mute) < 2 or len(rates) != len(mute):
        return tests
    reached = [t.level().throughput_per_s / rate for t, rate in zip(mute, rates, strict=True)]
    as_fast = sum(share >= NAMED for share in reached)
    if max(reached) > 2 - NAMED or 2 * as_fast < len(mute):
        return tests
    tool = mute[0].trials[0].tool
    notes.append(f"{tool} does not tell the rates asked for: they were taken from the files' names")
    named = dict(zip(map(id, mute), rates, strict=True))
    return [
        replace(t, totals=replace(t.totals, offered_per_s=named[id(t)])) if id(t) in named else t
        for t in tests
    ]


def _varying(paths: list[str]) -> list[float]:
    """The one number by which paths differ; empty where there is none, or are several."""
    numbers = [re.findall(r"\d+(?:\.\d+)?(?=\D|$)", path) for path in paths]
    if len({len(found) for found in numbers}) != 1 or not numbers[0]:
        return []
    columns = [column for column in zip(*numbers, strict=True) if len(set(column)) > 1]
    rates = [float(n) for n in columns[0]] if len(columns) == 1 else []
    return rates if all(rate > 0 for rate in rates) else []


def in_steps(tests: list[Laid]) -> tuple[list[Laid], list[Laid]]:
    """Tests that are levels of one staircase, one each; and those that were left out.

    Both are empty where the tests are no staircase: one load, or ramps.
    """
    held = [test for test in tests if is_level(test) and test.level().throughput_per_s > 0]
    levels = [test.level() for test in held]
    axis = axis_of(levels)
    if axis is None:
        return [], []
    loads = [level.users if axis is Axis.USERS else level.offered_per_s for level in levels]
    groups: list[list[int]] = []
    for i in sorted((i for i, load in enumerate(loads) if load > 0), key=lambda i: loads[i]):
        if groups and _same(loads[groups[-1][0]], loads[i]):
            groups[-1].append(i)
        else:
            groups.append([i])
    if len(groups) < 2:
        return [], []
    kept = [last_complete([held[i] for i in group]) for group in groups]
    return kept, [test for test in tests if test not in kept]


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= max(SAME_USERS, SAME_LOAD * max(one, other))


def last_complete(tests: list[Laid]) -> Laid:
    """Of repeated tests the last that has half of what the largest has."""
    most = max(_requests(test) for test in tests)
    whole = [test for test in tests if _requests(test) >= COMPLETE * most]
    return max(whole, key=lambda t: (t.window.begin_s if t.window else -math.inf, _requests(t)))


def _requests(test: Laid) -> float:
    return float(np.nan_to_num(test.totals.requests))


def added(totals: list[LoadTotals]) -> LoadTotals:
    """Several tests as one: percentiles cannot be added. Lines are of several files."""
    requests = math.fsum(t.requests for t in totals)
    seconds = [t.requests * t.mean_s for t in totals]
    told = [t.failures for t in totals]
    return LoadTotals(
        requests,
        math.fsum(told),
        math.fsum(seconds) / requests if requests else NAN,
        max_s=max(t.max_s for t in totals),
        path=" + ".join(dict.fromkeys(t.path for t in totals if t.path)),
    )


def together(tests: list[Laid]) -> LoadTotals:
    """Generators that worked side by side: what they did adds up, they lasted as the longest."""
    totals = [test.totals for test in tests]
    if len(totals) == 1:
        return totals[0]
    windows = [test.window for test in tests if test.window]
    span_s = max(w.end_s for w in windows) - min(w.begin_s for w in windows)
    whole = added(totals)
    return replace(
        whole,
        throughput_per_s=whole.requests / span_s if span_s > 0 else NAN,
        duration_s=span_s,
        users=math.fsum(t.users for t in totals),
        offered_per_s=math.fsum(t.offered_per_s for t in totals),
        began_s=min(w.begin_s for w in windows),
    )


def turn_of_levels(steps: Staircase, grid: Grid) -> tuple[Inflection, ...]:
    """The knee as a moment: when the first level beyond it began, if levels rose in time."""
    knee = steps.knee
    if knee is None or not grid.dated:
        return ()
    began = np.array([level.began_s for level in steps.levels]) - grid.start_s
    if not np.isfinite(began).all() or (np.diff(began) <= 0).any():
        return ()
    first = min(knee.level + 1, began.size - 1)
    low = float(began[knee.level])
    high = float(began[first]) + float(np.nan_to_num(steps.levels[first].duration_s))
    symptom, before, after, unit = knee.symptom()
    users = steps.load_of(steps.levels[first]) if steps.axis is Axis.USERS else NAN
    at_s = max(0.0, float(began[first]))
    kind = Symptom(symptom)
    return (Inflection(at_s, (max(0.0, low), high), kind, before, after, unit, users),)
