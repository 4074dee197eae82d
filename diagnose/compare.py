"""Two runs side by side: did the bottleneck move, what changed by how much, what was set anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from diagnose import effects, told
from diagnose.differences import Differences, differences
from diagnose.effects import NAN, Bins, Effect, Statistic
from diagnose.errors import UsageError
from diagnose.ingest import Progress
from diagnose.told import Culprit, Told

TOLERANCE = 0.05  # a loss below this breaks no build (a choice)
OTHER_LOAD = 0.1  # share by which loads may differ before it is said (a choice)
KNEE, PEAK, MEAN, P95, P95_OF_MOMENTS, FAILED = (
    "throughput past the knee",
    "peak throughput",
    "mean response time",
    "p95, whole load",
    "p95, moment by moment",
    "failed requests",
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The second run against the first."""

    before: Told
    after: Told
    bottleneck: str  # same | moved | appeared | gone | none | unknown
    says: str
    effects: tuple[Effect, ...]
    differences: Differences | None  # None: one of them is a verdict.json alone
    notes: tuple[str, ...]

    def effect(self, name: str) -> Effect:
        """One of the effects, by name."""
        return next(e for e in self.effects if e.name == name)


def compare(
    paths: Sequence[Path],
    progress: Progress = lambda _: None,
    *,
    rules: tuple[Path, ...] = (),
) -> tuple[Comparison, ...]:
    """Every further run against the first.

    Raises:
        UsageError: fewer than two runs are given.
        DiagnoseError: one of them cannot be read.
    """
    if len(paths) < 2:
        raise UsageError("one run alone has nothing to be compared with", hint="give two or more")
    runs = [told.read(path, progress, rules) for path in paths]
    if len({run.name for run in runs}) < len(runs):
        runs = [replace(run, name=str(path)) for run, path in zip(runs, paths, strict=True)]
    return tuple(between(runs[0], other) for other in runs[1:])


def between(a: Told, b: Told) -> Comparison:
    """One run against another."""
    kind, says = _bottleneck(a, b)
    changed, differ = _without_course(a, b), None
    tier, alike = "", False
    if a.run is not None and b.run is not None:
        tier = told.tier_of(a.run, b.run)
        bins = told.bins_of(a.run, tier), told.bins_of(b.run, tier)
        alike = effects.loaded_alike(*bins)
        changed = _effects(a, b, *bins) if bins[0].size and bins[1].size else changed
        differ = differences(a.run, b.run)
    return Comparison(a, b, kind, says, changed, differ, _notes(a, b, tier, alike))


def _effects(a: Told, b: Told, one: Bins, other: Bins) -> tuple[Effect, ...]:
    past = [bins.at(bins.past_knee.nonzero()[0]) for bins in (one, other)]
    rows: tuple[tuple[str, str, Statistic], ...] = (
        (PEAK, "1/s", effects.peak),
        (MEAN, "s", effects.mean_time),
        (P95_OF_MOMENTS, "s", effects.p95_time),
    )
    peak, mean, p95 = (effects.effect(n, unit, s, one, other) for n, unit, s in rows)
    knee = effects.effect(KNEE, "1/s", effects.throughput, *past)
    level = [t.name for t, bins in zip((a, b), past, strict=True) if not bins.size]
    if level:
        knee = replace(knee, why=f"{_and(level)} never turned")
    return (
        knee,
        peak,
        mean,
        _whole(P95, "s", a.p95_s, b.p95_s, "it is told of the whole load only"),
        p95,
        effects.effect(FAILED, "ratio", effects.failed_share, one, other, points=True),
    )


def _whole(name: str, unit: str, before: float, after: float, why: str) -> Effect:
    return Effect(name, unit, before, after, after / before - 1 if before else NAN, why=why)


def _without_course(a: Told, b: Told) -> tuple[Effect, ...]:
    """Numbers of the whole load, where one run has nothing more: no interval can be had."""
    rows = (
        (KNEE, "1/s", a.knee_per_s, b.knee_per_s),
        (PEAK, "1/s", a.throughput_max_per_s, b.throughput_max_per_s),
        (MEAN, "s", a.mean_s, b.mean_s),
        (P95, "s", a.p95_s, b.p95_s),
    )
    why = "the course of the load is not there in both"
    found = [_whole(name, unit, x, y, why) for name, unit, x, y in rows]
    shares = [t.failures / t.requests if t.requests else NAN for t in (a, b)]
    gained = shares[1] - shares[0]
    found.append(Effect(FAILED, "ratio", shares[0], shares[1], gained, points=True, why=why))
    return tuple(found)


