"""Rule: the one thread that runs a cache's commands is full."""

from __future__ import annotations

import re

from diagnose.case import Case
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._levels import off_path, stays_above, steady
from ._shares import barely_gained

BUSY, COMMANDS = "cache.thread_busy_ratio", "cache.commands_per_s"
FULL = 0.90  # of one processor (a choice: as for processors, pmieconf cpu.util)
TOLD_APART = (6, 2)  # the main thread's own time is in INFO since Redis 6.2
TRY = Experiment(
    do="SLOWLOG GET and INFO commandstats at the plateau; rerun without the heaviest command",
    if_this_is_it="the thread has time again, and throughput rises",
    if_not="many small commands fill it: pipeline them, or spread keys over several servers",
)


@rule(
    resource="cpu",
    roles=("cache",),
    where_measured=True,
    needs=(BUSY,),
    pattern="D16",
    how_to_collect="redis-cli INFO each second (used_cpu_user_main_thread)",
)
def cache_fills_its_one_thread(case: Case) -> Outcome:
    """The one thread that runs a cache's commands is full.

    What it says:
        Redis runs commands on one thread, and that thread took a whole processor.

    Why it matters:
        Every command waits for those in front of it, and one slow command for all. The host
        has processors to spare and looks idle.

    How it decides:
        Processor time of the main thread at 90 % of one processor for a third of the time
        after the inflection, and not before the load.

    What fools it:
        Before version 6.2 INFO counts all threads together, those that write to disk and
        that read sockets too: then it is a lead. A thread that polls without a pause would
        be as busy when idle (cleared).

    Source:
        https://redis.io/docs/latest/commands/info/ (used_cpu_user_main_thread)
        https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency/
        (single threaded nature); threshold: Performance Co-Pilot, pmieconf cpu.util
    """
    held = case.held(BUSY)
    says = f"its thread takes {show(held, 'ratio')} of one processor"
    if not stays_above(case, BUSY, FULL) or steady(case, BUSY) or off_path(case):
        return Cleared(case.component.name, "cpu", says, case.cite(BUSY))
    apart = _told_apart(case)
    return case.finding(
        "cpu",
        says,
        Place.INSIDE,
        evidence=(case.rise(BUSY), *([case.rise(COMMANDS)] if case.has(COMMANDS) else [])),
        mechanism=apart,
        missing=() if apart else ("the time of its main thread alone: top -H",),
        onset_s=case.onset_s(BUSY, above=FULL),
        grows_with_load=case.grows_with_load(BUSY),
        against=barely_gained(case, Place.INSIDE, Place.FRONT),
        experiment=TRY,
        fix="cheaper commands (no KEYS, no large ranges), pipelines, or several servers",
    )


def _told_apart(case: Case) -> bool:
    """Whether INFO of this version tells the main thread from the others."""
    numbers = re.findall(r"\d+", case.fact("cache.version"))[:2]
    return len(numbers) < 2 or tuple(map(int, numbers)) >= TOLD_APART
