"""Rule: one core does all the soft interrupts."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Cleared, Evidence, Experiment, Outcome
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import counted, departs, in_front
from ._levels import stays_above, steady

SOFTIRQ, BUSY = "cpu.core_softirq_ratio", "cpu.core_busy_ratio"
SQUEEZED = "softnet.squeezed_per_s"
FULL = 0.80  # a router's one core passing packets on at its limit, as reported (a choice)


@rule(
    resource="cpu",
    needs=(SOFTIRQ,),
    pattern="R02",
    how_to_collect="mpstat -P ALL 1, or sar -P ALL 1 with -u ALL (soft interrupts by core)",
)
def one_core_does_all_soft_interrupts(case: Case) -> Outcome:
    """One core does all the soft interrupts.

    What it says:
        A single processor spent most of its time receiving packets for the others, and had
        no time left.

    Why it matters:
        Packets wait or are dropped though the machine looks idle in the mean of its cores;
        the limit is packets per second, not bytes.

    How it decides:
        The core with the highest share of soft interrupts reached 80 % in a third of the
        readings after the inflection, and had not done so before the load.

    What fools it:
        Containers and virtual machines on one host: the kernel bills soft interrupts to
        whatever core they fell on, so a neighbour's packets may show here.

    Source:
        https://docs.kernel.org/networking/scaling.html (RSS, RPS)
        netdata, health.d/softnet.conf (squeezed); 80 % is a choice
    """
    name, core = case.component.name, case.worst(SOFTIRQ)
    level = case.held(SOFTIRQ, core)
    says = f"core {core} spends {show(level, 'ratio')} of its time in soft interrupts"
    if not stays_above(case, SOFTIRQ, FULL, core):
        return Cleared(name, "cpu", f"the busiest {says}", _source(case, core))
    if steady(case, SOFTIRQ, core):
        return Cleared(name, "cpu", f"{says}, and did so before the load", _source(case, core))
    return case.finding(
        "cpu",
        says,
        in_front(case),
        evidence=(case.rise(SOFTIRQ, core), *_more(case, core)),
        onset_s=case.onset_s(SOFTIRQ, core, above=FULL),
        grows_with_load=case.grows_with_load(SOFTIRQ, core),
        strength=min(1.0, level),
        experiment=Experiment(
            do="let all cores receive (echo f > /sys/class/net/IF/queues/rx-0/rps_cpus, or more "
            "queues with ethtool -L) and rerun at the plateau",
            if_this_is_it="soft interrupts spread, and throughput rises",
            if_not="the core cools and throughput stays: the limit lies elsewhere",
        ),
        fix="spread interrupts (RSS, RPS, irqbalance), offload, fewer packets per request",
    )


def _source(case: Case, core: str) -> str:
    return case.rise(SOFTIRQ, core).source


def _more(case: Case, core: str) -> list[Evidence]:
    more = [case.rise(BUSY, core)] if core in case.signals(BUSY) else []
    if core in case.signals(SQUEEZED) and departs(case, SQUEEZED, core):
        seen = counted(case, SQUEEZED, core)
        more.append(case.note(f"receive loops cut short: {seen.rates}", SQUEEZED, core, seen.after))
    return more