# -- the bottleneck -----------------------------------------------------------------------------
def _bottleneck(a: Told, b: Told) -> tuple[str, str]:
    """Whether the first suspect is another, in a word and in a sentence."""
    unsure = [t.name for t in (a, b) if t.verdict == "insufficient_evidence"]
    if unsure:
        return "unknown", f"whether it moved cannot be told: too little is known of {_and(unsure)}"
    was, now = next(iter(a.culprits), None), next(iter(b.culprits), None)
    if was is None or now is None:
        return _came_or_went(was, now)
    if _place(was) == _place(now):
        level = "" if was.level == now.level else f"; then {was.level}, now {now.level}"
        return "same", f"it did not move: {_named(now)}{level}"
    ranks = [i for i, c in enumerate(b.culprits, 1) if _place(c) == _place(was)]
    still = f"; {was.component} {was.resource} is now suspect {ranks[0]}" if ranks else ""
    return "moved", f"it moved from {_named(was)} to {_named(now)}{still}"


def _came_or_went(was: Culprit | None, now: Culprit | None) -> tuple[str, str]:
    if now is not None:
        return "appeared", f"there was none; now it is {_named(now)}"
    if was is not None:
        return "gone", f"it is gone: it was {_named(was)}, and now no suspect is left"
    return "none", "there is none in either"


def _place(culprit: Culprit) -> tuple[str, str]:
    return culprit.component, culprit.resource


def _named(culprit: Culprit) -> str:
    return f"{culprit.component} {culprit.resource} ({culprit.level})"


def _and(names: Sequence[str]) -> str:
    return " and ".join(dict.fromkeys(names))


# -- what to bear in mind -----------------------------------------------------------------------
def _notes(a: Told, b: Told, tier: str, alike: bool) -> tuple[str, ...]:
    notes = [f"{t.name} is not fit to judge: {says}" for t in (a, b) for says in t.unfit]
    other = [
        f"{name} {x:,.0f}{unit} and {y:,.0f}{unit}"
        for name, unit, x, y in (
            ("users at most", "", a.users_max, b.users_max),
            ("length", " s", a.lasted_s, b.lasted_s),
        )
        if _apart(x, y)
    ]
    if other:
        notes.append(f"the loads differ ({'; '.join(other)}): so do response times, for that alone")
    if tier:
        notes.append(
            f"p95, moment by moment, is by {tier}'s log: waits in front of it are not in it"
        )
    if alike:
        notes.append("both were loaded alike: the same stretches of both are compared")
    only = [t.name for t in (a, b) if t.run is None]
    if only:
        notes.append(f"of {_and(only)} only verdict.json is there: no interval, no limits")
    return tuple(notes)


def _apart(x: float, y: float) -> bool:
    return abs(x - y) > OTHER_LOAD * max(x, y)


# -- for pipelines ------------------------------------------------------------------------------
def regressions(found: Comparison, tolerance: float = TOLERANCE) -> tuple[list[str], list[str]]:
    """What got worse beyond its interval and the tolerance, and what could not be judged.

    Throughput is judged past the knee, or at its peak where one run has no knee; response time
    by p95 and by the mean, for the log that tells p95 sees no wait in front of it; failures by
    their share (tolerance in points). A peak that only followed another load is not judged.
    """
    judged = {e.name: e for e in found.effects if e.has_interval}
    followed = KNEE not in judged and _only_followed(found)
    if followed:
        judged.pop(PEAK, None)
    rate = next((n for n in (KNEE, PEAK) if n in judged), PEAK)
    worse = [
        e.name
        for e in judged.values()
        if e.name in (rate, P95_OF_MOMENTS, MEAN, FAILED)
        and e.differs
        and (-e.change if e.unit == "1/s" else e.change) > tolerance
    ]
    untold = [n for n in (rate, FAILED) if n not in judged]
    untold += [] if {P95_OF_MOMENTS, MEAN} & judged.keys() else [MEAN]
    why = f"{found.after.name} never turned, and its load was another" if followed else ""
    return worse, [f"{name}: {found.effect(name).why or why}" for name in untold]


def _only_followed(found: Comparison) -> bool:
    """Whether the second run was held back by nothing, and loaded otherwise than the first."""
    run = found.after.run
    free = run is not None and run.inflection is None
    return free and _apart(found.before.users_max, found.after.users_max)
