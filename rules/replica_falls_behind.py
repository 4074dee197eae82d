"""Rule: a replica falls behind its source while the load runs."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._levels import off_path, stays_above, steady

LAG = "db.replication_lag_s"
LATE_S = 10.0  # netdata, health.d/mysql.conf: warns at 10 s
TRY = Experiment(
    do="more applier threads at the replica (replica_parallel_workers), or half the writes",
    if_this_is_it="the lag stays near zero at the same load",
    if_not="it grows as before: look at the replica's disk and at long transactions",
)


@rule(
    resource="unexplained",
    roles=("db",),
    needs=(LAG,),
    pattern="D10",
    how_to_collect="SHOW REPLICA STATUS (Seconds_Behind_Source); pg_stat_replication (replay_lag)",
    explained_by=("cpu", "disk", "row_lock", "lock", "memory", "swap", "bandwidth", "packet_loss"),
)
def replica_falls_behind(case: Case) -> Outcome:
    """A replica falls behind its source while the load runs.

    What it says:
        What was written at the source reached the replica ten seconds late or more.

    Why it matters:
        Requests that read from the replica see old data, and an application that waits
        until its own write is there waits as long. It also says that the source writes
        faster than the replica can apply.

    How it decides:
        A lag of 10 s or more for a third of the time after the inflection, not there before
        the load. A lead: lag by itself holds no request back.

    What fools it:
        A replica that is delayed on purpose, or was behind before (cleared). MySQL counts
        the age of what it applies: a source without writes shows none. PostgreSQL tells it
        at the source.

    Source:
        https://dev.mysql.com/doc/refman/8.4/en/show-replica-status.html
        https://www.postgresql.org/docs/current/monitoring-stats.html (pg_stat_replication)
        netdata, health.d/mysql.conf (10 s)
    """
    says = f"the replica is {show(case.held(LAG), 's')} behind"
    if not stays_above(case, LAG, LATE_S) or steady(case, LAG) or off_path(case):
        return Cleared(case.component.name, "unexplained", says, case.cite(LAG))
    return case.finding(
        "unexplained",
        says,
        Place.INSIDE,
        evidence=(case.rise(LAG),),
        mechanism=False,
        missing=("whether requests wait for the replica: the application's log",),
        onset_s=case.onset_s(LAG),
        grows_with_load=case.grows_with_load(LAG),
        experiment=TRY,
        fix="apply in parallel, quicker disks at the replica, smaller transactions",
    )
