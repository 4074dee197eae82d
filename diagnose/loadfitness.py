"""Was the load itself what it was meant to be: its rate held, raised, and not given up?"""

from __future__ import annotations

import math

import numpy as np

from diagnose.case import Run, weighted
from diagnose.metrics import message
from diagnose.model import Fitness, LoadSummary
from diagnose.staircase import Axis, LoadLevel
from diagnose.units import show, times

HELD = 0.95  # of the rate that was asked for (a choice)
WAITED = 2.0  # times the first tier's response time: requests waited to be sent (a choice)
STOOD = 1.1  # times the users at the lowest tenth, at the highest: they stood still (a choice)
FEWEST_INTERVALS = 10  # that acquit (a choice)
GAVE_UP = message("generator", "gave_up")


def rate_held(run: Run) -> Fitness | None:
    """Whether requests were sent, and answered, at the rate that was asked for."""
    load = run.load
    if load is None:
        return None
    if math.isnan(load.offered_per_s) and run.steps is None:
        return _waited(run)
    asked, reached = _asked(run)
    known = [(a, r) for a, r in zip(asked, reached, strict=True) if a > 0 and not math.isnan(r)]
    if not known:
        return None
    missed = [(a, r) for a, r in known if r < HELD * a]
    if not missed:
        return Fitness("rate_held", True, f"the rate was held, up to {show(known[-1][0], '1/s')}")
    asked_s, reached_s = missed[0]
    more = " and more" if len(missed) > 1 else ""
    says = (
        f"the rate was not held: {show(asked_s, '1/s')}{more} was asked for, and "
        f"{show(reached_s, '1/s')} was reached ({show(reached_s / asked_s, 'ratio')}); "
    )
    return Fitness("rate_held", False, says + _meaning(run))


def _waited(run: Run) -> Fitness | None:
    """Times from when a request was due, far longer than the first tier's: it was sent late."""
    load = run.load
    if load is None or not load.from_due or load.timed:
        return None
    there_s = weighted(run.latency_s, run.throughput_per_s, run.windows.load)
    if not load.mean_s >= WAITED * there_s:
        return None
    says = (
        f"the rate was not held: {load.tool} took {show(load.mean_s, 's')} a request from when it "
        f"was due, and the first tier {show(there_s, 's')} from when it came; "
    )
    return Fitness("rate_held", False, says + _meaning(run))


def missed_its_rate(checks: tuple[Fitness, ...]) -> Fitness | None:
    """The check of the rate, where it failed."""
    return next((c for c in checks if c.check == "rate_held" and c.ok is False), None)


def _asked(run: Run) -> tuple[list[float], list[float]]:
    """Rates that were asked for and reached, level by level."""
    load = run.load
    if load is None:
        return [], []
    if run.steps is not None and run.steps.axis is Axis.RATE:
        levels = run.steps.levels
        sent = [_sent(s.requests, s.duration_s, _longest(s), load) for s in levels]
        return [s.offered_per_s for s in levels], sent
    if math.isnan(load.offered_per_s):
        return [], []
    longest = next((t for t in (load.p99_s, 2 * load.mean_s) if not math.isnan(t)), 0.0)
    return [load.offered_per_s], [_sent(load.requests, load.duration_s, longest, load)]


def _longest(level: LoadLevel) -> float:
    return next((t for t in (level.p99_s, 2 * level.mean_s) if not math.isnan(t)), 0.0)


def _sent(requests: float, duration_s: float, longest_s: float, load: LoadSummary) -> float:
    """Requests a second while they were sent: an open model waits for its last answers."""
    if load.open_model and not load.from_due:
        duration_s -= min(longest_s, 0.5 * duration_s)
    return requests / duration_s if duration_s > 0 else math.nan


def _meaning(run: Run) -> str:
    """What a missed rate does to response times, by how they were taken."""
    assert run.load is not None
    if run.load.from_due:
        return (
            "response times count from when a request was due, so they hold its wait at the "
            "generator as well, and grow with the length of the run: they are no times of a server"
        )
    if run.load.open_model:
        return "what could not be sent in time waited at the generator, and no response time has it"
    return (
        "a capped closed model: requests waited for their connection, and response times do not "
        "have that wait"
    )


def load_rose(run: Run) -> Fitness | None:
    """Whether there was more than one level of load to compare (closed model)."""
    if run.steps is not None or run.load is None or run.load.open_model:
        return None
    if not run.load.timed:
        return None
    users = run.users[run.windows.load & np.isfinite(run.users)]
    users = users[users.size // 10 : users.size - users.size // 10]
    if users.size < 5 or not users.min() > 0 or users.max() > STOOD * users.min():
        return None
    says = (
        f"the load stood at {show(float(np.median(users)))} users from first to last: what more "
        "users would bring is not known"
    )
    return Fitness("load_rose", None, says)


def fine_enough(run: Run) -> Fitness | None:
    """Whether the load is told in intervals enough for a turn to show."""
    if run.steps is not None or run.load is None or not run.load.intervals:
        return None
    if not np.isfinite(run.latency_s).any():
        says = f"{run.load.tool} tells no response times in the course of this load"
        return Fitness("load_told_finely", None, says)
    if run.load.intervals >= FEWEST_INTERVALS:
        return None
    says = (
        f"{run.load.tool} tells the load in {run.load.intervals} intervals: a turn that is not "
        "seen in them may be there"
    )
    return Fitness("load_told_finely", None, says)


def too_coarse(checks: tuple[Fitness, ...]) -> Fitness | None:
    """That check, where it did not pass."""
    return next((c for c in checks if c.check == "load_told_finely"), None)


def ran_to_its_end(run: Run) -> Fitness | None:
    """Whether the generator gave up by itself."""
    for case in run.cases.values():
        total = case.total_of_parts(GAVE_UP)
        if total > 0:
            says = f"the load generator gave up ({times(total)}): after that there was no load"
            return Fitness("ran_to_its_end", False, f"{says}; {case.cite(GAVE_UP)}")
    return None


def stood_still(checks: tuple[Fitness, ...]) -> bool:
    """Whether one level of load is all there is."""
    return any(check.check == "load_rose" and check.ok is not True for check in checks)
