"""Readings of one component → its case: signals on the grid, limits, facts, statements."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from diagnose.case import Case, CitedLimit
from diagnose.derived import derive
from diagnose.grid import Grid, Laid, extent, lay
from diagnose.ingest import Source
from diagnose.loadcurve import LoadCurve
from diagnose.metrics import METRICS
from diagnose.model import Component, Signal, Statement, spanned
from diagnose.readings import Array, Flags, Form, Ints, Samples, Statements
from diagnose.tiers import TierLog, laid

NAN = math.nan
TOP_STATEMENTS = 10
OF_THE_TEST = "message.generator."  # what is counted without a time all the same
_Lone: TypeAlias = tuple[float, str, str, Form]  # value, where it stands, its file, form


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """One source's series of one metric and part."""

    kind: str
    path: str
    laid: Laid

    def rank(self, under: Flags) -> tuple[float, float, bool, str, str]:
        """Better covered first, then finer, then what can be cited by line, then by kind:
        never by the order of files, and by their names only among files of a kind."""
        covered = float(np.isfinite(self.laid.values[under]).mean()) if under.any() else 0.0
        interval = self.laid.interval_s
        finer = math.inf if math.isnan(interval) else round(interval, 1)
        return (-round(covered, 1), finer, not self.laid.lines.any(), self.kind, self.path)


def fill(case: Case, sources: list[Source], shifts: dict[str, float], grid: Grid) -> list[str]:
    """Put all that a component's sources say into its case; notes for the user are returned."""
    notes = _lay_samples(case, sources, shifts, grid)
    derive(case)
    own = [source for source in sources if source.folder == case.component.name]
    case.cut |= {source.path for source in own if source.cut}
    _lay_occurrences(case, own, shifts, grid)
    _lay_statements(case, own, shifts, grid)
    for source in own:
        for limit in source.reading.limits:
            where = f"{source.path}:{limit.line}" if limit.line else source.path
            case.limits.setdefault(limit.name, []).append(
                CitedLimit(limit.value, limit.part, where)
            )
        for fact in source.reading.facts:
            where = f"{source.path}:{fact.line}" if fact.line else source.path
            case.facts.setdefault(fact.name, []).append((fact, where))
    cores = case.limit("cpu.count")
    if case.fact("nginx.worker_processes") == "auto" and cores is not None:
        case.limits.setdefault("nginx.worker_processes", []).append(cores)
    return notes


def add_tier(case: Case, log: TierLog, grid: Grid) -> None:
    """The http.* signals of a component that logged requests."""
    at = log.ended_s + grid.start_s
    lines, files = grid.first_lines(at, log.lines), log.path.split(" + ")
    counted = extent(log.lines[grid.under_load(at)])
    if len(files) > 1:  # lines can only be told where they are all of one file
        lines, counted = np.zeros_like(lines), (0, 0)
    for metric, part, values in laid(log, grid):
        _put(case, metric, part, values, log.path, lines, grid, counted)


def add_load(case: Case, curve: LoadCurve, grid: Grid) -> None:
    """The load.* signals of the load generator."""
    none = np.zeros(grid.cells_s.size, np.int64)
    for metric, values in (
        ("load.users", curve.users),
        ("load.requests_per_s", curve.throughput_per_s),
        ("load.failures_per_s", curve.failures_per_s),
        ("load.mean_s", curve.mean_s),
    ):
        if np.isfinite(values).any():
            _put(case, metric, "", values, curve.summary.source, none, grid)


def _put(
    case: Case,
    metric: str,
    part: str,
    values: Array,
    path: str,
    lines: Ints,
    grid: Grid,
    counted: tuple[int, int] = (0, 0),
) -> None:
    under = grid.loaded & np.isfinite(values)
    total = float(values[under].sum() * grid.step_s) if under.any() else NAN
    what, name = METRICS[metric], case.component.name
    signal = Signal(name, what, part, values, path, lines, total, grid.step_s, counted)
    case.found.setdefault(metric, {})[part] = signal


def _lay_samples(
    case: Case, sources: list[Source], shifts: dict[str, float], grid: Grid
) -> list[str]:
    candidates: dict[tuple[str, str], list[_Candidate]] = defaultdict(list)
    lone: dict[tuple[str, str], list[_Lone]] = defaultdict(list)
    jumped: set[str] = set()
    for kind_sources in _by_kind(sources).values():
        joined = _joined(case.component, kind_sources, shifts, lone, jumped)
        for (metric, part), (path, samples) in joined.items():
            if metric in METRICS:
                where = lay(grid, samples.at_s, samples.values, samples.form, samples.lines)
                kind = kind_sources[0].kind
                candidates[metric, part].append(_Candidate(kind, path, where))
    under = grid.loaded
    for (metric, part), found in candidates.items():
        best = min(found, key=lambda c: c.rank(under))
        if np.isfinite(best.laid.values).any():
            _keep(case, metric, part, best)
    for (metric, part), readings in lone.items():
        _pair(case, metric, part, readings, grid)
    return [f"{path}: the clock jumps back in it; readings were put in order" for path in jumped]


