"""Rule: a router's processor is busy passing packets on."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import CARRIERS, CannotTell, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._levels import stays_above, steady

SOFTIRQ, BUSY = "cpu.softirq_ratio", "cpu.busy_ratio"
FORWARDED = "ip.forwarded_per_s"
FULL = 0.80  # of all cores in soft interrupts; a router so busy drops (a choice)


@rule(
    resource="cpu",
    roles=CARRIERS,
    needs=(SOFTIRQ,),
    pattern="R06",
    how_to_collect="vmstat 1 and /proc/stat each second on the router, or sar -u ALL 1",
)
def router_is_busy_passing_packets_on(case: Case) -> Outcome:
    """A router's processor is busy passing packets on.

    What it says:
        The processors of a router or switch spent 80 % and more of their time in soft
        interrupts, that is in forwarding, filtering and translating addresses.

    Why it matters:
        It passes so many packets a second and no more, whatever their size; every tier
        behind it idles.

    How it decides:
        Time in soft interrupts over all cores, held for a third of the time after the
        inflection, and not before the load. It clears only where even one core, had it
        done all of it alone, would have had room.

    What fools it:
        Hardware that forwards without the processor shows nothing here, and a container's
        soft interrupts are billed elsewhere: none counted is not measured. The mean over
        many cores hides one that is full.

    Source:
        https://docs.kernel.org/networking/scaling.html; 80 % is a choice
    """
    name, level = case.component.name, case.held(SOFTIRQ)
    cores = case.limit("cpu.count")
    moved = case.rise(SOFTIRQ)
    says = f"{show(level, 'ratio')} of all processor time goes to soft interrupts"
    if stays_above(case, SOFTIRQ, FULL) and not steady(case, SOFTIRQ):
        return _found(case, level, says)
    if level == 0 and case.after(FORWARDED) > 0:
        return CannotTell(name, "cpu", ("soft interrupts: none counted, though it forwards",))
    alone = level * (cores.value if cores else math.nan)
    if stays_above(case, SOFTIRQ, FULL) or alone < FULL:
        return Cleared(name, "cpu", says, moved.source)
    return CannotTell(name, "cpu", ("soft interrupts by core (mpstat -P ALL 1)",))


def _found(case: Case, level: float, says: str) -> Outcome:
    return case.finding(
        "cpu",
        says,
        Place.PATH,
        evidence=(
            case.rise(SOFTIRQ),
            *(case.rise(m) for m in (BUSY, FORWARDED) if case.has(m)),
        ),
        onset_s=case.onset_s(SOFTIRQ, above=FULL),
        grows_with_load=case.grows_with_load(SOFTIRQ),
        strength=min(1.0, level),
        experiment=Experiment(
            do="send the same requests over kept-alive connections (fewer packets each), or put "
            "the load generator behind the router, and rerun at the plateau",
            if_this_is_it="more requests get through at the same packets per second",
            if_not="throughput stays: the router was busy and not the limit",
        ),
        fix="flow offload, fewer filter rules, fewer packets per request, or a faster router",
    )
