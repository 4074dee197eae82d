"""What the load says by itself: levels and their knee, a summary without a course in time."""

from __future__ import annotations

import math

from diagnose.case import Run
from diagnose.loadfitness import missed_its_rate
from diagnose.model import Fitness, LoadSummary
from diagnose.plugins import best_command
from diagnose.staircase import FEWEST, Axis, Knee, LoadLevel, Staircase
from diagnose.units import show

SLOWER_AT_ALL = 1.15  # times the response time before: less is not worth a word
WORSE = 0.01  # share of requests
MOSTLY_FAILED = 0.95  # share of requests: no load, a fault (a choice)


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
        low = steps.levels[0]
        first = f"{load_of(steps, low)} brought {show(low.throughput_per_s, '1/s')}"
        then = (
            f"{load_of(steps, steps.levels[-1])} {show(steps.levels[-1].throughput_per_s, '1/s')}"
        )
        return capital(f"{first}, {then}: two levels show no knee; three or more would.")
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


def summary_alone(load: LoadSummary, checks: tuple[Fitness, ...]) -> str:
    """What a tool's summary tells, and what its user has to ask for to have more."""
    told = f"{load.tool} wrote a summary only ({', '.join(_known(load))})"
    says = f"{told}: without a time series no inflection can be found."
    missed = missed_its_rate(checks)
    says += f" {capital(missed.says)}." if missed else ""
    return f"{says}{_to_find_it(load)}"


def mostly_failed(load: LoadSummary) -> str:
    """What is to be said of a load that hardly got a good response; "" of any other."""
    if not load.failures >= MOSTLY_FAILED * load.requests > 0:
        return ""
    count = f"{show(load.failures)} of {show(load.requests)} requests"
    return f"{count} failed{_how(load)}: that tells of no load. Mend it, and run it again."


def _known(load: LoadSummary) -> list[str]:
    """Counts, throughput, times and failures, as far as they are known."""
    known = [f"{show(load.requests)} requests"] if not math.isnan(load.requests) else []
    if not math.isnan(load.throughput_max_per_s):
        known.append(show(load.throughput_max_per_s, "1/s"))
    for name, value in (("mean", load.mean_s), ("p95", load.p95_s)):
        known += [f"{name} {show(value, 's')}"] if not math.isnan(value) else []
    if load.failures > 0:
        known.append(f"{show(load.failures / load.requests, 'ratio')} failed")
    return known


def _how(load: LoadSummary) -> str:
    """The most frequent failure in the tool's own words."""
    most = max(load.errors, key=lambda e: e.count, default=None)
    return f" ({most.text})" if most is not None and most.text else ""


def _to_find_it(load: LoadSummary) -> str:
    best = best_command(load.tool)
    return f" To find it: {best}." if best else ""


def log_alone(load: LoadSummary, reached: str, checks: tuple[Fitness, ...]) -> str:
    """What a first tier's log tells, where no tool tells of the course of the load."""
    if not load.tool:
        return (
            f"In {load.source} neither response times nor failures turned, up to {reached}; "
            "what users felt cannot be told without the load tool's own result."
        )
    missed = missed_its_rate(checks)
    if missed is not None:
        return f"{capital(missed.says)}. {load.tool} wrote no time series.{_to_find_it(load)}"
    return (
        f"Neither response times nor failures turned in the first tier's log, up to {reached}; "
        f"{load.tool} wrote a summary only, and what users felt when is not known."
        f"{_to_find_it(load)}"
    )


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
