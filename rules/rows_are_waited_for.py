"""Rule: statements wait for row locks."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._database import telling, with_the_pool
from ._judging import Course, counted
from ._levels import comes_with_load, earliest, first_message_s, messages
from ._shares import barely_gained, each_request

WAITED, LOGGED, COUNT = "db.row_lock_wait_s_per_s", "sql.lock_s_per_s", "db.row_lock_waits_per_s"
SAID = (message("db", "lock_wait_timeout"), message("db", "deadlock"))
TRY = Experiment(
    do="let every user write its own row (spread the keys of the test), the same load",
    if_this_is_it="the lock waits are gone, and throughput rises",
    if_not="the same waits on different rows: transactions stay open too long, look at commits",
)


@rule(
    resource="row_lock",
    roles=("db",),
    needs=(" | ".join((WAITED, LOGGED, COUNT, *SAID)),),
    pattern="D05",
    how_to_collect="MySQL: SHOW GLOBAL STATUS each second (Innodb_row_lock_time, _waits), "
    "innodb_print_all_deadlocks=1; PostgreSQL: log_lock_waits=on",
    explained_by=("slow_query", "disk"),
)
def rows_are_waited_for(case: Case) -> Outcome:
    """Statements wait for row locks.

    What it says:
        After the inflection statements spent much of the database's time waiting for a row
        that another transaction held, or gave up waiting.

    Why it matters:
        Writers of one row go one after the other, however many processors there are:
        throughput is one over the time that a transaction holds the row.

    How it decides:
        Seconds waited for row locks, for each request of the run, against the database's
        seconds a request as the application sees them (a quarter is telling), and more than
        before. A lock wait timeout or a deadlock in the error log is a mechanism as well;
        it explains as many failures as there were messages, and no seconds.

    What fools it:
        Rows are held longer when commits wait for a slow disk, and when a statement without
        an index locks all that it reads: then those come first. Test users that all buy the
        same article make a hot row that production does not have. Status counters show a
        wait only when it is over.

    Source:
        https://dev.mysql.com/doc/refman/8.4/en/server-status-variables.html
        (Innodb_row_lock_time, Innodb_row_lock_waits); innodb-deadlocks.html
        https://www.postgresql.org/docs/current/runtime-config-logging.html (log_lock_waits)
    """
    said, seconds = messages(case, *SAID), _seconds(case)
    waits = telling(case, seconds) and _grew(case)
    if not waits and not said:
        if math.isnan(seconds) and not case.has(COUNT):
            return CannotTell(case.component.name, "row_lock", (f"{WAITED} | {LOGGED}",))
        return Cleared(case.component.name, "row_lock", _cleared(case, seconds))
    main = WAITED if case.has(WAITED) else LOGGED
    spoke = sum(e.value for e in said)
    return case.finding(
        "row_lock",
        f"a request waits {show(seconds, 's')} for row locks" if waits else _gave_up(spoke),
        Place.INSIDE,
        evidence=(*_numbers(case), *said),
        onset_s=earliest(_began_s(case, main), first_message_s(case, *SAID)),
        grows_with_load=case.grows_with_load(main)
        if waits
        else comes_with_load(case, said[0].metric),
        seconds=with_the_pool(case, seconds) if waits else max(0.0, seconds),
        failures=spoke if spoke else math.nan,
        experiment=TRY,
        fix="shorter transactions, the hot row last in them, or counters spread over rows",
        against=barely_gained(case, Place.INSIDE, Place.FRONT),
    )


def _gave_up(count: float) -> str:
    return f"{show(count)} statements gave up waiting for a row lock"


def _seconds(case: Case) -> float:
    """Seconds of waiting a request, by the server's counter or by its slow log."""
    known = [each_request(case, m) for m in (WAITED, LOGGED)]
    return max((s for s in known if not math.isnan(s)), default=math.nan)


def _grew(case: Case) -> bool:
    more = (Course.GREW, Course.UNDATED)
    return any(counted(case, m, fewest=1).course in more for m in (WAITED, LOGGED))


def _began_s(case: Case, metric: str) -> float:
    return case.onset_s(metric, above=max(0.05 * case.after(metric), 1e-9))


def _numbers(case: Case) -> list[Evidence]:
    return [case.rise(m) for m in (WAITED, LOGGED, COUNT) if case.after(m) > 0]


def _cleared(case: Case, seconds: float) -> str:
    waits = f"waits for a row lock: {show(case.total(COUNT))} while the load ran"
    spent = f"{show(seconds, 's')} a request"
    known = [waits if case.has(COUNT) else "", "" if math.isnan(seconds) else spent]
    return ", ".join(k for k in known if k)
