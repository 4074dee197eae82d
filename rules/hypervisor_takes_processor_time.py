"""Rule: the hypervisor gives the processors of a host to others."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Cleared, Experiment, Outcome
from diagnose.plugins import rule
from diagnose.units import show

from ._levels import home, off_path, stays_above, steady
from ._shares import barely_gained

STEAL = "cpu.steal_ratio"
MUCH = 0.10  # netdata, health.d/cpu.conf (20min_steal_cpu: warns at 10 %, clears at 5 %)
TRY = Experiment(
    do="the same run on another host, or at another hour, or on a dedicated one",
    if_this_is_it="steal is gone, and the same load is served",
    if_not="the same limit without steal: look at this host's own work",
)


@rule(
    resource="cpu",
    needs=(STEAL,),
    pattern="A04",
    how_to_collect="sar -u 1, vmstat 1 (st)",
)
def hypervisor_takes_processor_time(case: Case) -> Outcome:
    """The hypervisor gives the processors of a host to others.

    What it says:
        For a tenth of the time or more after the inflection, tasks of this host were ready
        to run, and the hypervisor ran somebody else.

    Why it matters:
        The limit lies outside the system under test: a neighbour, or the credit of a small
        instance that was used up. Such a run says little of the next one.

    How it decides:
        Steal of 10 % or more for a third of the time after the inflection, more than before
        the load.

    What fools it:
        An instance with limited credit shows steal only when it is busy: that is its limit,
        all the same. A host that does nothing cannot show steal.

    Source:
        https://man7.org/linux/man-pages/man5/proc_stat.5.html (steal); netdata,
        health.d/cpu.conf (10 %); Gregg, Systems Performance, 2nd edition, 11.2
    """
    held = case.held(STEAL)
    says = f"{show(held, 'ratio')} of the time went to other guests"
    if not stays_above(case, STEAL, MUCH) or steady(case, STEAL) or off_path(case):
        return Cleared(case.component.name, "cpu", says)
    return case.finding(
        "cpu",
        says,
        home(case),
        evidence=(case.rise(STEAL),),
        onset_s=case.onset_s(STEAL, above=MUCH),
        grows_with_load=case.grows_with_load(STEAL),
        strength=min(1.0, held / (3 * MUCH)),
        experiment=TRY,
        fix="a dedicated host, or an instance without a credit",
        against=barely_gained(case),
    )
