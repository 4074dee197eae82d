"""Rule: the disk of the database is saturated."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Experiment, Outcome
from diagnose.plugins import rule

from ._disk import HOW, NEEDS, judge_saturated

TRY = Experiment(
    do="reads: twice the buffer pool; writes: innodb_flush_log_at_trx_commit=2 or "
    "synchronous_commit=off, for one run only",
    if_this_is_it="the queue at the disk is gone, and throughput jumps",
    if_not="the same throughput with an idle disk: look at locks, processors and the pool",
)


@rule(
    resource="disk",
    roles=("db",),
    needs=NEEDS,
    pattern="D01",
    how_to_collect=HOW,
    explained_by=("slow_query", "swap"),
)
def database_disk_is_saturated(case: Case) -> Outcome:
    """The disk of the database is saturated.

    What it says:
        After the inflection a disk of the database's host was busy all the time, requests
        queued for it, and each took several times as long as while it was at ease.

    Why it matters:
        Statements wait for pages, commits for the log. Slow statements, a taken pool and
        full connections in front of it are consequences.

    How it decides:
        As disk-is-saturated does: 95 % busy, two or more requests at the disk, three times
        the calm time a request, held. A statement that reads far more rows than it returns
        comes before the disk that it fills.

    What fools it:
        iowait of five or ten percent and a few slow COMMITs are there in healthy runs. A
        backup or a checkpoint fills a disk for a while. A small buffer pool makes the
        reads: both are named, the disk first, since it is what is full.

    Source:
        https://man7.org/linux/man-pages/man1/iostat.1.html (%util, aqu-sz, await)
        Performance Co-Pilot, src/pmieconf/per_disk (95 % and a growing queue)
        https://dev.mysql.com/doc/refman/8.4/en/optimizing-innodb-diskio.html
    """
    return judge_saturated(case, TRY, "a faster disk, more memory for pages, fewer commits")
