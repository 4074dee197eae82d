"""What a rule may look at: one component in one run, before and after the inflection.

Every number that a rule says comes from here, with its source beside it. Means over a
window ignore what was not measured and are NaN where nothing was.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from diagnose.collection import Collection
from diagnose.metrics import LIMITS, METRICS
from diagnose.model import (
    NAN,
    Capacity,
    Component,
    Evidence,
    Finding,
    Inflection,
    Ladder,
    LoadSummary,
    Place,
    Rung,
    Signal,
    Statement,
    Tier,
    Topology,
    spanned,
)
from diagnose.onset import departure, first_above, grows_with, onset
from diagnose.readings import Array, Fact, Flags
from diagnose.staircase import Staircase
from diagnose.units import show

REQUESTS = "http.requests_per_s"
# Means over the requests of each moment: slow moments have fewer of them under a closed load.
REQUEST_TIMES = tuple(f"http.{n}_s" for n in ("request", "upstream", "own", "wait", "connect"))


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Parts of the grid; each has shape (n,).

    idle: before the load began. before: under load, before the inflection began.
    after: from the inflection to the end of the load (without its last second, in which
    generators hang up). Without an inflection `before` is the lower half of the load and
    `after` the upper. load: before and after together.
    """

    idle: Flags
    before: Flags
    after: Flags
    load: Flags


@dataclass(frozen=True, slots=True)
class CitedLimit:
    """A limit and where it was read."""

    value: float
    part: str
    source: str


@dataclass(slots=True, eq=False)
class Run:
    """What all components share. Built by the engine; rules only read it."""

    grid_s: Array
    windows: Windows
    topology: Topology
    load: LoadSummary | None = None
    inflection: Inflection | None = None  # the first of `turns`
    turns: tuple[Inflection, ...] = ()
    ladder: Ladder = field(default_factory=Ladder)
    capacities: tuple[Capacity, ...] = ()
    cases: dict[str, Case] = field(default_factory=dict)
    throughput_per_s: Array = field(default_factory=lambda: np.zeros(0))  # on the grid
    users: Array = field(default_factory=lambda: np.zeros(0))
    latency_s: Array = field(default_factory=lambda: np.zeros(0))  # mean, as users felt it
    failures_per_s: Array = field(default_factory=lambda: np.zeros(0))
    steps: Staircase | None = None
    collection: Collection | None = None  # None: the files were gathered by hand


