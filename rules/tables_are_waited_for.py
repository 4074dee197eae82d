"""Rule: statements wait for table locks."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import cleared, counts, timing, worst
from ._shares import barely_gained

WAITS, QUERIES = "db.table_lock_waits_per_s", "db.queries_per_s"
# netdata, health.d/mysql.conf: table locks that had to wait, warned at 10 %, alarmed at 25 %.
MUCH = 0.1
TRY = Experiment(
    do="SHOW FULL PROCESSLIST at the plateau; put off what holds the table (DDL, backup, LOCK)",
    if_this_is_it="the waits stop, and the time of a request falls back",
    if_not="the same times without them: look at row locks",
)


@rule(
    resource="lock",
    roles=("db",),
    needs=(WAITS,),
    pattern="D05",
    how_to_collect="MySQL: SHOW GLOBAL STATUS each second (Table_locks_waited, Questions)",
    explained_by=("slow_query", "disk"),
)
def tables_are_waited_for(case: Case) -> Outcome:
    """Statements wait for table locks.

    What it says:
        After the inflection a tenth of the statements or more waited for the lock of a
        whole table.

    Why it matters:
        A table that is locked as a whole serves one writer at a time.

    How it decides:
        Waits for table locks that grew under load, a tenth of the statements or more.

    What fools it:
        A few waits come with every maintenance statement; engines that lock rows count
        metadata locks elsewhere.

    Source:
        https://dev.mysql.com/doc/refman/8.4/en/server-status-variables.html
        (Table_locks_waited); netdata, health.d/mysql.conf (10 % and 25 %)
    """
    found = counts(case, WAITS)
    seen = worst(found)
    queries = case.after(QUERIES)
    if seen is None or (queries > 0 and seen.after < MUCH * queries):
        says = f"{show(case.total(WAITS))} waits for a table lock while the load ran"
        return cleared(case, "lock", found, says)
    return case.finding(
        "lock",
        f"{show(seen.after, '1/s')} statements wait for a table lock",
        Place.INSIDE,
        evidence=(case.rise(WAITS), *([case.rise(QUERIES)] if case.has(QUERIES) else [])),
        experiment=TRY,
        fix="an engine that locks rows, no LOCK TABLES, maintenance outside the load",
        against=barely_gained(case, Place.INSIDE, Place.FRONT),
        **timing(case, seen),
    )
