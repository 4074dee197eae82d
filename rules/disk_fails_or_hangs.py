"""Rule: a disk fails, or a task hangs waiting for one."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import cleared, counts, timing, worst
from ._levels import comes_with_load, messages

SAID = (message("kernel", "io_error"), message("kernel", "hung_task"))
TRY = Experiment(
    do="move the service to another disk or host, the same load",
    if_this_is_it="the messages stay behind with the old disk, and times fall back",
    if_not="the same messages on other hardware: look at the driver and the network storage",
)


@rule(
    resource="disk",
    roles=("db",),
    where_measured=True,
    needs=(" | ".join(SAID),),
    pattern="D15",
    how_to_collect="dmesg -T, or journalctl -k, of the time of the run",
)
def disk_fails_or_hangs(case: Case) -> Outcome:
    """A disk fails, or a task hangs waiting for one.

    What it says:
        The kernel reported an error of a disk, or a task that could not be interrupted for
        two minutes, while the load ran.

    Why it matters:
        A request that touches that disk waits for retries of the hardware. No limit of load
        is told by such a run.

    How it decides:
        Those messages, more of them after the inflection than before.

    What fools it:
        A hung task may wait for a network file system or a lock instead of a disk. The same
        errors came before the load, and nobody waited: background.

    Source:
        https://docs.kernel.org/admin-guide/sysctl/kernel.html (hung_task_timeout_secs, 120 s)
        block/blk-core.c (I/O error, dev ...)
    """
    found = counts(case, *SAID, fewest=1)
    seen = worst(found)
    if seen is None:
        return cleared(case, "disk", found, "no error of a disk and no hung task")
    said = messages(case, *SAID)
    count = math.fsum(e.value for e in said)
    return case.finding(
        "disk",
        f"the kernel reported {show(count)} errors of a disk, or tasks hung on one",
        Place.INSIDE,
        evidence=tuple(said),
        experiment=TRY,
        fix="replace the disk, or look at what the hung task waits for",
        **{**timing(case, seen), "grows_with_load": comes_with_load(case, seen.metric)},
    )
