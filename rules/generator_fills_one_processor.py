"""Rule: the load generator fills one processor and leaves the others idle."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._cores import CORE, PROCESS, hot_core
from ._generator import servers_hold_it

TRY = Experiment(
    do="one worker process a processor (--processes -1), the same users",
    if_this_is_it="throughput rises and the servers' own times stay as they are",
    if_not="the same throughput with its work spread out: look behind it",
)


@rule(
    resource="cpu",
    roles=("load_generator",),
    needs=(f"{CORE} | {PROCESS}",),
    pattern="G02",
    how_to_collect="mpstat -P ALL 1, or sar -P ALL 1, on the generator",
)
def generator_fills_one_processor(case: Case) -> Outcome:
    """The load generator fills one processor and leaves the others idle.

    What it says:
        On the generator's host one processor was full at most moments after the
        inflection, while the mean of all was far lower: one process does all the work.

    Why it matters:
        Most generators run one thread a process (Python's interpreter lock, Node's event
        loop). Its answers wait in the socket until it has time for them, and it counts
        that wait as response time.

    How it decides:
        As one-processor-is-full does: the highest of all processors at 95 % in half of the
        readings or more, 25 points above the mean; or one process at one processor.

    What fools it:
        Tasks move between processors: a mean over a minute shows two at half. With two
        workers on two processors, both are full (generator-processors-are-full).

    Source:
        Performance Co-Pilot, src/pmieconf/percpu/some_util (95 %)
        https://docs.locust.io/en/stable/running-distributed.html (one process a core)
        https://github.com/locustio/locust/issues/663
    """
    name, hot = case.component.name, hot_core(case)
    if hot is None:
        top = max((case.held(CORE, part) for part in case.signals(CORE)), default=0.0)
        says = f"no processor of it is full alone; the busiest {show(top, 'ratio')}"
        return Cleared(name, "cpu", says)
    if hot.always:
        return CannotTell(name, "cpu", ("which process fills a processor when idle: pidstat -u 1",))
    return case.finding(
        "cpu",
        f"at the load generator {hot.says}",
        Place.FRONT,
        evidence=(case.note(hot.says, hot.metric, hot.part, hot.level),),
        experiment=TRY,
        fix="as many worker processes as processors; a client that costs less",
        onset_s=hot.onset_s,
        grows_with_load=case.grows_with_load(hot.metric, hot.part),
        against=servers_hold_it(case),
    )
