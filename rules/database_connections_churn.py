"""Rule: applications open a new database connection again and again."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import FEWEST
from ._shares import NEGLIGIBLE, gained_share

OPENED, QUERIES = "db.connects_per_s", "db.queries_per_s"
THREADS, GONE = "db.threads_created_per_s", "db.aborted_clients_per_s"
MANY = 0.2  # connections opened for each statement (a choice; a pool opens hardly any)
MORE = 1.5  # times as many for each statement as before (a choice)
TRY = Experiment(
    do="as many idle connections in the pool as it may open (MaxIdle = MaxOpen), rerun",
    if_this_is_it="connections opened fall to nearly none, and the time of a request with them",
    if_not="as many are opened: something closes them, look at timeouts",
)


@rule(
    resource="db_connections",
    roles=("db",),
    needs=(OPENED, QUERIES),
    pattern="D11",
    how_to_collect="MySQL: SHOW GLOBAL STATUS each second (Connections, Questions, "
    "Threads_created)",
    explained_by=("slow_query", "disk", "row_lock", "cpu"),
)
def database_connections_churn(case: Case) -> Outcome:
    """Applications open a new database connection again and again.

    What it says:
        After the inflection one connection or more was opened for every five statements,
        and more for each statement than before.

    Why it matters:
        Opening costs several round trips, a thread, a login, and leaves a port in TIME_WAIT.
        A pool that keeps fewer idle connections than it opens closes and opens them all the
        time, and the more so the more users there are.

    How it decides:
        Connections opened for each statement: a fifth or more, half as many again as before
        the inflection, and time added in front of or in the database. A lead: it says what
        is done, not that it hurts. The same from the first request on is how the
        application is built, and is cleared with the number.

    What fools it:
        Health checks and monitors connect as well. Applications without a pool connect for
        every request and are quick enough.

    Source:
        https://pkg.go.dev/database/sql#DB.SetMaxIdleConns (two are kept by default)
        https://dev.mysql.com/doc/refman/8.4/en/server-status-variables.html (Connections)
    """
    name = case.component.name
    before = _ratio(case.before(OPENED), case.before(QUERIES))
    after = _ratio(case.after(OPENED), case.after(QUERIES))
    if math.isnan(after):
        return CannotTell(name, "db_connections", (f"{OPENED} after the inflection",))
    says = f"{show(after)} connections opened for each statement, {show(before)} before"
    added = gained_share(case, Place.FRONT, Place.INSIDE)
    few = case.after(OPENED) < FEWEST or after < MANY or not after >= MORE * before
    if few or added < NEGLIGIBLE:
        return Cleared(name, "db_connections", says)
    return case.finding(
        "db_connections",
        says,
        Place.FRONT,
        evidence=tuple(_numbers(case)),
        mechanism=False,
        missing=("time to connect to the database, as the application sees it",),
        onset_s=case.onset_s(OPENED),
        grows_with_load=case.grows_with_load(OPENED),
        experiment=TRY,
        fix="keep as many idle connections as the pool may open",
    )


def _ratio(opened: float, queries: float) -> float:
    return opened / queries if queries > 0 else math.nan


def _numbers(case: Case) -> list[Evidence]:
    return [case.rise(m) for m in (OPENED, QUERIES, THREADS, GONE) if case.has(m)]
