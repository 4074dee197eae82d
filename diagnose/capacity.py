"""Service demands, and the throughput at which each resource would be full.

U = X·D: utilization against throughput before the inflection gives the demand D, through
the idle baseline; the resource is full where U reaches one. A plateau far below that
throughput clears the resource, one at it accuses. Counted resources (connections, files)
are full at their limit. Source: Denning & Buzen, doi:10.1145/356733.356735.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np

from diagnose.case import Case, Run, held, mean
from diagnose.metrics import METRICS
from diagnose.model import NAN, Capacity
from diagnose.readings import Array, Flags
from diagnose.units import show

FEWEST = 6  # readings that a line is fitted to (a choice)
DRAWS = 200
LEAST_SPREAD = 1.5  # highest throughput over lowest; below it no slope can be told
NEGLIGIBLE = 0.02  # a resource that the load moves by less has no capacity to speak of
NUMBERED = re.compile(r"dev\d+-\d+")  # sar's name of a disk, without -p
ALIKE = 0.1  # two names whose use differs by less are of one disk (a choice)

# Utilization metrics and, where they count instead of being a ratio, their limits.
RATIOS = ("cpu.busy_ratio", "cpu.core_busy_ratio", "disk.util_ratio", "nic.util_ratio")
COUNTED = {
    "nginx.active_connections": ("nginx.worker_connections", "nginx.worker_processes"),
    "conntrack.entries": ("conntrack.max",),
    "db.connections": ("db.max_connections",),
    "files.system_open": ("files.system_max",),
}


def capacities(run: Run) -> tuple[Capacity, ...]:
    """Every resource on the way whose use follows throughput, the scarcest first."""
    fitted = run.windows.before | run.windows.idle if run.inflection else run.windows.load
    passed = run.topology.path()
    cases = [case for case in run.cases.values() if case.on_path or not passed]
    found = [c for case in cases for c in _once(_of(case, run, fitted))]
    return tuple(sorted(found, key=lambda c: (c.full_at_per_s, c.component, c.metric, c.part)))


def _once(found: Iterator[Capacity]) -> list[Capacity]:
    """One row a device: tools name the same disk differently (sar dev254-16, iostat vdb)."""
    rows = list(found)
    named = [c for c in rows if not NUMBERED.fullmatch(c.part)]
    return [c for c in rows if c in named or not any(_alike(c, other) for other in named)]


def _alike(one: Capacity, other: Capacity) -> bool:
    return (
        one.metric == other.metric
        and math.isclose(one.demand_s, other.demand_s, rel_tol=ALIKE)
        and math.isclose(one.busiest_ratio, other.busiest_ratio, rel_tol=ALIKE)
    )


def _of(case: Case, run: Run, fitted: Flags) -> Iterator[Capacity]:
    for metric in RATIOS:
        for part in sorted(case.signals(metric)):
            if metric == "cpu.core_busy_ratio" and part != case.worst(metric):
                continue
            found = _capacity(case, run, metric, part, 1.0, fitted)
            if found is not None:
                yield found
    for metric, names in COUNTED.items():
        limits = [case.limit(name) for name in names]
        if case.has(metric) and all(limits):
            top = math.prod(limit.value for limit in limits if limit)
            found = _capacity(case, run, metric, "", top, fitted)
            if found is not None:
                yield found


def _capacity(
    case: Case, run: Run, metric: str, part: str, top: float, fitted: Flags
) -> Capacity | None:
    used = _used(case, metric, part) / top
    known = fitted & np.isfinite(used) & np.isfinite(run.throughput_per_s)
    x, u = run.throughput_per_s[known], used[known]
    if x.size < FEWEST or x.max() <= 0 or x.max() < LEAST_SPREAD * max(x.min(), 1e-9):
        return None
    idle = mean(used, run.windows.idle)
    demand, base = _line(x, u, idle)
    if demand * x.max() < NEGLIGIBLE:
        return None
    full = (1 - base) / demand
    draws = _bootstrap(x, u, idle)
    low, high = (float(q) for q in np.quantile(draws, (0.025, 0.975))) if draws.size else (NAN, NAN)
    busiest = held(used, run.windows.after)
    plateau = run.load.throughput_max_per_s if run.load else NAN
    where = f" ({part})" if part else ""
    says = (
        f"{METRICS[metric].resource}{where}: {show(busiest, 'ratio')} used; by its use before, "
        f"full at {show(full, '1/s')}; the run reached {show(plateau, '1/s')}"
    )
    return Capacity(
        case.component.name,
        METRICS[metric].resource,
        demand,
        full,
        (low, high),
        busiest,
        says,
        case.cite(metric, part),
        metric,
        part,
    )


def _used(case: Case, metric: str, part: str) -> Array:
    """The values; of connections, also those that a proxy holds to the next tier."""
    values = case.values(metric, part)
    if metric != "nginx.active_connections" or not case.has("http.upstream_s"):
        return values
    return values + np.nan_to_num(case.values("nginx.writing"))


def _line(x: Array, u: Array, idle: float) -> tuple[float, float]:
    """Demand and baseline; the baseline is what stood there idle, where it was measured."""
    if math.isnan(idle):
        demand, base = np.polyfit(x, u, 1)
        return float(demand), float(base)
    weight = float((x * x).sum())
    return float((x * (u - idle)).sum()) / weight, idle


def _bootstrap(x: Array, u: Array, idle: float) -> Array:
    """Throughputs at which redrawn readings would be full; seeded, so that reports repeat."""
    random = np.random.default_rng(0)
    out = []
    for _ in range(DRAWS):
        pick = random.integers(0, x.size, x.size)
        if np.ptp(x[pick]) > 0:
            demand, base = _line(x[pick], u[pick], idle)
            if demand > 0:
                out.append((1 - base) / demand)
    return np.array(out)
