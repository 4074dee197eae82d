"""Which test is judged: of several tools, files and runs the one that the verdict is about."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from diagnose.clock import Window
from diagnose.ingest import Source
from diagnose.loadclock import placed
from diagnose.loadlevels import Laid, added, in_steps, last_complete, together, with_named_rates
from diagnose.loadparts import Part
from diagnose.loadseries import one_after_another, side_by_side, window_of
from diagnose.readings import Array, LoadError, LoadSeries, LoadTotals
from diagnose.staircase import Staircase, staircase
from diagnose.trials import Trial, trials_of

NAN = math.nan
OVERLAP = 0.5  # of the shorter of two tests: more, and they ran side by side (a choice)
# Levels that are further apart than this many times their own length are not laid on one
# time line: between them there is nothing to see (a choice).
SPARSE, SHORT_S = 5.0, 600.0

Times = tuple[Array, Array, str]  # when requests ended, how long they took, at which tier


@dataclass(slots=True, eq=False)
class Telling:
    """What tells when a test was. shifts: to add to each source's times; asked: epoch seconds
    at which the load of a file began, as the user says; tier: the first tier's requests."""

    shifts: dict[str, float]
    asked: Callable[[str], float]
    tier: Callable[[], Times | None]


@dataclass(slots=True, eq=False)
class Tests:
    """All tests of the tool that sent most; and what was left aside."""

    tool: str = ""
    trials: list[Trial] = field(default_factory=list)
    loose: list[Part] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def rough(self) -> Window | None:
        """When they were, by the clocks that wrote it; None where no file says."""
        windows = [w for trial in self.trials if (w := _rough(trial)) is not None]
        if not windows:
            return None
        return Window(min(w.begin_s for w in windows), max(w.end_s for w in windows))


