"""The words the whole house speaks. Pure data: no files, no network, no statistics.

Units are part of a name where a bare number crosses a wall: `_s` seconds, `_bytes`,
`_per_s`, `_ratio` (0..1). Times are aware UTC outside; on the grid they are seconds
since the load began (negative before it).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import numpy as np

from diagnose.collection import Clock, Collection
from diagnose.metrics import Metric
from diagnose.readings import Array, Flags, Ints, LoadError, LoadTotals
from diagnose.scalability import Scalability
from diagnose.staircase import Staircase

NAN = math.nan

ROLES = ("load_generator", "cdn", "router", "switch", "lb", "app", "db", "cache", "queue", "other")
# Where requests may come in when nobody is known to send them.
ENTRANCES = ("cdn", "lb", "app")
# Components that pass packets on and see no requests.
CARRIERS = ("router", "switch")


@dataclass(frozen=True, slots=True)
class Component:
    """One thing in the request's way (or beside it): a load balancer, a router, a database."""

    name: str  # as the user's diagnose.toml calls it
    role: str  # one of ROLES
    host: str = ""
    sends_to: tuple[str, ...] = ()
    timezone: str = ""  # IANA name; "" is the run's
    clock_offset_s: float = NAN  # this host's clock minus the reference clock; NaN: not measured
    clock: Clock | None = None  # how that was measured; None: the user says so, or nobody does


@dataclass(frozen=True, slots=True)
class Topology:
    """Who sends requests to whom. `declared` is False where we made it up from the files."""

    components: tuple[Component, ...]
    declared: bool = True

    def __getitem__(self, name: str) -> Component:
        return next(c for c in self.components if c.name == name)

    def path(self) -> tuple[str, ...]:
        """Components a request passes, from the load generator on, each once.

        >>> lb, db = Component("lb", "lb", sends_to=("db",)), Component("db", "db")
        >>> Topology((db, Component("gen", "load_generator", sends_to=("lb",)), lb)).path()
        ('gen', 'lb', 'db')
        """
        known = {c.name: c for c in self.components}
        targets = {t for c in self.components for t in c.sends_to}
        heads = [c.name for c in self.components if c.role == "load_generator"]
        first = (c for c in self.components if c.name not in targets)
        heads = heads or [c.name for c in first if c.sends_to or c.role in ENTRANCES]
        seen: dict[str, None] = {}
        todo = heads
        while todo:
            seen.update(dict.fromkeys(todo))
            after = [t for name in todo for t in known[name].sends_to if t in known]
            todo = [t for t in dict.fromkeys(after) if t not in seen]
        return tuple(seen)

    def senders(self, name: str) -> tuple[str, ...]:
        """Components that send straight to `name`."""
        return tuple(c.name for c in self.components if name in c.sends_to)


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """One measured quantity of one component on the run's grid.

    values has shape (n,) beside the grid; NaN is not measured. lines has the same shape:
    the line of `path` that each value came from, 0 where none. A pair of undated counter
    readings (before and after the run) has NaN values and its difference in `total`.
    """

    component: str
    metric: Metric
    part: str
    values: Array = field(repr=False)
    path: str
    lines: Ints = field(repr=False)
    total: float = NAN  # of a rate: what was counted while the load ran
    interval_s: float = NAN  # median distance of the readings
    counted: tuple[int, int] = (0, 0)  # first and last line that `total` rests on

    @property
    def dated(self) -> bool:
        """Whether any value has a time."""
        return bool(np.isfinite(self.values).any())

    def cite(self, when: Flags | None = None) -> str:
        """`path:first-last line` of the values at `when`; without it, of all under load."""
        return spanned(self.path, *self.extent(when))

    def extent(self, when: Flags | None = None) -> tuple[int, int]:
        """First and last line of the same; zeros where none is known."""
        if when is None and self.counted[1]:
            return self.counted
        lines = self.lines if when is None else self.lines[when]
        lines = lines[lines > 0]
        return (int(lines.min()), int(lines.max())) if lines.size else (0, 0)


