"""The tables of the reports, as rows of text: pages only have to set them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from diagnose.case import Run
from diagnose.model import Capacity, Diagnosis, SourceRow
from diagnose.readings import LoadTotals
from diagnose.units import digits, show

from .figures_load import onsets as found_onsets
from .groups import by_component
from .phrases import amount, at, count, share, spoken, stretch, utc

NOTHING = "–"  # not measured, or nothing to say


@dataclass(frozen=True, slots=True)
class Column:
    """kind: text, number (set to the right) or code (names, paths, statements)."""

    head: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; `title` says what it is a table of."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]

    def trimmed(self) -> Table:
        """Without the columns in which no row says anything."""
        width = range(len(self.columns))
        used = [i for i in width if any(row[i] not in ("", NOTHING) for row in self.rows)]
        columns = tuple(self.columns[i] for i in used)
        return Table(self.title, columns, tuple(tuple(r[i] for i in used) for r in self.rows))


def table_of(title: str, heads: str, rows: Iterable[Iterable[str]]) -> Table:
    """Heads by commas; "#" before one makes a column of numbers, "`" one of code.

    >>> table_of("T", "tier, #requests, `source", []).columns[1:]
    (Column(head='requests', kind='number'), Column(head='source', kind='code'))
    """
    kinds = {"#": "number", "`": "code"}
    columns = tuple(
        Column(head.lstrip("#`"), kinds.get(head[0], "text"))
        for head in (h.strip() for h in heads.split(","))
    )
    return Table(title, columns, tuple(tuple(row) for row in rows))


def tiers(d: Diagnosis) -> Table:
    """What each tier saw of the requests."""
    rows = [
        (
            t.component,
            count(t.requests),
            count(t.failures_born),
            count(t.failures_passed_through),
            count(t.lost_in_front),
            stretch(t.own_seconds_before),
            stretch(t.own_seconds_after),
            t.source,
        )
        for t in d.ladder.tiers
    ]
    return table_of(
        "Requests, failures and own time of each tier",
        "tier, #requests, #failed here, #passed on, #lost in front, #own time before, #after, "
        "`source",
        rows,
    )


def rungs(d: Diagnosis) -> Table:
    """The mean seconds of each stretch of the way, and how they were computed."""
    rise = d.ladder.rise_s
    rows = [
        (
            r.name,
            stretch(r.before_s),
            stretch(r.after_s),
            stretch(r.gained_s),
            share(r.gained_s / rise) if d.inflections and rise > 0 else NOTHING,
            r.says,
            r.source,
        )
        for r in d.ladder.rungs
    ]
    return table_of(
        "Mean time of a request, by stretch of its way",
        "stretch, #before, #after, #added, #of the rise, how, `source",
        rows,
    )


def births(d: Diagnosis) -> Table:
    """Where requests began to fail."""
    whole = d.ladder.failures
    rows = [
        (
            b.name,
            count(b.failures),
            share(b.failures / whole) if whole > 0 else NOTHING,
            b.says,
            b.source,
        )
        for b in sorted(d.ladder.births, key=lambda b: -b.failures)
        if b.failures > 0
    ]
    return table_of(
        "Where requests began to fail", "stretch, #requests, #of all failed, how, `source", rows
    )


def capacity(d: Diagnosis) -> Table:
    """Resources by the throughput at which each would be full, the scarcest first."""
    rows = [
        (
            c.component,
            spoken(c.resource) + (f" ({c.part})" if c.part else ""),
            _s(c.demand_s),
            _or(c.busiest_ratio, "ratio"),
            _or(c.full_at_per_s, "1/s"),
            _interval(c),
            c.source,
        )
        for c in sorted(d.capacity, key=lambda c: (c.full_at_per_s, c.component, c.resource))
    ]
    return table_of(
        "Capacity: what would be full at which throughput",
        "component, resource, #busy a request, #busiest, #full at, #95 % interval, `source",
        rows,
    )


def _interval(c: Capacity) -> str:
    low, high = c.interval_per_s
    if math.isnan(low + high):
        return NOTHING
    return f"{digits(low)}–{show(high, '1/s')}"


def routes(d: Diagnosis) -> Table:
    """Load statistics as load testers expect them: one row a route, all together last."""
    rows = [] if d.load is None else [_route(r, r.route) for r in d.load.routes]
    if d.load is not None:
        whole = LoadTotals(
            round(_zero(d.load.requests)), round(_zero(d.load.failures)), d.load.mean_s,
            d.load.p50_s, d.load.p95_s, d.load.p99_s, d.load.throughput_max_per_s,
        )  # fmt: skip
        rows.append((*_route(whole, "all")[:-1], f"{_or(whole.throughput_per_s, '1/s')} at most"))
    return table_of(
        "Load statistics",
        "route, #requests, #failed, #share, #mean, #p50, #p95, #p99, #throughput",
        rows,
    )


def _route(r: LoadTotals, name: str) -> tuple[str, ...]:
    return (
        name,
        count(r.requests),
        count(r.failures),
        share(r.failures / r.requests) if r.requests else NOTHING,
        *(_s(v) for v in (r.mean_s, r.p50_s, r.p95_s, r.p99_s)),
        _or(r.throughput_per_s, "1/s"),
    )


def errors(d: Diagnosis) -> Table:
    """Failures as the load generator names them, the most frequent first."""
    found = sorted(d.load.errors if d.load else (), key=lambda e: (-e.count, e.route, e.text))
    rows = [(count(e.count), e.kind or NOTHING, e.route, e.text) for e in found]
    return table_of(
        "Errors as the load generator names them", "#times, kind, route, `message", rows
    )


def statements(d: Diagnosis) -> Table:
    """SQL statements, the most time first."""
    rows = [
        (
            s.component,
            count(s.count),
            _s(s.total_s),
            _s(s.mean_s),
            _s(s.longest_s),
            count(s.rows_examined),
            count(s.rows_sent),
            s.text,
            s.source,
        )
        for s in sorted(d.statements, key=lambda s: (-s.total_s, s.text))
    ]
    return table_of(
        "SQL statements, values taken out",
        "database, #times, #total, #mean, #longest, #rows examined, #rows sent, `statement, "
        "`source",
        rows,
    )


def sources(d: Diagnosis) -> Table:
    """Every file that was read."""
    rows = [_source(s) for _, group in by_component(d.sources, d) for s in group]
    return table_of(
        "What was collected", "component, `file, read as, #lines, #unreadable, remarks", rows
    )


def _source(s: SourceRow) -> tuple[str, ...]:
    examples = [f"line {line}: {text}" for line, text in s.examples]
    remarks = [text for text in (s.error, *s.notes, *examples) if text]
    return (
        s.component or NOTHING, s.path, s.title or s.kind, f"{s.lines:,}", f"{s.unreadable:,}",
        "; ".join(remarks),
    )  # fmt: skip


def onsets(d: Diagnosis, run: Run) -> Table:
    """When something at each component moved."""
    rows = [
        (
            o.component,
            o.what + ("" if o.suspect else " (no suspect)"),
            at(o.at_s),
            utc(d.started_epoch_s + o.at_s) or NOTHING,
        )
        for o in found_onsets(d, run)
    ]
    return table_of("When each component moved", "component, what, #into the load, #UTC", rows)


def _s(value: float) -> str:
    return _or(value, "s")


def _or(value: float, unit: str) -> str:
    return NOTHING if math.isnan(value) else amount(value, unit)


def _zero(value: float) -> float:
    return 0.0 if math.isnan(value) else value
