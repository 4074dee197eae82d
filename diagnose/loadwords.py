"""What the load says by itself: levels and their knee, a summary without a course in time."""

from __future__ import annotations

import math

from diagnose.case import Run
from diagnose.model import LoadSummary
from diagnose.plugins import best_command
from diagnose.staircase import FEWEST, Axis, Knee, LoadLevel, Staircase
from diagnose.units import show

SLOWER_AT_ALL = 1.15  # times the response time before: less is not worth a word
WORSE = 0.01  # share of requests


def knee_says(steps: Staircase) -> str:
    """The knee in words; "" without one."""
    knee = steps.knee
    if knee is None:
        return ""
    parts = [_stopped(steps, knee), _slower(steps, knee), _failing(steps, knee)]
    return "; ".join(part for part in parts if part)


def _stopped(steps: Staircase, knee: Knee) -> str:
    if knee.flat is None:
        return ""
    most, at = show(knee.plateau_per_s, "1/s"), load_of(steps, steps.levels[knee.flat])
    what = "good responses" if any(s.failures > 0 for s in steps.levels) else "throughput"
    if knee.flat == 0:
        return f"{what} did not grow at all from {at} on, and stood at {most}"
    if steps.axis is Axis.RATE:
        return f"{what} stopped growing at {most}, with {at} and more"
    return f"{what} stopped growing at {most} from {at} on"


def _slower(steps: Staircase, knee: Knee) -> str:
    if not knee.after_s >= SLOWER_AT_ALL * knee.before_s:
        return ""
    top = load_of(steps, steps.levels[-1])
    return (
        f"response time rose from {show(knee.before_s, 's')} to {show(knee.after_s, 's')} at {top}"
    )


def _failing(steps: Staircase, knee: Knee) -> str:
    if not knee.failed_after >= knee.failed_before + WORSE:
        return ""
    before, after = show(knee.failed_before, "ratio"), show(knee.failed_after, "ratio")
    return f"failures rose from {before} to {after} of all requests"


def load_of(steps: Staircase, level: LoadLevel) -> str:
    """The load of a level, in words."""
    if steps.axis is Axis.USERS:
        users = steps.load_of(level)
        return f"{show(round(users) if users >= 1 else users)} {'user' if users < 1.5 else 'users'}"
    return f"{show(steps.load_of(level), '1/s')} asked for"


def followed(steps: Staircase) -> bool:
    """Whether there are levels enough, and nothing turned at any of them."""
    told = all(level.told or steps.axis is Axis.USERS for level in steps.levels)
    return steps.knee is None and len(steps.levels) >= FEWEST and told


def levels_alone(run: Run) -> str:
    """What levels tell where nothing turned in time, or no time is known."""
    steps = run.steps
    assert steps is not None
    top = f"{load_of(steps, steps.levels[-1])} and {show(steps.levels[-1].throughput_per_s, '1/s')}"
    if steps.knee is None and len(steps.levels) < FEWEST:
        return f"Up to {top} throughput followed the load; three levels or more would tell."
    if steps.knee is None:
        return (
            f"{steps.tool} does not tell the rates that were asked for, so whether they were held, "
            f"up to {top}, cannot be told."
        )
    return f"{capital(knee_says(steps))}; {whose_limit(run)}."


def whose_limit(run: Run) -> str:
    """Why the levels alone accuse nobody."""
    servers = [c for c in run.cases.values() if c.component.role != "load_generator"]
    if all(case.is_mute for case in servers):
        return "nothing of the servers was collected, so which of them is the limit cannot be told"
    if run.load is not None and not run.load.started:
        return (
            "when it was is not known, so what was collected of the servers cannot be laid beside"
        )
    return "nothing that was measured explains it"


def summary_alone(load: LoadSummary) -> str:
    """What a tool's summary tells, and what its user has to ask for to have more."""
    known = [f"{show(load.requests)} requests"] if not math.isnan(load.requests) else []
    if not math.isnan(load.throughput_max_per_s):
        known.append(show(load.throughput_max_per_s, "1/s"))
    for name, value in (("mean", load.mean_s), ("p95", load.p95_s)):
        known += [f"{name} {show(value, 's')}"] if not math.isnan(value) else []
    if load.failures > 0:
        known.append(f"{show(load.failures / load.requests, 'ratio')} failed")
    told = f"{load.tool} wrote a summary only ({', '.join(known)})"
    best = best_command(load.tool)
    more = f" To see that: {best}." if best else ""
    return f"{told}: without a course in time it cannot be told where the load turned.{more}"


def log_alone(load: LoadSummary, reached: str) -> str:
    """What a first tier's log tells, where no tool tells of the course of the load."""
    calm = f"In {load.source} neither response times nor failures turned, up to {reached}"
    if not load.tool:
        return f"{calm}; what users felt cannot be told without the load tool's own result."
    best = best_command(load.tool)
    more = f" To have it told: {best}." if best else ""
    return f"{calm}; {load.tool} wrote a summary only, so when users felt what is not known.{more}"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
