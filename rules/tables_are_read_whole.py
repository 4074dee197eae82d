"""Rule: the database reads whole tables."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._cpu import BUSY, FULL
from ._disk import saturated
from ._judging import began_s, counted
from ._levels import stays_above
from ._shares import barely_gained, each_request, time_grew

ROWS, SCANS = "db.scan_rows_per_s", "db.scans_per_s"
MANY = 1_000.0  # rows a request read by scanning (a choice; a small table costs nothing)
TRY = Experiment(
    do="log_queries_not_using_indexes=1 for a minute, index what it shows, rerun",
    if_this_is_it="rows read by scanning fall, and the time of a request with them",
    if_not="the same time without scans: look at locks, the disk and the pool",
)


@rule(
    resource="slow_query",
    roles=("db",),
    needs=(ROWS,),
    pattern="D04",
    how_to_collect="MySQL: SHOW GLOBAL STATUS each second (Handler_read_rnd_next, Select_scan)",
)
def tables_are_read_whole(case: Case) -> Outcome:
    """The database reads whole tables.

    What it says:
        Under load the database read a thousand rows or more for each request by scanning,
        and its processors or its disk were full.

    Why it matters:
        A scan that is fast enough to miss the slow log fills the processors all the same
        when every request does one. "No slow query" clears no database.

    How it decides:
        Rows read by scanning (Handler_read_rnd_next), for each request of the run. With full
        processors or a full disk at the database a mechanism; without either, but with time
        added here, a lead; else cleared.

    What fools it:
        Small tables are read whole on purpose, and reports scan by right. Reading the
        server's own status is counted as well (hundreds of rows each time).

    Source:
        https://dev.mysql.com/doc/refman/8.4/en/server-status-variables.html
        (Handler_read_rnd_next, Select_scan); slow-query-log: what is fast or without an
        index is not logged by default
    """
    rows = each_request(case, ROWS)
    says = f"{show(rows)} rows a request read by scanning"
    full = stays_above(case, BUSY, FULL) or saturated(case) is not None
    if not rows >= MANY or not (full or time_grew(case)):
        return Cleared(case.component.name, "slow_query", says)
    seen = counted(case, ROWS)
    return case.finding(
        "slow_query",
        f"the database reads whole tables: {says}",
        Place.INSIDE,
        evidence=tuple(case.rise(m) for m in (ROWS, SCANS) if case.has(m)),
        mechanism=full,
        missing=() if full else ("processors or a disk that the scans fill",),
        onset_s=began_s(case, seen),
        grows_with_load=case.grows_with_load(ROWS),
        experiment=TRY,
        fix="the indexes that the scanning statements lack",
        against=barely_gained(case, Place.INSIDE, Place.FRONT),
    )