def _by_kind(sources: list[Source]) -> dict[str, list[Source]]:
    kinds: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        kinds[source.kind].append(source)
    return kinds


def samples_of(source: Source, component: Component) -> list[Samples]:
    """What a source says of one component: a table of metrics may speak of several."""
    own = source.reading.samples if source.folder == component.name else []
    tables = source.reading.component
    names = dict.fromkeys((component.name, component.host))
    return [*own, *(samples for name in names for samples in tables.get(name, ()))]


def _joined(
    component: Component,
    sources: list[Source],
    shifts: dict[str, float],
    lone: dict[tuple[str, str], list[_Lone]],
    jumped: set[str],
) -> dict[tuple[str, str], tuple[str, Samples]]:
    """Series of one kind of source, files one after the other; lone readings set aside.

    Where two files of a kind overlap, the longer one stands.
    """
    parts: dict[tuple[str, str], list[tuple[str, Samples]]] = defaultdict(list)
    for source in sources:
        for samples in samples_of(source, component):
            key = (samples.metric, samples.part)
            dated = np.isfinite(samples.at_s)
            if not dated.any():
                lone[key] += _lone(source.path, samples)
                continue
            if (np.diff(samples.at_s[dated]) < 0).any():
                jumped.add(source.path)
            at_s = samples.at_s + shifts[source.path]
            moved = Samples(
                samples.metric, at_s, samples.values, samples.part, samples.form, samples.lines
            )
            parts[key].append((source.path, moved))
    return {key: _one_after_the_other(found) for key, found in parts.items()}


def _lone(path: str, samples: Samples) -> list[_Lone]:
    lines = samples.lines if samples.lines.size else np.zeros(samples.values.size, np.int64)
    return [
        (float(value), spanned(path, int(line), int(line)), path, samples.form)
        for value, line in zip(samples.values, lines, strict=True)
    ]


def _one_after_the_other(parts: list[tuple[str, Samples]]) -> tuple[str, Samples]:
    parts = sorted(parts, key=lambda p: (-p[1].values.size, p[0]))
    kept: list[tuple[float, float, str, Samples]] = []
    for path, samples in parts:
        low, high = float(np.nanmin(samples.at_s)), float(np.nanmax(samples.at_s))
        if all(high < other_low or low > other_high for other_low, other_high, *_ in kept):
            kept.append((low, high, path, samples))
    if len(kept) == 1:
        return kept[0][2], kept[0][3]
    kept.sort(key=lambda k: k[0])
    first = kept[0][3]
    return " + ".join(k[2] for k in kept), Samples(
        first.metric,
        np.concatenate([s.at_s for *_, s in kept]),
        np.concatenate([s.values for *_, s in kept]),
        first.part,
        first.form,
    )  # without lines: they would be of several files


def _keep(case: Case, metric: str, part: str, best: _Candidate) -> None:
    laid_ = best.laid
    case.found.setdefault(metric, {})[part] = Signal(
        case.component.name,
        METRICS[metric],
        part,
        laid_.values,
        best.path,
        laid_.lines,
        laid_.total,
        laid_.interval_s,
        laid_.counted,
    )


def _pair(case: Case, metric: str, part: str, readings: list[_Lone], grid: Grid) -> None:
    """A counter read once before and once after: its rise is known, its course is not.

    Which is which is told by the counter itself, for it only rises. One reading alone
    counts since the host was started and is no evidence of anything.
    """
    if metric not in METRICS or case.signal(metric, part) is not None:
        return
    counters = sorted((v, where, path) for v, where, path, form in readings if form is Form.COUNTER)
    if len({path for *_, path in counters}) < 2:
        return
    (low, first, _), (high, last, _) = counters[0], counters[-1]
    nothing = np.full(grid.cells_s.size, NAN)
    lines = np.zeros(grid.cells_s.size, np.int64)
    case.found.setdefault(metric, {})[part] = Signal(
        case.component.name,
        METRICS[metric],
        part,
        nothing,
        f"{first} → {last}",
        lines,
        high - low,
        NAN,
    )


