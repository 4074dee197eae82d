"""Rule: most sessions of a database hold a transaction open and do nothing."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._levels import off_path, stays_above, steady
from ._shares import TELLING, rise_s, wait_gain_s

IDLE, ALL = "db.idle_in_transaction", "db.connections"
FEWEST = 4.0  # sessions (a choice)
MOST = 0.5  # of all sessions (a choice)
WAITS = ("pool", "db")
TRY = Experiment(
    do="idle_in_transaction_session_timeout of 1 s, the same load (not in production)",
    if_this_is_it="the database ends sessions: their last statement names the place in the code",
    if_not="no session is ended: transactions are only long, look at what they do",
)


@rule(
    resource="lock",
    roles=("db",),
    needs=(IDLE, ALL),
    pattern="D05",
    how_to_collect="SELECT state, count(*) FROM pg_stat_activity GROUP BY state, each second",
    explained_by=(
        "cpu",
        "memory",
        "swap",
        "gc",
        "lock",
        "upstream",
        "thread_pool",
        "slow_query",
        "row_lock",
        "disk",
        "packet_loss",
        "bandwidth",
    ),
)
def transactions_stand_open_and_idle(case: Case) -> Outcome:
    """Most sessions of a database hold a transaction open and do nothing.

    What it says:
        Half of the sessions or more had begun a transaction, and the database waited for
        what the application would say next.

    Why it matters:
        Such a session keeps its row locks, and its connection of the pool, while the
        application works or waits elsewhere: calls another service, renders, sleeps. The
        database is idle and yet everybody waits for it.

    How it decides:
        Sessions idle in transaction: four or more, and half of all, for a third of the time
        after the inflection, not before the load; and the application waits longer for its
        pool or its database by a quarter of what users felt. A lead: what the application
        does meanwhile is not seen from here.

    What fools it:
        Between any two statements of a transaction a session is idle for a moment: an
        application without a processor to run on stretches that moment, and is the cause.
        A tool that was left open holds one session, all day.

    Source:
        https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW
        (state); https://www.postgresql.org/docs/current/runtime-config-client.html
        (idle_in_transaction_session_timeout)
    """
    idle, sessions = case.held(IDLE), case.held(ALL)
    says = f"{show(idle)} of {show(sessions)} sessions are idle in a transaction"
    many = stays_above(case, IDLE, max(FEWEST, MOST * sessions)) and not steady(case, IDLE)
    gains = {(s, w): wait_gain_s(s, w) for s in case.senders for w in WAITS}
    waits = [(s, w) for (s, w), gain in gains.items() if gain >= TELLING * rise_s(case)]
    if not many or not waits or off_path(case):
        return Cleared(case.component.name, "lock", says, case.cite(IDLE))
    return case.finding(
        "lock",
        says,
        Place.FRONT,
        evidence=(
            case.rise(IDLE),
            case.rise(ALL),
            *(sender.rise("http.wait_s", wait) for sender, wait in waits),
        ),
        mechanism=False,
        missing=("what the application does between two statements: a profile, a trace",),
        onset_s=case.onset_s(IDLE, above=max(FEWEST, MOST * sessions)),
        grows_with_load=case.grows_with_load(IDLE),
        experiment=TRY,
        fix="commit before calling others; begin a transaction as late as possible",
    )
