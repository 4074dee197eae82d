"""Rule: each request brings many statements to the database."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._levels import off_path
from ._shares import TELLING, gained_share, per_request

QUERIES = "db.queries_per_s"
MANY = 20.0  # statements a request (a choice; a page of an ORM that joins needs a handful)
TRY = Experiment(
    do="load one route only, with the general log on for some seconds at a low rate",
    if_this_is_it="one statement comes again and again with another id: N+1",
    if_not="the statements differ: the page needs them, look for what can be kept in a cache",
)


@rule(
    resource="slow_query",
    roles=("db",),
    needs=(QUERIES,),
    pattern="D17",
    how_to_collect="MySQL: SHOW GLOBAL STATUS each second (Questions), and the load's result",
    explained_by=("cpu", "disk", "row_lock", "lock", "slow_query", "memory", "checkpoint", "swap"),
)
def requests_bring_many_statements(case: Case) -> Outcome:
    """Each request brings many statements to the database.

    What it says:
        The database ran twenty statements or more for each request that users made, and
        requests spent much of their added time there.

    Why it matters:
        Each statement is a round trip: twenty quick ones are slower than one that joins.
        No slow log shows them, for none of them is slow.

    How it decides:
        Statements a second divided by the throughput that users got, 20 or more before and
        after the inflection, and the database, or the wait in front of it, gained a quarter
        of what users felt. A lead: what is full there comes first.

    What fools it:
        Others that use the same database are counted as well: where it is as busy without
        the load, nothing is said. Requests that fail early bring fewer statements, and
        retries bring more.

    Source:
        https://dev.mysql.com/doc/refman/8.4/en/server-status-variables.html (Questions)
        https://docs.djangoproject.com/en/stable/topics/db/optimization/ (the cost of a query
        for each row)
    """
    name, windows = case.component.name, case.run.windows
    values, idle = case.values(QUERIES), case.idle(QUERIES)
    own = values - (0.0 if math.isnan(idle) else idle)
    before, after = per_request(case, own, windows.before), per_request(case, own, windows.after)
    added = gained_share(case, Place.INSIDE, Place.FRONT)
    if math.isnan(before) or math.isnan(after):
        return CannotTell(name, "slow_query", ("the throughput that users got",))
    says = f"{show(after)} statements for each request, {show(before)} before"
    few = min(before, after) < MANY
    if few or off_path(case) or added < TELLING:
        return Cleared(name, "slow_query", says, case.cite(QUERIES))
    if math.isnan(added):
        return CannotTell(name, "slow_query", ("time in the database for each request",))
    return case.finding(
        "slow_query",
        says,
        Place.INSIDE,
        evidence=(case.rise(QUERIES), case.note(says, QUERIES, value=after, unit="1")),
        mechanism=False,
        missing=("which statements: performance_schema, pg_stat_statements, a trace",),
        onset_s=case.run.inflection.at_s if case.run.inflection else math.nan,
        grows_with_load=case.grows_with_load(QUERIES),
        experiment=TRY,
        fix="fetch related rows with one statement (join, IN), or keep them in a cache",
    )
