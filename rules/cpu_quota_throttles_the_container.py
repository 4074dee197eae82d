"""Rule: a CPU quota cuts a container short."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import Cleared, Evidence, Experiment, Outcome
from diagnose.plugins import rule
from diagnose.units import show

from ._levels import home, off_path, stays_above, steady
from ._shares import barely_gained, time_grew

RATIO, SECONDS = "cpu.throttled_ratio", "cpu.throttled_s_per_s"
USED, QUOTA = "cpu.cgroup_usage_cores", "cpu.quota_cores"
MUCH = 0.25  # of periods: Grafana Sift, resource contentions
SOME = 0.05  # of periods, where requests spend more time here as well (a choice)
STALLED = 0.05  # seconds throttled per second (a choice)
TRY = Experiment(
    do="twice the quota (docker update --cpus, limits.cpu), the same load",
    if_this_is_it="throttling stops, and throughput rises",
    if_not="no throttling and the same throughput: look at what the container waits for",
)


@rule(
    resource="cpu",
    roles=("app",),
    where_measured=True,
    needs=(f"{RATIO} | {SECONDS}",),
    pattern="A02",
    how_to_collect="cat /sys/fs/cgroup/.../cpu.stat each second (nr_periods, nr_throttled, "
    "throttled_usec), and cpu.max",
)
def cpu_quota_throttles_the_container(case: Case) -> Outcome:
    """A CPU quota cuts a container short.

    What it says:
        In a quarter of the scheduler's periods or more, the tasks of a control group had
        used up their quota and were stopped until the next period.

    Why it matters:
        The host looks half idle, the container is at its limit. A request that is running
        when the quota is used up stands still for up to a tenth of a second.

    How it decides:
        Periods cut short, of all in which the group ran: a quarter or more, held, is a
        mechanism; a twentieth as well, where requests spend more time here. Seconds
        throttled per second serve where periods were not read.

    What fools it:
        A container that is throttled when idle, too, by short bursts (cleared with its
        number). A runtime that starts as many threads as the host has processors uses up a
        small quota in an instant. A pair of readings without a course says how much, and
        not when.

    Source:
        https://docs.kernel.org/scheduler/sched-bwc.html
        https://docs.kernel.org/admin-guide/cgroup-v2.html (cpu.stat, cpu.max)
        https://grafana.com/docs/grafana-cloud/machine-learning/sift/analyses/ (25 %)
    """
    hit = _throttled(case)
    if not hit or off_path(case):
        return Cleared(case.component.name, "cpu", _cleared(case))
    worst = max(hit, key=lambda e: e.value)
    return case.finding(
        "cpu",
        f"the CPU quota stops the container: {worst.says}",
        home(case),
        evidence=(*hit, *_quota(case)),
        onset_s=case.onset_s(worst.metric, worst.part, above=SOME),
        grows_with_load=case.grows_with_load(worst.metric, worst.part),
        strength=min(1.0, worst.value / MUCH),
        experiment=TRY,
        fix="a larger quota, or as many threads as the quota has processors (GOMAXPROCS)",
        against=barely_gained(case),
    )


def _throttled(case: Case) -> list[Evidence]:
    """Groups that were stopped often, and not before the load."""
    level = SOME if time_grew(case) and case.rungs() else MUCH
    found = []
    for metric, least in ((RATIO, level), (SECONDS, STALLED)):
        for part in case.signals(metric):
            lasts = stays_above(case, metric, least, part) and not steady(case, metric, part)
            if lasts:
                found.append(_note(case, metric, part, case.held(metric, part)))
            elif metric == SECONDS and _undated(case, part) >= STALLED:
                found.append(_note(case, metric, part, _undated(case, part)))
    return found


def _undated(case: Case, part: str) -> float:
    """Seconds throttled per second of load, from readings before and after it."""
    signal = case.signal(SECONDS, part)
    if signal is None or signal.dated:
        return math.nan
    window = case.run.grid_s[case.run.windows.load]
    return signal.total / float(window[-1] - window[0]) if window.size > 1 else math.nan


def _note(case: Case, metric: str, part: str, value: float) -> Evidence:
    whose = f" of {part}" if part else ""
    text = (
        f"{show(value, 'ratio')} of the periods{whose} cut short"
        if metric == RATIO
        else f"{show(value)} s a second{whose} throttled"
    )
    return case.note(text, metric, part, value)


def _quota(case: Case) -> list[Evidence]:
    limit = case.limit(QUOTA)
    used = case.held(USED, case.worst(USED))
    if limit is None:
        return []
    tail = "" if math.isnan(used) else f", of which {show(used)} are used"
    return [case.limit_note(f"the quota is {show(limit.value)} processors{tail}", limit)]


def _cleared(case: Case) -> str:
    part = case.worst(RATIO)
    if case.has(RATIO) and not math.isnan(case.held(RATIO, part)):
        return _note(case, RATIO, part, case.held(RATIO, part)).says
    total = case.total_of_parts(SECONDS)
    return f"{show(total, 's')} throttled while the load ran"