def _lay_occurrences(
    case: Case, sources: list[Source], shifts: dict[str, float], grid: Grid
) -> None:
    found: dict[str, list[tuple[str, Array, Ints]]] = defaultdict(list)
    for source in sources:
        for seen in source.reading.occurrences:
            at_s = seen.at_s + shifts[source.path]
            found[seen.metric].append((source.path, at_s, seen.lines))
    for metric, logs in found.items():
        telling = [log for log in logs if log[1].size] or logs
        at_s = np.concatenate([at for _, at, _ in telling])
        if at_s.size and not np.isfinite(at_s).any():
            if metric.startswith(OF_THE_TEST):
                _count_undated(case, metric, telling)
            continue  # seen at an unknown time: neither measured nor none
        values = grid.count(at_s) / grid.step_s
        _put(case, metric, "", values, *_cited(telling, grid))


def _count_undated(case: Case, metric: str, logs: list[tuple[str, Array, Ints]]) -> None:
    """What a load tool's summary counts is of this very test, whenever it happened."""
    nothing = np.full(case.run.grid_s.size, NAN)
    none = np.zeros(nothing.size, np.int64)
    path, _, lines = logs[0]
    total = float(sum(at.size for _, at, _ in logs))
    counted = extent(lines) if len(logs) == 1 else (0, 0)
    case.found.setdefault(metric, {})[""] = Signal(
        case.component.name, METRICS[metric], "", nothing, path, none, total, NAN, counted
    )


def _cited(
    logs: list[tuple[str, Array, Ints]], grid: Grid
) -> tuple[str, Ints, Grid, tuple[int, int]]:
    """Where messages stand: of several files, each with its own lines."""
    extents: dict[str, tuple[int, int]] = {}
    for path, at_s, lines in logs:
        now, before = extent(lines[grid.under_load(at_s)]), extents.get(path, (0, 0))
        extents[path] = extent(np.array([*now, *before]))
    if len(extents) > 1:
        where = " + ".join(spanned(path, *lines) for path, lines in extents.items())
        return where, np.zeros(grid.cells_s.size, np.int64), grid, (0, 0)
    at_s = np.concatenate([at for _, at, _ in logs])
    lines = np.concatenate([line for *_, line in logs])
    return logs[0][0], grid.first_lines(at_s, lines), grid, extents[logs[0][0]]


def _lay_statements(
    case: Case, sources: list[Source], shifts: dict[str, float], grid: Grid
) -> None:
    logs = [(s, st) for s in sources for st in s.reading.statements]
    if not logs:
        return
    source, longest = max(logs, key=lambda pair: (pair[1].at_s.size, pair[0].path))
    at_s = longest.at_s + shifts[source.path]
    _statement_signals(case, source.path, longest, at_s, grid)
    case.statements = _top(case, source.path, longest, at_s, grid)


def _statement_signals(case: Case, path: str, log: Statements, at_s: Array, grid: Grid) -> None:
    lines, counted = grid.first_lines(at_s, log.lines), extent(log.lines[grid.under_load(at_s)])

    def put(metric: str, part: str, weights: Array | None, when: Array) -> None:
        given = None if weights is None else np.nan_to_num(weights[when])
        values = grid.count(at_s[when], given) / grid.step_s
        _put(case, metric, part, values, path, lines, grid, counted)

    everything = np.ones(at_s.size, bool)
    put("sql.logged_per_s", "", None, everything)
    put("sql.time_s_per_s", "", log.duration_s, everything)
    put("sql.rows_examined_per_s", "", log.rows_examined, everything)
    put("sql.lock_s_per_s", "", log.lock_s, everything)
    for code, name in _busiest(log):
        mine = log.fingerprint.codes == code
        put("sql.logged_per_s", name, None, mine)
        put("sql.time_s_per_s", name, log.duration_s, mine)
        values = grid.mean(at_s[mine], log.duration_s[mine])
        _put(case, "sql.statement_s", name, values, path, lines, grid, counted)


def _busiest(log: Statements) -> list[tuple[int, str]]:
    codes = log.fingerprint.codes
    spent = np.bincount(
        codes[codes >= 0],
        np.nan_to_num(log.duration_s[codes >= 0]),
        len(log.fingerprint.names),
    )
    order = np.argsort(-spent, kind="stable")[:TOP_STATEMENTS]
    return [(int(code), log.fingerprint.names[code]) for code in order if spent[code] > 0]


def _top(case: Case, path: str, log: Statements, at_s: Array, grid: Grid) -> tuple[Statement, ...]:
    cell = at_s - grid.start_s
    under = (cell >= 0) & (cell <= grid.load_s + grid.step_s)
    rows = []
    for code, name in _busiest(log):
        mine = (log.fingerprint.codes == code) & under
        if not mine.any():
            continue
        durations = log.duration_s[mine]
        rows.append(
            Statement(
                case.component.name,
                name,
                int(mine.sum()),
                float(durations.sum()),
                float(durations.mean()),
                float(durations.max()),
                float(np.nansum(log.rows_examined[mine])),
                float(np.nansum(log.rows_sent[mine])),
                spanned(path, *extent(log.lines[mine])),
            )
        )
    return tuple(rows)
