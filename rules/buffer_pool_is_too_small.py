"""Rule: the buffer pool of the database is too small for what is read."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._disk import READS, WRITES, onset_s, saturated
from ._judging import Course, counted
from ._levels import undated
from ._shares import barely_gained

MISSES, FREE = "db.buffer_pool_miss_ratio", "db.buffer_pool_wait_free_per_s"
PAGES = "db.page_reads_per_s"
MISSED = 0.01  # of page requests read from disk (a choice; a warm pool misses one in 1,000)
MOSTLY = 0.5  # of the disk's requests are reads (a choice)
TRY = Experiment(
    do="twice innodb_buffer_pool_size (or shared_buffers and memory for the page cache)",
    if_this_is_it="page reads fall, the disk has room, and throughput rises",
    if_not="as many page reads: statements read too much, or the pool was cold",
)


@rule(
    resource="memory",
    roles=("db",),
    needs=(f"{MISSES} | {FREE}",),
    pattern="D08",
    how_to_collect="MySQL: SHOW GLOBAL STATUS each second (Innodb_buffer_pool_reads, "
    "_read_requests, _wait_free) and SHOW VARIABLES LIKE 'innodb_buffer_pool_size'",
    explained_by=("slow_query",),
)
def buffer_pool_is_too_small(case: Case) -> Outcome:
    """The buffer pool of the database is too small for what is read.

    What it says:
        One page request in a hundred or more had to read the disk, mostly reads filled
        that disk, and statements waited.

    Why it matters:
        Memory answers in microseconds, a disk in milliseconds. A pool that just does not
        hold what is read in turns makes nearly every request wait for the disk.

    How it decides:
        Statements that waited for a free page (wait_free grew): a mechanism. Misses of one
        in a hundred with a saturated disk that mostly reads: a lead beside the disk, which
        is what is full. Misses that do not fill the disk are cleared.

    What fools it:
        A cold pool misses at first and less and less (only what is held after the
        inflection counts). A full scan misses by right: then the statement comes first.

    Source:
        https://dev.mysql.com/doc/refman/8.4/en/server-status-variables.html
        (Innodb_buffer_pool_reads, _read_requests, _wait_free)
        https://dev.mysql.com/doc/refman/8.4/en/innodb-buffer-pool-resize.html
    """
    waits = counted(case, FREE).course in (Course.GREW, Course.UNDATED)
    disk = saturated(case)
    missed = case.after(MISSES)
    fills = disk is not None and missed >= MISSED and _mostly_reads(case, disk.device)
    if not waits and not fills:
        return Cleared(case.component.name, "memory", _cleared(case))
    began = case.onset_s(FREE, above=1e-9) if waits or disk is None else onset_s(case, disk)
    return case.finding(
        "memory",
        f"{show(missed, 'ratio')} of page requests miss the buffer pool"
        if not math.isnan(missed)
        else "statements wait for a free page in the buffer pool",
        Place.INSIDE,
        evidence=tuple(_numbers(case)),
        mechanism=waits and not undated(case, FREE),
        missing=()
        if waits and not undated(case, FREE)
        else ("waits for a free page, or the size of what is read",),
        onset_s=began,
        grows_with_load=case.grows_with_load(FREE if waits else PAGES),
        experiment=TRY,
        fix="a buffer pool that holds what is read in turns",
        against=barely_gained(case, Place.INSIDE),
    )


def _mostly_reads(case: Case, device: str) -> bool:
    reads, writes = case.after(READS, device), case.after(WRITES, device)
    return bool(math.isnan(reads + writes) or reads >= MOSTLY * (reads + writes))


def _numbers(case: Case) -> list[Evidence]:
    seen = [case.rise(m) for m in (MISSES, PAGES) if case.has(m)]
    seen += [case.rise(FREE)] if case.total(FREE) > 0 else []
    size = case.limit("db.buffer_pool_bytes")
    if size:
        seen.append(case.limit_note(f"the buffer pool has {show(size.value, 'bytes')}", size))
    return seen


def _cleared(case: Case) -> str:
    known = []
    if case.has(MISSES):
        known.append(f"{show(case.after(MISSES), 'ratio')} of page requests read the disk")
    if case.has(FREE):
        known.append(f"{show(case.total(FREE))} waits for a free page")
    return ", ".join(known)
