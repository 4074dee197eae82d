"""Rule: the redo log of the database holds writes."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import Course, counts
from ._levels import (
    comes_with_load,
    earliest,
    first_message_s,
    messages,
    stays_above,
    steady,
    undated,
)
from ._shares import barely_gained

WAITS, AGE = "db.log_waits_per_s", "db.checkpoint_age_ratio"
LATE = message("db", "page_cleaner_late")
# InnoDB makes writers wait at 15/16 of the redo log, of which it keeps a tenth back
# (log0log: LOG_POOL_PREFLUSH_RATIO_SYNC = 16; later versions divide it otherwise).
FULL = 0.84
TRY = Experiment(
    do="four times innodb_redo_log_capacity (or innodb_log_file_size), a larger log buffer",
    if_this_is_it="log waits stop, and the spikes of latency with them",
    if_not="the same spikes: look at the disk",
)


@rule(
    resource="checkpoint",
    roles=("db",),
    needs=(" | ".join((WAITS, AGE, LATE)),),
    pattern="D07",
    how_to_collect="MySQL: SHOW GLOBAL STATUS each second (Innodb_log_waits), "
    "SHOW ENGINE INNODB STATUS",
    explained_by=("disk", "cpu"),
)
def redo_log_holds_writes(case: Case) -> Outcome:
    """The redo log of the database holds writes.

    What it says:
        Writers waited for room in the log buffer, or the redo log was nearly full of
        changes that are not yet in the tables, or flushing came late.

    Why it matters:
        When the redo log is full, InnoDB stops everybody until pages are written.

    How it decides:
        Log waits that grew under load, or a checkpoint age held at 84 % of the redo log: a
        mechanism. "page_cleaner ... loop took ...ms" alone: a lead, since a slow disk and
        full processors make it late.

    What fools it:
        A slow disk is the cause and this its consequence. A few log waits come with single
        large rows.

    Source:
        https://dev.mysql.com/doc/refman/8.4/en/innodb-redo-log.html
        https://dev.mysql.com/doc/refman/8.4/en/server-status-variables.html
        (Innodb_log_waits: the log buffer was too small); MySQLTuner (any log wait)
    """
    grew = [c for c in counts(case, WAITS) if c.course is Course.GREW]
    waits = bool(grew) or undated(case, WAITS)
    aged = stays_above(case, AGE, FULL) and not steady(case, AGE)
    late = messages(case, LATE)
    if not (waits or aged or late):
        return Cleared(case.component.name, "checkpoint", _cleared(case))
    main = WAITS if waits else AGE if aged else LATE
    evidence: list[Evidence] = [case.rise(m) for m in (WAITS, AGE) if case.has(m)]
    return case.finding(
        "checkpoint",
        "writes wait for the redo log" if waits or aged else "the database flushes pages late",
        Place.INSIDE,
        evidence=(*evidence, *late),
        mechanism=bool(grew or aged),
        missing=() if grew or aged else ("the course of Innodb_log_waits and the checkpoint age",),
        onset_s=earliest(first_message_s(case, WAITS, LATE), case.onset_s(AGE, above=FULL)),
        grows_with_load=comes_with_load(case, main),
        experiment=TRY,
        fix="a larger redo log and log buffer, a faster disk",
        against=barely_gained(case, Place.INSIDE),
    )


def _cleared(case: Case) -> str:
    known = []
    if case.has(WAITS):
        known.append(f"{show(case.total(WAITS))} waits for the log buffer")
    if case.has(AGE):
        known.append(f"redo log {show(case.held(AGE), 'ratio')} full")
    return ", ".join(known) or "flushing was never late"
