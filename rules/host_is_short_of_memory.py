"""Rule: a host is short of memory and swaps."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule

from ._levels import home, off_path
from ._shares import barely_gained
from ._swap import NEEDS, OUT, began_s, room, swapping

TRY = Experiment(
    do="half again the memory, or half the heap, pool or workers; rerun at the plateau",
    if_this_is_it="no page moves any more, and the time of a request falls back",
    if_not="the same time without swapping: memory was not it",
)


@rule(
    resource="swap",
    roles=("cdn", "router", "switch", "lb", "app", "db", "cache", "queue", "other"),
    needs=NEEDS,
    pattern="A12",
    how_to_collect="vmstat 1, sar -W -r 1, /proc/pressure/memory each second",
)
def host_is_short_of_memory(case: Case) -> Outcome:
    """A host is short of memory and swaps.

    What it says:
        After the inflection a host on the requests' way moved pages to and from swap, or
        its tasks waited for memory.

    Why it matters:
        A request that touches a page on disk waits for the disk. The disk, the processors
        (reclaiming) and everything behind a lock follow: they are consequences.

    How it decides:
        Five pages a second or more, out or in, in three readings of ten; or some task
        waiting for memory a tenth of the time (PSI). The same before the load is
        background.

    What fools it:
        Swap in use and at rest; a kernel that moves idle pages out early; little memory
        free, which caches take up on purpose.

    Source:
        Performance Co-Pilot, src/pmieconf/memory/exhausted (5 pages/s)
        https://docs.kernel.org/accounting/psi.html; Gregg, USE method (memory capacity)
    """
    seen = swapping(case)
    if not seen or off_path(case):
        return Cleared(case.component.name, "swap", room(case))
    return case.finding(
        "swap",
        "the host is short of memory and swaps",
        home(case),
        evidence=tuple(seen),
        onset_s=began_s(case),
        grows_with_load=case.grows_with_load(OUT),
        experiment=TRY,
        fix="more memory, or smaller heaps, pools and caches",
        against=barely_gained(case, Place.INSIDE, Place.FRONT),
    )
