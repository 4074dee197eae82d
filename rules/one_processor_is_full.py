"""Rule: one processor is full while the others have room."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._cores import CORE, PROCESS, hot_core
from ._cpu import BUSY
from ._levels import home, off_path
from ._shares import barely_gained

TRY = Experiment(
    do="start a second process of this service (a second worker), rerun at the plateau",
    if_this_is_it="a second processor fills, and throughput rises",
    if_not="the work stays on one processor: look at which thread or interrupt it is",
)


@rule(
    resource="cpu",
    roles=("cdn", "router", "switch", "lb", "app", "db", "cache", "queue", "other"),
    needs=(f"{CORE} | {PROCESS}",),
    pattern="A03",
    how_to_collect="mpstat -P ALL 1, or sar -P ALL 1; pidstat -u 1 for the process",
)
def one_processor_is_full(case: Case) -> Outcome:
    """One processor is full while the others have room.

    What it says:
        At most moments after the inflection one processor was at least 95 % busy (not
        always the same one: tasks move), while the mean of all was far lower.

    Why it matters:
        A stage with one thread is done when its processor is full: an event loop, a global
        interpreter lock, one worker, interrupts bound to one core. The host looks idle.

    How it decides:
        The highest of all processors reaches 95 % in at least half of the readings, and
        stands 25 points or more above the mean; or one process takes one processor and
        never more, on a host that has several.

    What fools it:
        Drivers that poll burn a core when idle, too (cleared). With two processors and
        short readings, chance makes one of them full now and then. Full on all of them is
        processors-are-full.

    Source:
        Performance Co-Pilot, src/pmieconf/percpu/some_util (95 %); Gregg, Systems
        Performance, 2nd edition, 6.5 (per-CPU balance)
    """
    name = case.component.name
    hot = hot_core(case)
    if hot is None:
        top = max((case.held(CORE, part) for part in case.signals(CORE)), default=case.held(BUSY))
        return Cleared(name, "cpu", f"no processor is full alone; the busiest {show(top, 'ratio')}")
    if off_path(case):
        return Cleared(name, "cpu", f"{hot.says}, and no request of the test passes here")
    if hot.always:
        return CannotTell(name, "cpu", ("which process fills a processor when idle: pidstat -u 1",))
    return case.finding(
        "cpu",
        hot.says,
        home(case),
        evidence=(case.note(hot.says, hot.metric, hot.part, hot.level),),
        experiment=TRY,
        fix="spread the stage over several threads, processes or queues of the network card",
        onset_s=hot.onset_s,
        grows_with_load=case.grows_with_load(hot.metric, hot.part),
        strength=min(1.0, hot.level),
        against=barely_gained(case, Place.INSIDE, Place.FRONT),
    )
