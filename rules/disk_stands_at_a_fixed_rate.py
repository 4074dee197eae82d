"""Rule: a disk does so many requests a second and no more."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._disk import AWAITS, HOW, READS, WRITES, evidence, fixed_rate, onset_s, strength
from ._levels import off_path
from ._shares import barely_gained

TRY = Experiment(
    do="a volume with twice the requests a second (or a full burst balance), the same load",
    if_this_is_it="the rate settles at the new figure, and throughput rises with it",
    if_not="the rate stays: what asks the disk has its own limit",
)


@rule(
    resource="disk",
    roles=("cdn", "lb", "app", "db", "cache", "queue", "other"),
    needs=(READS, WRITES, " | ".join(AWAITS)),
    pattern="D02",
    how_to_collect=HOW,
    explained_by=("slow_query", "swap"),
)
def disk_stands_at_a_fixed_rate(case: Case) -> Outcome:
    """A disk does so many requests a second and no more.

    What it says:
        After the inflection the requests that a disk completed each second stood still,
        while each waited several times as long as before: it was held at a rate.

    Why it matters:
        Disks of clouds are sold by requests a second, and some by a balance that runs out.
        Such a disk may show any use; only its rate stands still.

    How it decides:
        Half of the readings of the rate lie within 15 % of each other, the queue holds two
        requests or more, and a request takes three times its calm time.

    What fools it:
        A load that stands still asks for a steady rate as well: then requests at the disk
        do not wait longer, and it is cleared.

    Source:
        https://docs.aws.amazon.com/ebs/latest/userguide/ebs-io-characteristics.html
        https://learn.microsoft.com/azure/virtual-machines/disk-bursting
    """
    capped = fixed_rate(case)
    if capped is None or off_path(case):
        return _cleared(case)
    slow, rate = capped
    return case.finding(
        "disk",
        f"{slow.device} does {show(rate)} requests a second and no more, and {slow.says}",
        Place.INSIDE,
        evidence=tuple(evidence(case, slow)),
        onset_s=onset_s(case, slow),
        grows_with_load=case.grows_with_load(slow.metric, slow.device),
        strength=strength(slow),
        experiment=TRY,
        fix="a volume with a higher rate, or fewer and larger requests",
        against=barely_gained(case, Place.INSIDE, Place.FRONT),
    )


def _cleared(case: Case) -> Cleared:
    """The busiest device by rate."""
    rates = {d: case.after(READS, d) + case.after(WRITES, d) for d in case.signals(READS)}
    known = {d: r for d, r in rates.items() if not math.isnan(r)}
    if not known:
        return Cleared(case.component.name, "disk", "no request waits at a disk")
    device = max(known, key=lambda d: known[d])
    says = f"{device} does {show(known[device])} requests a second, and none waits for it longer"
    return Cleared(case.component.name, "disk", says)