def spanned(path: str, first: int, last: int) -> str:
    """A file with the lines from `first` to `last`; without them where they are 0.

    >>> spanned("a.log", 3, 9), spanned("a.log", 4, 4), spanned("sa.bin", 0, 0)
    ('a.log:3-9', 'a.log:4', 'sa.bin')
    """
    if not last:
        return path
    return f"{path}:{first}" if first == last else f"{path}:{first}-{last}"


class Symptom(StrEnum):
    """What turned."""

    LATENCY = "latency"
    FAILURES = "failures"
    THROUGHPUT = "throughput"


@dataclass(frozen=True, slots=True)
class Inflection:
    """When the run turned. at_s is on the grid; interval_s holds the true moment (95 %)."""

    at_s: float
    interval_s: tuple[float, float]
    symptom: Symptom
    before: float
    after: float
    unit: str
    users: float = NAN
    throughput_per_s: float = NAN
    label: str = ""  # "front.latency" where the user named the symptom


class Place(StrEnum):
    """Where, seen from a component, a pattern holds seconds or loses requests."""

    FRONT = "front"  # between its sender's view and its own: path, queue to be accepted
    INSIDE = "inside"  # its own time
    BEHIND = "behind"  # on the way from it to what it sends to: connecting, ports, its uplink
    PATH = "path"  # a carrier: the link between the tiers on its two sides


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation with its number, its unit and where it was read."""

    says: str  # a sentence with its numbers in it
    source: str  # "raw/lb1/error.log:118", or a pair of readings
    value: float = NAN
    unit: str = ""
    metric: str = ""  # what a report may plot beside it
    part: str = ""
    component: str = ""


@dataclass(frozen=True, slots=True)
class Experiment:
    """One change that separates this suspect from the others."""

    do: str
    if_this_is_it: str
    if_not: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule says: this resource of this component held the run back.

    mechanism: a limit reached, a queue, a drop or a message was seen (not only a
    correlation). seconds: the most added seconds per request that the pattern can explain,
    failures: the most failed requests; NaN leaves both to what its place gained or lost.
    """

    component: str
    resource: str
    says: str
    place: Place
    evidence: tuple[Evidence, ...]
    experiment: Experiment
    fix: str
    mechanism: bool = True
    onset_s: float = NAN  # when the pattern began, on the grid
    grows_with_load: bool | None = None  # None: not known
    strength: float = 1.0  # 0..1: how far past its threshold
    seconds: float = NAN
    failures: float = NAN
    against: tuple[Evidence, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cleared:
    """A rule looked, had all it needed, and found room left."""

    component: str
    resource: str
    says: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """A rule had too little to go on. Never the same as Cleared."""

    component: str
    resource: str
    missing: tuple[str, ...]
    how_to_collect: str = ""  # where it is not what the rule says of itself


Outcome: TypeAlias = Finding | Cleared | CannotTell


@dataclass(frozen=True, slots=True)
class Rung:
    """A stretch of the request's way and the mean seconds a request spends in it."""

    name: str  # "in front of lb1", "inside lb1", "db, as api sees it"
    owners: tuple[tuple[str, Place], ...]  # who may hold this time, and where as they see it
    before_s: float
    after_s: float
    says: str = ""  # how it was computed
    source: str = ""

    @property
    def gained_s(self) -> float:
        """Seconds added; NaN where it was not measured in both windows."""
        return self.after_s - self.before_s

    def held_by(self, component: str, *places: Place) -> bool:
        """Whether `component` may hold this time (at one of `places`, if any is given)."""
        return any(name == component and (not places or at in places) for name, at in self.owners)


@dataclass(frozen=True, slots=True)
class Birthplace:
    """A stretch of the way in which requests began to fail."""

    name: str
    owners: tuple[tuple[str, Place], ...]
    failures: float
    says: str = ""
    source: str = ""

    def held_by(self, component: str, *places: Place) -> bool:
        """Whether these failures may be `component`'s (at one of `places`, if any is given)."""
        return any(name == component and (not places or at in places) for name, at in self.owners)


@dataclass(frozen=True, slots=True)
class Tier:
    """Requests and failures that one component saw while the load ran."""

    component: str
    requests: float
    failures_born: float
    failures_passed_through: float
    lost_in_front: float  # sent by the tier in front and never seen here; NaN: cannot be told
    own_seconds_before: float
    own_seconds_after: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Where the added seconds went, and where failures were born."""

    rungs: tuple[Rung, ...] = ()
    tiers: tuple[Tier, ...] = ()
    births: tuple[Birthplace, ...] = ()
    rise_s: float = NAN  # added mean response time as users felt it
    unexplained_s: float = NAN  # of it, in no rung
    failures: float = NAN  # failed requests as users felt them
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Capacity:
    """Service demand of one resource, and the throughput at which it would be full."""

    component: str
    resource: str
    demand_s: float  # busy seconds per request, of the whole resource
    full_at_per_s: float
    interval_per_s: tuple[float, float]
    busiest_ratio: float  # highest utilization seen after the inflection
    says: str
    source: str = ""
    metric: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """The load as its generator saw it, in whole."""

    tool: str  # "" where only a server's log told
    requests: float
    failures: float
    users_max: float
    throughput_max_per_s: float
    mean_s: float
    p50_s: float
    p95_s: float
    p99_s: float
    started: str  # ISO 8601, UTC
    ended: str
    open_model: bool | None = None
    errors: tuple[LoadError, ...] = ()
    routes: tuple[LoadTotals, ...] = ()
    source: str = ""
    timed: bool = True  # False where the tool says nothing of when things happened
    duration_s: float = NAN  # as the tool says, else of its series
    offered_per_s: float = NAN  # the rate that was asked for
    from_due: bool = False  # response times count from when a request was due
    intervals: int = 0  # of its course in time, with requests; 0 where it has none


@dataclass(frozen=True, slots=True)
class Fitness:
    """One check of whether the run is fit to judge. ok None: it could not be checked."""

    check: str
    ok: bool | None
    says: str


@dataclass(frozen=True, slots=True)
class Explains:
    """The part of the symptom that a suspect accounts for."""

    seconds: float
    seconds_share: float
    failures_share: float


@dataclass(frozen=True, slots=True)
class Suspect:
    """A ranked culprit."""

    rank: int
    component: str
    resource: str
    rule: str
    level: str  # likely | possible
    confidence: float
    says: str
    explains: Explains
    onset_s: float
    for_: tuple[Evidence, ...]
    against: tuple[Evidence, ...]
    missing: tuple[str, ...]
    experiment: Experiment
    fix: str
    also: tuple[str, ...] = ()  # consequences that it explains away, other rules that agree


@dataclass(frozen=True, slots=True)
class Unknown:
    """A resource that nobody measured."""

    component: str
    resource: str  # "*" for the whole component
    missing: tuple[str, ...]
    how_to_collect: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One raw file as it was read."""

    path: str
    component: str
    kind: str
    title: str
    lines: int
    unreadable: int
    examples: tuple[tuple[int, str], ...] = ()  # of unreadable lines
    notes: tuple[str, ...] = ()
    error: str = ""  # why nothing at all could be read


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement with its values taken out, over the whole run."""

    component: str
    text: str
    count: int
    total_s: float
    mean_s: float
    longest_s: float
    rows_examined: float
    rows_sent: float
    source: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What `diagnose analyze` found; verdict.json is this, spelled out."""

    run: str
    tool_version: str
    verdict: str  # bottleneck | no_bottleneck | insufficient_evidence
    sentence: str
    fitness: tuple[Fitness, ...]
    load: LoadSummary | None
    inflections: tuple[Inflection, ...]
    suspects: tuple[Suspect, ...]
    cleared: tuple[Cleared, ...]
    unknown: tuple[Unknown, ...]
    ladder: Ladder
    capacity: tuple[Capacity, ...]
    statements: tuple[Statement, ...]
    sources: tuple[SourceRow, ...]
    unrecognized: tuple[str, ...]
    notes: tuple[str, ...] = ()  # on clocks, zones, the topology that was guessed
    topology: Topology = field(default_factory=lambda: Topology(()))
    started_epoch_s: float = NAN  # grid zero
    scalability: Scalability | None = None  # None: too few levels of load to tell
    steps: Staircase | None = None  # levels of load, where several runs were made
    collection: Collection | None = None  # None: the files were gathered by hand
