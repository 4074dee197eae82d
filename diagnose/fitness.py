"""Is the run fit to judge? Each check is told before any server is accused."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from diagnose.case import Run, mean
from diagnose.collection import Collection
from diagnose.grid import Grid
from diagnose.loadfitness import fine_enough, load_rose, ran_to_its_end, rate_held
from diagnose.model import Component, Finding, Fitness
from diagnose.staircase import LoadLevel, Staircase
from diagnose.units import show

SHORTEST_S = 30.0  # of load, for before and after to be told apart (a choice)
SHORTEST_LEVEL_S = 10.0  # of a level, that its start does not rule it (a choice)
FEWEST_REQUESTS = 100  # for a mean to be told from chance (a choice)
EARLY_FAILED = 0.15  # share of the first requests (k6 Performance Insights)
EARLY_NOTED = 0.01  # a smaller share is worth saying (a choice)
COARSEST = 0.25  # sampling interval against the shorter of before and after (a choice)
CLOCK_ERROR_S = 0.5  # clocks known no better than half a sampling interval (a choice)
RECORDER_COST = 0.05  # of one core, that measuring may cost a host (a choice)
THINK_DRIFT = 1.5  # the generator's own time per user may grow by this factor (a choice)


def checks(run: Run, grid: Grid, generator: list[Finding]) -> tuple[Fitness, ...]:
    """All checks, in the order in which they matter."""
    return tuple(
        check
        for check in (
            _generator(run, generator),
            _littles_law(run),
            _length(run, grid) if run.load else None,
            _errors_from_the_start(run, grid),
            rate_held(run),
            load_rose(run),
            fine_enough(run),
            ran_to_its_end(run),
            _sampling(run, grid),
            _model(run),
            _clocks(run.topology.components, grid),
            _recorder(run.collection),
        )
        if check is not None
    )


def _generator(run: Run, findings: list[Finding]) -> Fitness:
    name = "load_generator_saturated"
    if findings:
        says = f"the load generator was a limit itself: {findings[0].says}"
        return Fitness(name, False, says)
    cases = [c for c in run.cases.values() if c.component.role == "load_generator"]
    measured = [c for c in cases if c.has("cpu.busy_ratio") or c.has("cpu.core_busy_ratio")]
    told = [c for c in cases if c.has("message.generator.cpu_high_per_s")]
    if not measured and not told:
        return Fitness(name, None, "the load generator's own CPU was not measured")
    case = (measured or told)[0]
    core = max(
        (case.held("cpu.core_busy_ratio", p) for p in case.signals("cpu.core_busy_ratio")),
        default=math.nan,
    )
    busy = case.held("cpu.busy_ratio")
    if math.isnan(busy) and math.isnan(core):
        return Fitness(name, True, "the load generator gave no warning about its CPU")
    says = f"the load generator had room: CPU {show(busy, 'ratio')}"
    return Fitness(
        name, True, says + ("" if math.isnan(core) else f", its busiest core {show(core, 'ratio')}")
    )


def _littles_law(run: Run) -> Fitness | None:
    """users = throughput x (response time + think time): think time must not grow by itself."""
    name = "littles_law"
    if not np.isfinite(run.users).any() or not np.isfinite(run.latency_s).any():
        return None
    steady = run.windows.load & (run.users > 0) & (run.throughput_per_s > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        think = run.users / run.throughput_per_s - run.latency_s
    settled = steady & (run.grid_s > 0.2 * run.grid_s[run.windows.load].max())
    before = mean(think, settled & run.windows.before)
    after = mean(think, settled & run.windows.after)
    if math.isnan(before) or math.isnan(after) or before <= 0:
        return None
    latency = mean(run.latency_s, run.windows.after)
    grown = after - before
    if after > THINK_DRIFT * before and grown > 0.5 * latency:
        return Fitness(
            name,
            False,
            f"users = throughput × (response + think time) broke: {show(grown, 's')} a round are "
            "missing from what the generator measured; look for a generator that cannot keep up",
        )
    return Fitness(
        name,
        True,
        f"users = throughput × (response + think time) holds; think time {show(after, 's')}",
    )


def _length(run: Run, grid: Grid) -> Fitness | None:
    name = "long_enough"
    if run.steps is not None:
        return _levels_long_enough(run.steps)
    requests = run.load.requests if run.load else 0
    if not np.isfinite(run.throughput_per_s).any():  # a summary tells of no before and after
        return None
    if grid.load_s < SHORTEST_S or requests < FEWEST_REQUESTS:
        return Fitness(
            name,
            False,
            f"{show(grid.load_s, 's')} of load with {show(requests)} requests is too little to "
            f"tell before from after; run {SHORTEST_S:.0f} s or more",
        )
    return Fitness(name, True, f"{show(grid.load_s, 's')} of load, {show(requests)} requests")


def _levels_long_enough(steps: Staircase) -> Fitness:
    """Levels are compared with each other, so each has to settle."""
    lengths = [level.duration_s for level in steps.levels if level.duration_s > 0]
    count = f"{len(steps.levels)} levels of load"
    if not lengths:
        return Fitness("long_enough", None, f"{count}; how long they lasted is not told")
    shortest = f"the shortest lasted {show(min(lengths), 's')}"
    if min(lengths) < SHORTEST_LEVEL_S:
        says = (
            f"{count}, and {shortest}: the start of each weighs much; {SHORTEST_S:.0f} s is better"
        )
        return Fitness("long_enough", None, says)
    return Fitness("long_enough", True, f"{count}; {shortest}")


def _errors_from_the_start(run: Run, grid: Grid) -> Fitness | None:
    if run.steps is not None:
        return _errors_at_the_lowest_load(run.steps.levels[0])
    early = run.windows.load & (run.grid_s < max(3.0, 0.1 * grid.load_s))
    requests, failures = mean(run.throughput_per_s, early), mean(run.failures_per_s, early)
    if math.isnan(requests) or math.isnan(failures) or requests <= 0:
        return None
    share = failures / requests
    if share >= EARLY_FAILED:
        says = f"{show(share, 'ratio')} of the first requests failed already: that is not the load"
        return Fitness("no_errors_from_the_start", False, says)
    ok = None if share >= EARLY_NOTED else True
    says = f"{show(share, 'ratio')} of the first requests failed"
    return Fitness("no_errors_from_the_start", ok, says)


def _errors_at_the_lowest_load(level: LoadLevel) -> Fitness | None:
    share, name = level.failed_ratio, "no_errors_from_the_start"
    if math.isnan(share):
        return None
    says = f"{show(share, 'ratio')} of the requests failed at the lowest load"
    if share >= EARLY_FAILED:
        return Fitness(name, False, f"{says} already: that is not the load")
    return Fitness(name, None if share >= EARLY_NOTED else True, says)


def _sampling(run: Run, grid: Grid) -> Fitness | None:
    """Host signals must be finer than the windows that they are compared over."""
    intervals = {
        name: max(
            (
                s.interval_s
                for metric in ("cpu.busy_ratio", "disk.util_ratio", "nic.rx_packets_per_s")
                for s in case.signals(metric).values()
                if not math.isnan(s.interval_s)
            ),
            default=math.nan,
        )
        for name, case in run.cases.items()
    }
    known = {name: i for name, i in intervals.items() if not math.isnan(i)}
    if not known:
        return None
    name, coarsest = max(known.items(), key=lambda pair: pair[1])
    at_s = run.inflection.at_s if run.inflection else grid.load_s / 2
    shorter = min(at_s, grid.load_s - at_s)
    if coarsest > COARSEST * shorter:
        return Fitness(
            "sampled_finely_enough",
            False,
            f"{name} was sampled every {show(coarsest, 's')}, and the shorter side of the "
            f"inflection lasted {show(shorter, 's')}; sample every second",
        )
    return Fitness(
        "sampled_finely_enough", True, f"the coarsest host signal: every {show(coarsest, 's')}"
    )


def _model(run: Run) -> Fitness | None:
    """Whether the generator waits for responses, and so leaves out what it did not send then."""
    load = run.load
    if load is None or load.open_model is None:
        return None
    who = load.tool.partition(" ")[0] or "the generator"
    if load.from_due:
        says = f"{who} counts response times from when a request was due: none is left out"
        return Fitness("open_model", True, says)
    if load.open_model:
        says = f"{who} did not wait for responses before it sent more (open model)"
        return Fitness("open_model", True, says)
    return Fitness(
        "open_model",
        None,
        f"{who} waits for each response (closed model): while servers stall it sends nothing, so "
        "its percentiles leave out what others would have waited (coordinated omission)",
    )


def _clocks(components: tuple[Component, ...], grid: Grid) -> Fitness | None:
    offsets = {c.name: c.clock_offset_s for c in components}
    known = {n: o for n, o in offsets.items() if not math.isnan(o)}
    unmeasured = sorted(set(offsets) - set(known))
    if not known:
        return Fitness(
            "clocks_agree",
            None,
            "clock offsets between the hosts were not measured: who began first is taken with care",
        )
    worst, offset = max(known.items(), key=lambda pair: abs(pair[1]))
    says = f"the largest clock offset, {show(offset, 's')} at {worst}, was taken out"
    errors = {c.name: c.clock.error_s for c in components if c.clock}
    unsure, error = max(
        ((n, e) for n, e in errors.items() if e > 0), key=lambda pair: pair[1], default=("", 0.0)
    )
    if unsure:
        says += f"; clocks were read to ± {show(error, 's')} or better"
        says += f" (worst at {unsure})" if error > CLOCK_ERROR_S else ""
    vague = unmeasured or error > CLOCK_ERROR_S
    return Fitness("clocks_agree", None if vague else True, says)


def _recorder(told: Collection | None) -> Fitness | None:
    """What measuring cost the hosts that were measured."""
    costs = {h.component: h.recorder_ratio for h in told.hosts} if told else {}
    known = {name: cost for name, cost in costs.items() if not math.isnan(cost)}
    if not known:
        return None
    worst, cost = max(known.items(), key=lambda pair: pair[1])
    says = f"the recorder used {show(cost, 'ratio')} of a core at {worst}"
    if cost > RECORDER_COST:
        hint = "set interval_s in [collect] higher, or take that off what you read of its CPU"
        return Fitness("recorder_is_light", False, f"{says}: {hint}")
    more = ", and less elsewhere" if len(known) > 1 else ""
    return Fitness("recorder_is_light", True, says + more)


def failed_from_the_start(found: tuple[Fitness, ...]) -> bool:
    """Whether so much failed from the first request on that the load hardly showed."""
    return any(f.ok is False and f.check == "no_errors_from_the_start" for f in found)


def unfit(found: tuple[Fitness, ...]) -> Iterator[Fitness]:
    """Checks that failed and forbid a verdict on servers."""
    return (f for f in found if f.ok is False and f.check in ("long_enough",))
