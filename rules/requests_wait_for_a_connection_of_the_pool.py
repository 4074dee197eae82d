"""Rule: requests wait for a free connection of the application's pool."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show, times

from ._levels import comes_with_load, earliest, first_message_s, messages
from ._shares import TELLING, rise_s, wait_gain_s

WAIT, POOL, DB = "http.wait_s", "pool", "db"
SAID = message("app", "pool_exhausted")
NOISE_S = 0.005  # seconds that are less are noise (a choice)
SLOWER = 1.5  # times the time in the database before: then the pool queues for it (a choice)
FLAT = 0.95  # of the pool's size: connections that stand there are all taken (a choice)
TRY = Experiment(
    do="twice the pool (and max_connections of the database above it), the same load",
    if_this_is_it="the wait is gone, throughput rises, time in the database stays",
    if_not="the wait moves into the database: it is the database, or the processors, that is slow",
)


@rule(
    resource="connection_pool",
    roles=("app",),
    needs=(f"{WAIT} | {SAID}",),
    pattern="A05",
    how_to_collect="time waited for a connection, for each request, in the application's log "
    "(Go: sql.DBStats WaitDuration; Hikari: pool.Wait)",
    explained_by=(
        "cpu",
        "slow_query",
        "disk",
        "row_lock",
        "lock",
        "checkpoint",
        "memory",
        "swap",
        "gc",
        "db_connections",
    ),
)
def requests_wait_for_a_connection_of_the_pool(case: Case) -> Outcome:
    """Requests wait for a free connection of the application's pool.

    What it says:
        Of the added time, a quarter or more is spent waiting for a connection (or slot) of
        the application's own pool, or the application said that the pool ran out.

    Why it matters:
        A pool of N with R seconds a use serves N/R requests a second, and no more, however
        idle application and database are.

    How it decides:
        The named wait, before and after. Where time in the database grew by half as well,
        each use takes longer, and the pool is only where the queue stands: then this is a
        lead, whatever was measured of the rest.

    What fools it:
        A queue for a pool forms in front of everything slow behind it, and in front of the
        application's own full processors (a connection is held while its owner cannot run).
        Those findings explain this one. A pool that is larger than the database can serve
        moves the wait, and does not end it.

    Source:
        https://pkg.go.dev/database/sql#DBStats (WaitCount, WaitDuration)
        Little, A Proof for the Queuing Formula L = λW, 1961, doi:10.1287/opre.9.3.383
    """
    said, gained = messages(case, SAID), wait_gain_s(case, POOL)
    share = gained / rise_s(case)
    waits = gained >= NOISE_S and share >= TELLING
    if not said and not waits:
        return _room(case)
    failures, longer = math.fsum(e.value for e in said) or math.nan, _database_too(case)
    return case.finding(
        "connection_pool",
        f"requests wait {show(gained, 's')} more for a free connection"
        if waits
        else f"the connection pool ran out {times(failures)}",
        Place.INSIDE,
        evidence=(*_waited(case), *said, *_size(case)),
        mechanism=not longer,
        missing=("what makes each use of a connection take longer",) if longer else (),
        onset_s=earliest(_onset_s(case), first_message_s(case, SAID)),
        grows_with_load=case.grows_with_load(WAIT, POOL) if waits else comes_with_load(case, SAID),
        strength=min(1.0, share) if waits else 0.5,
        seconds=gained if waits else max(0.0, gained),
        failures=failures,
        experiment=TRY,
        fix="a pool as large as throughput times the seconds of a use, twice over",
        against=longer,
    )


def _onset_s(case: Case) -> float:
    return case.onset_s(WAIT, POOL, above=max(0.02 * case.after(WAIT, POOL), NOISE_S))


def _waited(case: Case) -> list[Evidence]:
    parts = [p for p in (POOL, DB) if case.signal(WAIT, p)]
    names = {POOL: "waiting for a connection, a request", DB: "in the database, a request"}
    return [case.rise(WAIT, p, says=names[p]) for p in parts]


def _size(case: Case) -> list[Evidence]:
    """The pool's size, and whether the database holds as many connections as it allows."""
    limit = case.limit("app.pool_size")
    if limit is None:
        return []
    seen = [case.limit_note(f"the pool has {show(limit.value)} connections", limit)]
    for db in case.receivers:
        held = db.held("db.connections")
        if held >= FLAT * limit.value:
            says = f"{db.component.name} stands at {show(held)} connections"
            seen.append(db.note(says, "db.connections", value=held))
    return seen


def _database_too(case: Case) -> tuple[Evidence, ...]:
    before, after = case.before(WAIT, DB), case.after(WAIT, DB)
    if not after - before >= NOISE_S or not after >= SLOWER * before:
        return ()
    moved = f"{show(before, 's')} before, {show(after, 's')} after"
    says = f"a use of the connection takes longer as well: {moved}"
    return (case.note(says, WAIT, DB, after),)


def _room(case: Case) -> Cleared | CannotTell:
    """Where no wait for a pool is named, nobody knows of one: a full pool is often silent."""
    name = case.component.name
    if case.signal(WAIT, POOL) is None:
        return CannotTell(name, "connection_pool", ("time waited for a connection of the pool",))
    before, after = case.before(WAIT, POOL), case.after(WAIT, POOL)
    says = f"a request waits for a connection {show(before, 's')} before, {show(after, 's')} after"
    return Cleared(name, "connection_pool", says, case.rise(WAIT, POOL).source)
