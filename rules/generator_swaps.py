"""Rule: the load generator's host is short of memory."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule

from ._generator import servers_hold_it
from ._swap import NEEDS, OUT, began_s, room, swapping

TRY = Experiment(
    do="half the users on this host, the other half on a second one",
    if_this_is_it="swapping stops, and the same users get more throughput",
    if_not="the same throughput without swapping: look behind the generator",
)


@rule(
    resource="swap",
    roles=("load_generator",),
    needs=NEEDS,
    pattern="G09",
    how_to_collect="vmstat 1, sar -W -r 1, /proc/pressure/memory each second",
)
def generator_swaps(case: Case) -> Outcome:
    """The load generator's host is short of memory.

    What it says:
        After the inflection the generator's host wrote pages to swap, or its tasks waited
        for memory.

    Why it matters:
        A user whose memory lies on a disk answers late, and what it measures is its own
        disk. Users cost memory (a browser most of all), so this comes with the ramp.

    How it decides:
        Five pages a second or more, swapped out or in, in three readings of ten; or some
        task waiting for memory for a tenth of the time (PSI). The same before the load is
        background.

    What fools it:
        Swap that is in use and at rest costs nothing: only pages that move count. Memory
        that caches files is not used memory.

    Source:
        Performance Co-Pilot, src/pmieconf/memory/exhausted (5 pages/s)
        https://docs.kernel.org/accounting/psi.html
        https://grafana.com/docs/k6/latest/testing-guides/running-large-tests/
    """
    seen = swapping(case)
    if not seen:
        return Cleared(case.component.name, "swap", room(case))
    return case.finding(
        "swap",
        "the load generator's host is short of memory",
        Place.FRONT,
        evidence=tuple(seen),
        onset_s=began_s(case),
        grows_with_load=case.grows_with_load(OUT),
        experiment=TRY,
        fix="more memory, fewer users a host, a client that costs less",
        against=servers_hold_it(case),
    )
