"""Clocks as they were measured while the run was collected → offsets from the reference clock.

All were read from one machine. The reference is the load generator's clock where that was
read: by it the load is told.
"""

from __future__ import annotations

import math
from dataclasses import replace

from diagnose.collection import Clock
from diagnose.manifest import HostClock, HostRecord, Manifest
from diagnose.model import Component, Topology
from diagnose.units import show

# ntpd and the kernel slew a clock by so much at most: what moved faster was set.
# Source: man adjtimex(2), "maximum frequency offset"; man ntpd(8)
FASTEST_PPM = 500.0
OWN = (
    "the load generator's clock was not read: all times are by the clock of the machine that "
    "collected the run"
)
WORTH_S = 0.01  # drift that moves nothing by so much is left alone (a choice: no log is finer)


def with_clocks(system: Topology, manifest: Manifest) -> tuple[Topology, list[str]]:
    """Components with the offsets that were measured, where the user gave none; and notes."""
    hosts = {name: host for host in manifest.hosts for name in host.components}
    generators = (c.name for c in system.components if c.role == "load_generator")
    whose = manifest.reference or next(generators, "")
    ours = hosts.get(whose)
    notes: list[str] = []
    if ours is None or math.isnan(ours.clock.offset_s):
        ours = None
        notes += [OWN] if any(not math.isnan(h.clock.offset_s) for h in manifest.hosts) else []
    out = []
    for component in system.components:
        host = hosts.get(component.name)
        if host is None or math.isnan(host.clock.offset_s):
            out.append(component)
        else:
            out.append(_measured(component, host, ours, notes))
    return replace(system, components=tuple(out)), notes


def _measured(
    component: Component, host: HostRecord, ours: HostRecord | None, notes: list[str]
) -> Component:
    """ours: whose clock is the reference; without one it is that of the collecting machine."""
    clock, same = host.clock, host is ours
    reference = ours.clock if ours else HostClock(0.0, 0.0, 0.0, 0.0, 0.0)
    offset_s = clock.offset_s - _offset_at(reference, clock.at_s)
    found = Clock(
        error_s=0.0 if same else clock.error_s + reference.error_s,
        at_s=clock.at_s + _offset_at(reference, clock.at_s),
        utc_offset_s=clock.utc_offset_s,
        zone=clock.zone,
    )
    if not same:
        found = _with_drift(component.name, found, clock, reference, notes)
    if not math.isnan(component.clock_offset_s):
        return replace(component, clock=Clock(utc_offset_s=clock.utc_offset_s, zone=clock.zone))
    return replace(component, clock_offset_s=0.0 if same else offset_s, clock=found)


def _offset_at(clock: HostClock, at_s: float) -> float:
    drift = 0.0 if math.isnan(clock.drift_ppm) else clock.drift_ppm
    return clock.offset_s + drift * 1e-6 * (at_s - clock.at_s)


def _with_drift(
    name: str,
    found: Clock,
    clock: HostClock,
    reference: HostClock,
    notes: list[str],
) -> Clock:
    """Drift where it is beyond its error and moves times by something that can be seen."""
    theirs = 0.0 if math.isnan(reference.drift_ppm) else reference.drift_ppm
    theirs_error = 0.0 if math.isnan(reference.drift_error_ppm) else reference.drift_error_ppm
    drift, error = clock.drift_ppm - theirs, clock.drift_error_ppm + theirs_error
    apart_s = _apart_s(clock)
    if not abs(drift) > error:
        return found
    if abs(drift) - error > FASTEST_PPM:
        set_s = drift * 1e-6 * apart_s
        notes.append(
            f"{name}: its clock was set by {show(set_s, 's')} while the run was collected; when "
            "is not known, so its times may be off by half of that"
        )
        return replace(found, error_s=found.error_s + abs(set_s) / 2, set_s=set_s)
    if abs(drift) * 1e-6 * apart_s / 2 < WORTH_S:
        return found
    notes.append(
        f"{name}: its clock drifts by {drift:+.0f} millionths (± {error:.0f}), which was taken out"
    )
    return replace(found, drift_ppm=drift)


def _apart_s(clock: HostClock) -> float:
    """Time between the readings at both ends, by the middle of each."""
    first, last = clock.begin, clock.end
    if not first or not last:
        return 0.0
    return (last[0].before_s + last[-1].after_s - first[0].before_s - first[-1].after_s) / 2
