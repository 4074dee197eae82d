"""Rule: a disk is saturated."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Experiment, Outcome
from diagnose.plugins import rule

from ._disk import HOW, NEEDS, judge_saturated

TRY = Experiment(
    do="take the writes off this disk for one run (access log off, logs to memory)",
    if_this_is_it="the queue at the disk is gone, and the time of a request with it",
    if_not="the same times with an idle disk: it only kept itself busy",
)


@rule(
    resource="disk",
    roles=("cdn", "lb", "app", "cache", "queue", "other"),
    needs=NEEDS,
    pattern="D01",
    how_to_collect=HOW,
    explained_by=("swap",),
)
def disk_is_saturated(case: Case) -> Outcome:
    """A disk is saturated.

    What it says:
        After the inflection a disk was busy all the time, requests queued for it, and each
        took several times as long as while it was at ease.

    Why it matters:
        A process that waits for a disk serves nobody. A log written before each answer, a
        temporary file, a cache on disk: the request waits with it.

    How it decides:
        Three things together, for a third of the time after the inflection: 95 % busy, two
        or more requests at the disk, and three times the calm time a request. What was so
        before the load is background.

    What fools it:
        iowait is no evidence (it counts idle time of a processor, and moves with the other
        load). A disk that serves many requests at once is "100 % busy" long before it is
        full: hence queue and time. Writing back in the background fills a disk and delays
        nobody: then requests spend no more time here, and that is said. Hosts that share
        one real disk show its slowness, not its use.

    Source:
        https://man7.org/linux/man-pages/man1/iostat.1.html (%util, aqu-sz, await)
        Performance Co-Pilot, src/pmieconf/per_disk (95 % and a growing queue); netdata,
        health.d/disks.conf; https://docs.kernel.org/filesystems/proc.html (iowait)
    """
    return judge_saturated(case, TRY, "write less, write later (buffers), or a faster disk")
