"""Rule: a slow statement reads far more rows than it returns."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._database import short, telling, with_the_pool
from ._disk import saturated
from ._shares import barely_gained
from ._statements import TIME, Heaviest, heaviest

LOCKS = 0.5  # of the logged time: then they wait for locks, and do no work (a choice)
ROWS = "rows examined by each statement (log_slow_verbosity, or EXPLAIN (ANALYZE, BUFFERS))"
TRY = Experiment(
    do="EXPLAIN the statement, add the index that it lacks, rerun at the plateau",
    if_this_is_it="it leaves the slow log, and throughput rises",
    if_not="it stays slow with few rows: it waits for a disk, a lock or a processor",
)


@rule(
    resource="slow_query",
    roles=("db",),
    needs=(f"statements | {TIME}",),
    pattern="D04",
    how_to_collect="MySQL: slow_query_log=1, long_query_time=0.1, log_slow_verbosity=query_plan; "
    "PostgreSQL: log_min_duration_statement=100",
)
def statement_reads_too_many_rows(case: Case) -> Outcome:
    """A slow statement reads far more rows than it returns.

    What it says:
        One statement took much of the database's time after the inflection, and looked at a
        hundred rows or more for each that it returned: an index is missing or not used.

    Why it matters:
        Its work grows with the table, not with the answer. It fills processors or disk, and
        everyone else waits: full processors at the database are its consequence.

    How it decides:
        From the slow log, after the inflection: logged seconds a request, against the
        database's seconds a request as the application sees them (a quarter is telling).
        Wasteful: 1,000 rows and 100 times what it returns, or 10,000 rows returned. A
        statement that is slow and does little work waits for something else: cleared, with
        its numbers. What it explains at most is its logged time and the queue for the pool.

    What fools it:
        Slow COMMITs (they wait for the disk); statements that wait for locks (their lock
        time says so); everything slow because the disk is full. A log that hides what is
        faster than its threshold: no slow statement does not clear a database. A log
        without rows is a lead at most.

    Source:
        https://dev.mysql.com/doc/refman/8.4/en/slow-query-log.html (Rows_examined; time to
        acquire locks is no execution time)
        https://mariadb.com/kb/en/slow-query-log-overview/
        https://docs.percona.com/percona-toolkit/pt-query-digest.html (rank by total time)
    """
    name, heavy = case.component.name, heaviest(case)
    if heavy is not None and math.isnan(heavy.seconds):
        return CannotTell(name, "slow_query", (TIME,))
    if heavy is None or not telling(case, heavy.seconds):
        return Cleared(name, "slow_query", _few(case, heavy))
    if heavy.locked_share >= LOCKS or (not heavy.wasteful and not math.isnan(heavy.examined)):
        return Cleared(name, "slow_query", _waits(heavy), heavy.statement.source)
    if not heavy.wasteful and saturated(case) is not None:
        return CannotTell(name, "slow_query", (ROWS,))
    return _finding(case, heavy)


def _finding(case: Case, heavy: Heaviest) -> Outcome:
    text = short(heavy.statement.text)
    return case.finding(
        "slow_query",
        f"{text} takes {show(heavy.statement.mean_s, 's')}, with {heavy.work}",
        Place.INSIDE,
        evidence=tuple(heavy.evidence(case)),
        mechanism=heavy.wasteful,
        missing=() if heavy.wasteful else (ROWS,),
        onset_s=heavy.onset_s(case),
        grows_with_load=heavy.grows(case),
        seconds=with_the_pool(case, heavy.seconds),
        experiment=TRY,
        fix="the index that the statement lacks, or a statement that asks for less",
        against=barely_gained(case, Place.INSIDE, Place.FRONT),
    )


def _few(case: Case, heavy: Heaviest | None) -> str:
    limit = case.limit("db.long_query_time_s")
    slower = f" slower than {show(limit.value, 's')}" if limit else ""
    if heavy is None:
        return f"no statement{slower} was logged while the load ran"
    count = sum(s.count for s in case.statements)
    spent = show(heavy.seconds, "s")
    return f"{show(count)} statements{slower} were logged, {spent} a request after it turned"


def _waits(heavy: Heaviest) -> str:
    each = f"{short(heavy.statement.text)} takes {show(heavy.statement.mean_s, 's')}"
    if heavy.locked_share >= LOCKS:
        return f"{each}, {show(heavy.locked_share, 'ratio')} of it waiting for locks"
    return f"{each} with {heavy.work}: it waits for something else"