@dataclass(slots=True, eq=False)
class Chosen:
    """The test that is judged. dated: the times of its series are of the reference clock."""

    tool: str
    tests: tuple[Laid, ...]
    series: LoadSeries | None
    dated: bool
    totals: LoadTotals
    steps: Staircase | None = None
    loose: tuple[LoadError, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def trials(self) -> list[Trial]:
        return [trial for test in self.tests for trial in test.trials]

    @property
    def open_model(self) -> bool | None:
        return self.tests[0].open_model

    @property
    def window(self) -> Window | None:
        """When the load ran, on the reference clock; None where that is not known."""
        if self.series is not None:
            return window_of(self.series) if self.dated else None
        known = [test.window for test in self.tests if test.window is not None]
        if len(known) < len(self.tests):
            return None
        return Window(min(w.begin_s for w in known), max(w.end_s for w in known))

    @property
    def errors(self) -> tuple[LoadError, ...]:
        """Kinds of failures of all tests, each kind and route once."""
        counts: dict[tuple[str, str], LoadError] = {}
        for error in (*(e for trial in self.trials for e in trial.errors()), *self.loose):
            key = (error.text, error.route)
            if key in counts:
                error = replace(counts[key], count=counts[key].count + error.count)
            counts[key] = error
        return tuple(sorted(counts.values(), key=lambda e: (-e.count, e.text, e.route)))

    @property
    def routes(self) -> tuple[LoadTotals, ...]:
        """Of the one test; several have none in common."""
        return self.trials[0].routes() if len(self.trials) == 1 else ()


def all_tests(sources: list[Source]) -> Tests:
    """The tests of one tool: of the one with a series, and with most requests."""
    trials, loose = trials_of(sources)
    tools: dict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        tools[trial.tool].append(trial)
    if not tools:
        return Tests()
    best = max(sorted(tools), key=lambda tool: max(_weight(t) for t in tools[tool]))
    found = Tests(best, tools.pop(best), [p for p in loose if p.load.tool == best])
    for tool, mine in tools.items():
        paths = ", ".join(dict.fromkeys(path for trial in mine for path in trial.paths))
        found.notes.append(f"{paths}: results of {tool} were left aside, {best}'s tell more")
    return found


def _weight(trial: Trial) -> tuple[bool, bool, bool, float]:
    main, requests = trial.main, trial.totals().requests
    timed = main.series is not None and main.series.at_s.size > 1
    counted = 0.0 if math.isnan(requests) else requests
    return (timed, main.has_times, not main.load.relative, counted)


def _rough(trial: Trial) -> Window | None:
    main = trial.main
    if main.series is not None and not main.load.relative:
        return window_of(main.series)
    return _told_window(trial.totals(), 0.0)


def _told_window(totals: LoadTotals, shift_s: float) -> Window | None:
    """From the tool's word on when it began; no length told is none known."""
    if math.isnan(totals.began_s):
        return None
    begin_s = totals.began_s + shift_s
    return Window(begin_s, begin_s + max(1.0, float(np.nan_to_num(totals.duration_s))))


# -- choosing -----------------------------------------------------------------------------------
def choose(tests: Tests, telling: Telling) -> Chosen | None:
    """Lay each test on the reference clock, put generators together, find levels of load."""
    if not tests.trials:
        return None
    notes = list(tests.notes)
    said: dict[str, list[str]] = defaultdict(list)  # what is to be said -> of which files
    alone = [_laid(trial, telling, said) for trial in tests.trials]
    notes += [f"{', '.join(paths)}: {what}" for what, paths in said.items()]
    whole = _side_by_side(alone, notes)
    whole = with_named_rates(whole, notes)
    steps, left = in_steps(whole)
    if steps:
        chosen = _staircase(tests, steps, notes)
        _say_left(left, "of a load that another run had, too, or of no single load", notes)
    else:
        timed = [test for test in whole if test.series is not None] or whole
        judged = last_complete(timed)
        chosen = _single(tests, judged)
        others = [test for test in whole if test is not judged]
        _say_left(others, "another test; the last complete one is judged", notes)
    return replace(chosen, notes=tuple(dict.fromkeys(notes)))


def _laid(trial: Trial, telling: Telling, said: dict[str, list[str]]) -> Laid:
    main, totals = trial.main, trial.totals()
    shift_s = telling.shifts.get(main.source.path, 0.0)
    series = _with_own_users(main.series, totals, main)
    if series is None:
        begin_s = telling.asked(main.source.path)
        if not math.isnan(begin_s):
            totals, shift_s = replace(totals, began_s=begin_s), 0.0
        return Laid((trial,), totals, None, _told_window(totals, shift_s))
    if main.load.relative:
        began_s = _beginning(trial, series, telling, said)
        if math.isnan(began_s):
            return Laid((trial,), totals, series, None)
        shift_s = began_s
    series = replace(series, at_s=series.at_s + shift_s)
    return Laid((trial,), totals, series, window_of(series))


def _with_own_users(series: LoadSeries | None, totals: LoadTotals, main: Part) -> LoadSeries | None:
    """The tool's own number of users is better than what was in flight."""
    if series is None or main.load.own_users or main.load.open_model:
        return series
    if math.isnan(totals.users):
        return series
    return replace(series, users=np.full(series.at_s.size, totals.users))


def _beginning(
    trial: Trial, series: LoadSeries, telling: Telling, said: dict[str, list[str]]
) -> float:
    """Epoch seconds of a tool's own zero: as the user says, as it says, as a log shows."""
    path = trial.main.source.path
    asked = telling.asked(path)
    if not math.isnan(asked):
        return asked
    for part in trial.parts:
        if not math.isnan(part.totals.began_s):
            return part.totals.began_s + telling.shifts.get(part.source.path, 0.0)
    hint = "set load_began in [run] of diagnose.toml to when it was started"
    bare = f"{trial.tool} writes no wall clock"
    tier = telling.tier()
    if tier is None:
        said[f"{bare}, so nothing else can be laid beside it; {hint}"].append(path)
        return NAN
    place = placed(series, tier[0], tier[1])
    if math.isnan(place.began_s):
        told = f"{bare}, and the log of {tier[2]} does not show when that was ({place.why}); {hint}"
    else:
        found = f"its requests were found in the log of {tier[2]}"
        told = f"{bare}; {found}, to about {place.error_s:.1g} s"
    said[told].append(path)
    return place.began_s


def _side_by_side(alone: list[Laid], notes: list[str]) -> list[Laid]:
    """Tests that ran at the same time are one load, sent by several generators."""
    groups: list[list[Laid]] = []
    timed = [test for test in alone if test.window is not None]
    for test in sorted(timed, key=lambda t: t.window.begin_s if t.window else 0.0):
        if groups and any(_overlap(test, other) for other in groups[-1]):
            groups[-1].append(test)
        else:
            groups.append([test])
    whole = [_one(group, notes) for group in groups]
    return whole + [test for test in alone if test.window is None]


def _overlap(one: Laid, other: Laid) -> bool:
    if one.window is None or other.window is None:
        return False
    begin = max(one.window.begin_s, other.window.begin_s)
    end = min(one.window.end_s, other.window.end_s)
    shorter = min(w.end_s - w.begin_s for w in (one.window, other.window))
    return end - begin > OVERLAP * shorter


def _one(group: list[Laid], notes: list[str]) -> Laid:
    if len(group) == 1:
        return group[0]
    trials = tuple(trial for test in group for trial in test.trials)
    names = ", ".join(dict.fromkeys(trial.main.source.path for trial in trials))
    notes.append(f"{names} overlap in time: they were added up as generators of one load")
    known = [test.series for test in group if test.series is not None]
    series = side_by_side(known) if len(known) == len(group) else None
    windows = [test.window for test in group if test.window is not None]
    window = Window(min(w.begin_s for w in windows), max(w.end_s for w in windows))
    return Laid(trials, together(group), series, window)


def _single(tests: Tests, judged: Laid) -> Chosen:
    dated = judged.window is not None
    return Chosen(
        tests.tool, (judged,), judged.series, dated, judged.totals, loose=_errors(tests.loose)
    )


def _errors(loose: list[Part]) -> tuple[LoadError, ...]:
    return tuple(replace(e, path=p.source.path) for p in loose for e in p.load.errors)


def _staircase(tests: Tests, steps: list[Laid], notes: list[str]) -> Chosen:
    """All levels; those of a known time as one series, if most are."""
    totals = added([test.totals for test in steps])
    lengths = [test.totals.duration_s for test in steps]
    totals = replace(totals, duration_s=math.fsum(lengths))
    made = staircase(tests.tool, [test.level() for test in steps])
    timed = [test for test in steps if test.series is not None and test.window is not None]
    series = None
    if len(timed) > len(steps) / 2:
        if _close(timed):
            series = one_after_another([t.series for t in timed if t.series is not None])
        else:
            notes.append("the levels lie too far apart to be laid on one time line")
    files = len(dict.fromkeys(path for test in steps for t in test.trials for path in t.paths))
    notes.append(f"{len(steps)} runs of {tests.tool}, told by {_files(files)}, are levels of load")
    loose = _errors(tests.loose)
    return Chosen(tests.tool, tuple(steps), series, series is not None, totals, made, loose)


def _close(timed: list[Laid]) -> bool:
    windows = [test.window for test in timed if test.window is not None]
    span_s = max(w.end_s for w in windows) - min(w.begin_s for w in windows)
    return span_s <= max(SHORT_S, SPARSE * sum(w.end_s - w.begin_s for w in windows))


def _say_left(left: list[Laid], why: str, notes: list[str]) -> None:
    if left:
        paths = ", ".join(dict.fromkeys(p for test in left for t in test.trials for p in t.paths))
        notes.append(f"left aside: {paths} ({why})")


def _files(count: int) -> str:
    return "one file" if count == 1 else f"{count} files"
