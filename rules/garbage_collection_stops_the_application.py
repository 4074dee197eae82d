"""Rule: garbage collection stops the application."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import CannotTell, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import times

from ._judging import Course, cleared, counts, timing, worst
from ._levels import comes_with_load, messages
from ._shares import barely_gained

SAID = message("app", "long_gc")
A_LOG = "a log of the garbage collector"
TRY = Experiment(
    do="twice the heap (GOGC=400, -Xmx), the same load",
    if_this_is_it="pauses become rare, and the tail of latency with them",
    if_not="the same latency with few pauses: look elsewhere in the application",
)


@rule(
    resource="gc",
    roles=("app", "cache", "queue"),
    where_measured=True,
    needs=(SAID,),
    pattern="A08",
    how_to_collect="-Xlog:gc,safepoint; GODEBUG=gctrace=1; the application's own log",
    explained_by=("cpu", "swap"),
)
def garbage_collection_stops_the_application(case: Case) -> Outcome:
    """Garbage collection stops the application.

    What it says:
        The application logged long pauses of its garbage collector, more of them after the
        inflection than before.

    Why it matters:
        Everything in the process stands still, and all requests inside wait together: the
        mean hardly moves, the tail does.

    How it decides:
        Messages of long pauses that grew under load.

    What fools it:
        Pauses grow longer on a host without free processors, under a quota, or that swaps:
        then those come first. Collections are frequent in healthy programs; only long
        pauses count.

    Source:
        https://docs.oracle.com/en/java/javase/21/gctuning/; https://go.dev/doc/gc-guide
        Coroot, model/check.go (JVM safepoints over 50 ms a second)
    """
    found = counts(case, SAID, fewest=1)
    seen = worst(found)
    if seen is None and all(one.course is Course.NOTHING for one in found):
        return CannotTell(case.component.name, "gc", (A_LOG,))  # most logs never tell
    if seen is None:
        return cleared(case, "gc", found, "no long pause of the garbage collector")
    pauses = math.fsum(e.value for e in messages(case, SAID))
    return case.finding(
        "gc",
        f"garbage collection stopped the application {times(pauses)} for long",
        Place.INSIDE,
        evidence=tuple(messages(case, SAID)),
        experiment=TRY,
        fix="a larger heap, fewer objects a request, another collector",
        against=barely_gained(case, Place.INSIDE),
        **{**timing(case, seen), "grows_with_load": comes_with_load(case, seen.metric)},
    )
