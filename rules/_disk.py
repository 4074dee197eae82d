"""Whether a disk is at its limit: what the rules on disks share. No rule."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.units import show

from ._levels import earliest, off_path, stays_above, steady
from ._shares import barely_gained

UTIL, QUEUE = "disk.util_ratio", "disk.queue_length"
AWAITS = ("disk.await_s", "disk.read_await_s", "disk.write_await_s")
READS, WRITES = "disk.reads_per_s", "disk.writes_per_s"
PRESSURE = "disk.pressure_some_ratio"
FULL = 0.95  # Performance Co-Pilot, pmieconf per_disk.util; netdata alarms at 98 %
QUEUED = 2.0  # one in service and one that waits (a choice; Gregg, USE: avgqu-sz > 1)
SLOWER = 3.0  # times the calm time of a request at the disk (a choice)
LEAST_S = 0.002  # a request that takes less waits for nobody (a choice)
SLOW_S = 0.010  # slow where no calm time is known: a seek of a turning disk (a choice)
PRESSED = 0.5  # of the time some task waited for the disk (a choice; 10 % in a healthy run)
FLAT = 0.15  # relative spread of a rate that stands still (a choice)
FEWEST_PER_S = 20.0  # a rate below it is no cap that anybody sells (a choice)
NEEDS = (UTIL, " | ".join((QUEUE, *AWAITS)))
HOW = "iostat -xz 1, or sar -d 1; /proc/pressure/io each second"


@dataclass(frozen=True, slots=True)
class Slow:
    """A device whose requests wait: a queue that grew, and a time that grew with it."""

    device: str
    queue: float
    metric: str  # the await that grew most
    calm_s: float
    await_s: float

    @property
    def times(self) -> float:
        """How many times as long as at ease; NaN where no calm time is known."""
        return self.await_s / self.calm_s if self.calm_s > 0 else math.nan

    @property
    def is_slow(self) -> bool:
        if math.isnan(self.times):
            return self.await_s >= SLOW_S
        return self.times >= SLOWER and self.await_s >= LEAST_S

    @property
    def says(self) -> str:
        if math.isnan(self.times):
            return f"a request there takes {show(self.await_s, 's')}"
        return f"a request there takes {show(self.times)} times as long as at ease"


def slow_devices(case: Case) -> list[Slow]:
    """Devices with a queue of two or more and three times the calm time a request."""
    devices = dict.fromkeys(p for m in (UTIL, QUEUE, *AWAITS) for p in case.signals(m))
    found = []
    for device in devices:
        slow = _slow(case, device)
        queued = slow.queue >= QUEUED or math.isnan(slow.queue)
        if queued and slow.is_slow and not steady(case, QUEUE, device):
            found.append(slow)
    return found


def _slow(case: Case, device: str) -> Slow:
    calm = {m: _calm(case, m, device) for m in AWAITS}
    late = {m: case.held(m, device) for m in AWAITS}
    ratio = {m: late[m] / calm[m] if calm[m] > 0 else -math.inf for m in AWAITS}
    rank = ratio if any(r > 0 for r in ratio.values()) else late
    worst = max(AWAITS, key=lambda m: -math.inf if math.isnan(rank[m]) else rank[m])
    return Slow(device, case.held(QUEUE, device), worst, calm[worst], late[worst])


def _calm(case: Case, metric: str, device: str) -> float:
    """The time of a request while the disk was at ease: lower quartile, before the symptom."""
    values = case.values(metric, device)
    values = values[(case.run.windows.idle | case.run.windows.before) & (values > 0)]
    return float(np.quantile(values, 0.25)) if values.size else math.nan


def saturated(case: Case) -> Slow | None:
    """The slowest device that is busy all the time, and was not before the load."""
    full = [
        s
        for s in slow_devices(case)
        if stays_above(case, UTIL, FULL, s.device) and not steady(case, UTIL, s.device)
    ]
    return max(full, key=lambda s: s.await_s, default=None)


def fixed_rate(case: Case) -> tuple[Slow, float] | None:
    """A device whose requests wait while their rate stands still, and that rate."""
    for slow in slow_devices(case):
        rate = case.values(READS, slow.device) + case.values(WRITES, slow.device)
        late = rate[case.run.windows.after]
        late = late[np.isfinite(late)]
        if late.size < 4 or np.median(late) < FEWEST_PER_S:
            continue
        low, high = np.quantile(late, (0.25, 0.75))
        if (high - low) / np.median(late) <= FLAT:
            return slow, float(np.median(late))
    return None


def evidence(case: Case, slow: Slow) -> list[Evidence]:
    """Use, queue, time and pressure, with their numbers before and after."""
    device = slow.device
    moved = f"{show(slow.calm_s, 's')} at ease, {show(slow.await_s, 's')} now"
    seen = [case.note(f"a request at {device} takes {moved}", slow.metric, device, slow.await_s)]
    seen += [case.rise(m, device) for m in (UTIL, QUEUE) if case.signal(m, device)]
    if case.held(PRESSURE) >= PRESSED:
        seen.append(case.rise(PRESSURE))
    capped = fixed_rate(case)
    if capped and capped[0].device == device:
        says = f"{device} does {show(capped[1])} requests a second and no more"
        seen.append(case.note(says, READS, device, capped[1]))
    return seen


def onset_s(case: Case, slow: Slow) -> float:
    """When it was first full, or first slow."""
    return earliest(
        case.onset_s(UTIL, slow.device, above=FULL),
        case.onset_s(slow.metric, slow.device, above=SLOWER * slow.calm_s),
    )


def strength(slow: Slow) -> float:
    """How far past the threshold: 1 at twice of it."""
    return 0.5 if math.isnan(slow.times) else min(1.0, slow.times / (2 * SLOWER))


def judge_saturated(case: Case, experiment: Experiment, fix: str) -> Outcome:
    """Busy all the time with a queue and slower requests: a mechanism. Else cleared."""
    slow = saturated(case)
    if slow is None or off_path(case):
        return cleared(case)
    return case.finding(
        "disk",
        f"{slow.device} is busy all the time, and {slow.says}",
        Place.INSIDE,
        evidence=tuple(evidence(case, slow)),
        onset_s=onset_s(case, slow),
        grows_with_load=case.grows_with_load(UTIL, slow.device),
        strength=strength(slow),
        experiment=experiment,
        fix=fix,
        against=barely_gained(case, Place.INSIDE, Place.FRONT),
    )


def cleared(case: Case) -> Cleared | CannotTell:
    """The busiest device with its numbers."""
    device = case.worst(UTIL)
    use, name = case.held(UTIL, device), case.component.name
    if math.isnan(use):
        return CannotTell(name, "disk", (UTIL,))
    slow = _slow(case, device)
    known = [f"{device} {show(use, 'ratio')} busy"]
    if not math.isnan(slow.await_s):
        known.append(f"{show(slow.await_s, 's')} a request")
    if not math.isnan(slow.queue):
        known.append(f"{show(slow.queue)} queued")
    if steady(case, UTIL, device) and use >= FULL:
        known.append("the same before the load")
    return Cleared(name, "disk", ", ".join(known), case.cite(UTIL, device))