@dataclass(slots=True, eq=False)
class Case:
    """One component: its signals, limits and facts, its rungs, and its neighbours."""

    run: Run
    component: Component
    found: dict[str, dict[str, Signal]] = field(default_factory=dict)  # metric -> part -> signal
    limits: dict[str, list[CitedLimit]] = field(default_factory=dict)
    facts: dict[str, list[tuple[Fact, str]]] = field(default_factory=dict)  # with its source
    statements: tuple[Statement, ...] = ()
    cut: set[str] = field(default_factory=set)  # files of which the end is not there

    # -- is it there? -----------------------------------------------------------------------
    def has(self, name: str) -> bool:
        """Whether a metric was measured while the load ran, or a limit or fact was read.

        An undated pair of counter readings counts: it has a total and no course.
        """
        if name == "statements":
            return bool(self.statements)
        if name in LIMITS:
            return name in self.limits
        if name not in METRICS:
            return name in self.facts
        return any(_measured(s, self.run.windows.load) for s in self.signals(name).values())

    def broke_off(self, name: str) -> bool:
        """Whether readings of a metric end before the middle of the time after the inflection.

        Messages of a log that was cut do: whether more followed, nobody knows.
        """
        paths = (s.path for s in self.signals(name).values() if name.startswith("message."))
        if any(path in self.cut for path in paths):
            return True
        after = np.flatnonzero(self.run.windows.after)
        late = after[after.size // 2 :]
        dated = [s.values[late] for s in self.signals(name).values() if s.dated]
        return bool(dated) and late.size > 0 and not any(np.isfinite(v).any() for v in dated)

    def signals(self, metric: str) -> dict[str, Signal]:
        """Part -> signal; empty where nobody measured it."""
        return self.found.get(metric, {})

    def signal(self, metric: str, part: str = "") -> Signal | None:
        """One signal, or None."""
        return self.signals(metric).get(part)

    def values(self, metric: str, part: str = "") -> Array:
        """Values on the grid; all NaN where nobody measured it."""
        signal = self.signal(metric, part)
        return signal.values if signal else np.full(self.run.grid_s.shape, NAN)

    def total_values(self, metric: str) -> Array:
        """Sum over all parts on the grid; NaN only where no part was measured."""
        columns = [s.values for s in self.signals(metric).values()]
        return _nansum(columns) if columns else np.full(self.run.grid_s.shape, NAN)

    def limit(self, name: str, part: str | None = None) -> CitedLimit | None:
        """The lowest limit of that name (of that part, if one is given); None if unknown."""
        known = [c for c in self.limits.get(name, []) if part is None or c.part == part]
        return min(known, key=lambda c: c.value, default=None)

    def fact(self, name: str) -> str:
        """The first value of a fact; "" if unknown."""
        return self.facts[name][0][0].value if self.facts.get(name) else ""

    @property
    def is_mute(self) -> bool:
        """Whether there is not a single reading of it."""
        return not self.found and not self.statements

    # -- numbers over a window --------------------------------------------------------------
    def idle(self, metric: str, part: str = "") -> float:
        """Mean before the load began."""
        return mean(self.values(metric, part), self.run.windows.idle)

    def before(self, metric: str, part: str = "") -> float:
        """Mean under load before the inflection (of a time a request takes: each counted once)."""
        return self._mean(metric, part, self.run.windows.before)

    def after(self, metric: str, part: str = "") -> float:
        """Mean from the inflection on (of a time a request takes: each counted once)."""
        return self._mean(metric, part, self.run.windows.after)

    def _mean(self, metric: str, part: str, when: Flags) -> float:
        values = self.values(metric, part)
        if metric in REQUEST_TIMES:
            weights = self.signal(REQUESTS, part) or self.signal(REQUESTS)
            if weights is not None:
                return weighted(values, weights.values, when)
        return mean(values, when)

    def held(self, metric: str, part: str = "") -> float:
        """The level that was held at the worst of it: median of the highest third after the
        inflection. One odd sample does not move it; a mean would dilute it."""
        return held(self.values(metric, part), self.run.windows.after)

    def total(self, metric: str, part: str = "") -> float:
        """What a rate added up to while the load ran (an undated pair: between its readings)."""
        signal = self.signal(metric, part)
        return signal.total if signal else NAN

    def total_of_parts(self, metric: str) -> float:
        """The same over all parts; NaN where nobody measured any."""
        totals = [s.total for s in self.signals(metric).values() if not math.isnan(s.total)]
        return math.fsum(totals) if totals else NAN

    def worst(self, metric: str) -> str:
        """The part with the highest level after the inflection ("" where there is none)."""
        parts = self.signals(metric)
        return max(sorted(parts), key=lambda p: _or_low(self.held(metric, p)), default="")

    # -- shape in time ------------------------------------------------------------------------
    def onset_s(self, metric: str, part: str = "", above: float = NAN) -> float:
        """When a signal left its earlier level for good, or first held `above`; NaN if never."""
        values = self.values(metric, part)
        if not math.isnan(above):
            return first_above(self.run.grid_s, values, above, self.run.windows.load)
        calm = self.run.windows.idle | self.run.windows.before
        return onset(self.run.grid_s, values, calm, self.run.windows.load)

    def grows_with_load(self, metric: str, part: str = "") -> bool | None:
        """Whether a signal rises with throughput or users; None where it cannot be told.

        Idle counts as no load, so that what soon reaches its ceiling is seen to have risen.
        """
        idle = self.run.windows.idle
        loads = (self.run.throughput_per_s, self.run.users)
        return grows_with(
            self.values(metric, part),
            tuple(np.where(idle, 0.0, load) for load in loads if load.shape == idle.shape),
            self.run.windows.load | idle,
        )

    def departure(self, metric: str, part: str = "") -> float:
        """By how many robust deviations a signal is, after the inflection, beyond what the
        load before it predicts; NaN where there is too little to fit."""
        return departure(
            self.values(metric, part),
            self.run.throughput_per_s,
            self.run.windows.before,
            self.run.windows.after,
        )

    # -- the ladder ---------------------------------------------------------------------------
    def rungs(self, *places: Place) -> tuple[Rung, ...]:
        """Rungs that this component may hold, at one of the places (all if none is given)."""
        name = self.component.name
        return tuple(rung for rung in self.run.ladder.rungs if rung.held_by(name, *places))

    def gained_s(self, *places: Place) -> float:
        """Seconds that those rungs gained together; NaN where none was measured."""
        gains = [r.gained_s for r in self.rungs(*places) if not math.isnan(r.gained_s)]
        return math.fsum(gains) if gains else NAN

    @property
    def tier(self) -> Tier | None:
        """What this component saw of requests and failures."""
        name = self.component.name
        return next((t for t in self.run.ladder.tiers if t.component == name), None)

    def capacity(self, resource: str) -> tuple[Capacity, ...]:
        """Capacities of one resource here, the scarcest first."""
        mine = [
            c
            for c in self.run.capacities
            if c.component == self.component.name and c.resource == resource
        ]
        return tuple(sorted(mine, key=lambda c: c.full_at_per_s))

    # -- neighbours ---------------------------------------------------------------------------
    @property
    def senders(self) -> tuple[Case, ...]:
        """Components that send straight to this one."""
        return self._cases(self.run.topology.senders(self.component.name))

    @property
    def receivers(self) -> tuple[Case, ...]:
        """Components that this one sends straight to."""
        return self._cases(self.component.sends_to)

    def _cases(self, names: Iterable[str]) -> tuple[Case, ...]:
        return tuple(self.run.cases[n] for n in names if n in self.run.cases)

    @property
    def on_path(self) -> bool:
        """Whether requests of the test pass here."""
        return self.component.name in self.run.topology.path()

    # -- evidence -----------------------------------------------------------------------------
    def rise(self, metric: str, part: str = "", says: str = "") -> Evidence:
        """Evidence that gives a signal's mean before and after the inflection."""
        unit = METRICS[metric].unit
        before, after = self.before(metric, part), self.after(metric, part)
        text = says or METRICS[metric].says
        where = f" ({part})" if part else ""
        moved = f"{show(before, unit)} before, {show(after, unit)} after"
        return self.note(f"{text}{where}: {moved}", metric, part, after)

    def count(self, metric: str, part: str = "", says: str = "") -> Evidence:
        """Evidence that gives what a counter or a log message added up to under load."""
        text = says or METRICS[metric].says
        where = f" ({part})" if part else ""
        total = self.total(metric, part)
        share = self._share_before(metric, part)
        signal = self.signal(metric, part)
        undated = signal is not None and not signal.dated
        pair = undated and not metric.startswith("message.")
        when = "between two readings" if pair else "while the load ran"
        says = f"{text}{where}: {show(_whole(total))} {when}{share}"
        return self.note(says, metric, part, total, unit="1")

    def _share_before(self, metric: str, part: str) -> str:
        before, after = self.before(metric, part), self.after(metric, part)
        if self.run.inflection is None or math.isnan(before) or math.isnan(after):
            return ""
        return f" ({show(before, '1/s')} before the inflection, {show(after, '1/s')} after)"

    def note(
        self, says: str, metric: str = "", part: str = "", value: float = NAN, unit: str = ""
    ) -> Evidence:
        """Evidence in your own words; its source is the signal's file and lines.

        unit: of `value`, where it is another than the metric's.
        """
        source = self.cite(metric, part) if metric else ""
        unit = unit or (METRICS[metric].unit if metric else "")
        return Evidence(says, source, value, unit, metric, part, self.component.name)

    def cite(self, metric: str, part: str = "") -> str:
        """File and lines of what was measured under load; "" where nothing was."""
        signal = self.signal(metric, part)
        return spanned(signal.path, *self._extent(signal)) if signal else ""

    def sources(self, *names: str) -> str:
        """Files and lines of all metrics, limits and facts of these names that are known."""
        where: dict[str, list[int]] = {}
        for signal in (s for name in names for s in self.signals(name).values()):
            where.setdefault(signal.path, []).extend(n for n in self._extent(signal) if n)
        told = [
            spanned(p, min(lines, default=0), max(lines, default=0)) for p, lines in where.items()
        ]
        for name in names:
            told += [limit.source for limit in self.limits.get(name, ())]
            told += [source for _, source in self.facts.get(name, ())]
            told += [s.source for s in self.statements if name == "statements"]
        return " + ".join(dict.fromkeys(told))

    def _extent(self, signal: Signal) -> tuple[int, int]:
        if signal.counted[1]:
            return signal.counted
        return signal.extent(_under(signal, self.run.windows.load))

    def limit_note(self, says: str, limit: CitedLimit) -> Evidence:
        """Evidence that cites a configured limit."""
        return Evidence(says, limit.source, limit.value, component=self.component.name)

    def finding(self, resource: str, says: str, place: Place, **rest: object) -> Finding:
        """A Finding of this component; `rest` are Finding's other fields by name."""
        return Finding(self.component.name, resource, says, place, **rest)  # type: ignore[arg-type]


def mean(values: Array, when: Flags) -> float:
    """Mean of what was measured in a window; NaN where nothing was.

    >>> mean(np.array([1.0, np.nan, 3.0]), np.array([True, True, True]))
    2.0
    """
    inside = values[when]
    inside = inside[np.isfinite(inside)]
    return float(inside.mean()) if inside.size else NAN


def weighted(values: Array, weights: Array, when: Flags) -> float:
    """Mean in a window of values that stand for so many each.

    >>> weighted(np.array([1.0, 4.0]), np.array([2.0, 1.0]), np.ones(2, bool))
    2.0
    """
    known = when & np.isfinite(values) & (weights > 0)
    total = float(weights[known].sum())
    return float((values[known] * weights[known]).sum()) / total if total else mean(values, when)


def held(values: Array, when: Flags) -> float:
    """Median of the highest third of what was measured in a window.

    >>> held(np.array([0.2, 0.9, 0.9, 0.9, 0.2, 0.2]), np.ones(6, bool))
    0.9
    """
    inside = values[when]
    inside = np.sort(inside[np.isfinite(inside)])
    return float(np.median(inside[-max(1, inside.size // 3) :])) if inside.size else NAN


def _measured(signal: Signal, when: Flags) -> bool:
    return bool(np.isfinite(signal.values[when]).any()) or not math.isnan(signal.total)


def _whole(count: float) -> float:
    """Events are whole; sums over a window cut a sampling interval in two."""
    return float(round(count)) if count >= 1 else count


def _or_low(value: float) -> float:
    return -math.inf if math.isnan(value) else value


def _nansum(columns: list[Array]) -> Array:
    stack = np.vstack(columns)
    total: Array = np.nansum(stack, axis=0)
    total[np.isnan(stack).all(axis=0)] = NAN
    return total


def _under(signal: Signal, when: Flags) -> Flags | None:
    return when if bool((signal.lines[when] > 0).any()) else None
