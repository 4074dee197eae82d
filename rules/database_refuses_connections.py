"""Rule: the database refuses connections."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._levels import earliest, first_message_s, messages

OPEN, REFUSED = "db.connections", "db.refused_connections_per_s"
SAID, HEARD = message("db", "too_many_connections"), message("app", "too_many_connections")
ALL = 0.97  # of max_connections: at it, one more is refused (a choice)
TRY = Experiment(
    do="twice max_connections (and half the pools of the applications in a second run)",
    if_this_is_it="nobody is refused any more at the same load",
    if_not="connections fill up again: statements are slow, look at what holds them",
)


@rule(
    resource="db_connections",
    roles=("db",),
    needs=(" | ".join((OPEN, REFUSED, SAID)),),
    pattern="D03",
    how_to_collect="MySQL: SHOW GLOBAL STATUS each second (Threads_connected, "
    "Connection_errors_max_connections) and SHOW VARIABLES; "
    "PostgreSQL: its log",
    explained_by=("slow_query", "disk", "row_lock", "checkpoint"),
)
def database_refuses_connections(case: Case) -> Outcome:
    """The database refuses connections.

    What it says:
        The database had as many clients as it takes, and turned others away.

    Why it matters:
        An application that is turned away fails the request at once. Each pool may be in
        order and their sum too much: applications, times workers, times the pool.

    How it decides:
        Refusals counted by the server, or "Too many connections" in its log or in that of
        an application in front of it: a mechanism, with as many failures at most. All
        connections taken without a refusal seen: a lead, if requests failed.

    What fools it:
        Connections pile up when statements are slow: then whatever slows them comes first.
        A pool as large as max_connections fills it by right, and nobody is turned away.
        The server keeps one connection more for an administrator.

    Source:
        https://dev.mysql.com/doc/refman/8.4/en/too-many-connections.html
        (Connection_errors_max_connections); netdata, health.d/mysql.conf and postgres.conf
        https://www.postgresql.org/docs/current/runtime-config-connection.html
    """
    told = _told(case)
    limit, taken = case.limit("db.max_connections"), case.held(OPEN)
    full = limit is not None and taken >= ALL * limit.value
    failed = case.run.ladder.failures
    if not told and not (full and failed > 0):
        return Cleared(case.component.name, "db_connections", _cleared(case))
    count = max((e.value for e in told), default=math.nan)
    level = [case.rise(OPEN)] if case.has(OPEN) else []
    ceiling = [case.limit_note(f"max_connections is {show(limit.value)}", limit)] if limit else []
    return case.finding(
        "db_connections",
        f"the database refused {show(count)} connections" if told else "all connections are taken",
        Place.FRONT,
        evidence=(*told, *level, *ceiling),
        mechanism=bool(told),
        missing=() if told else ("a refusal: Connection_errors_max_connections, the error log",),
        onset_s=_onset_s(case),
        grows_with_load=_grows(case),
        failures=count,
        experiment=TRY,
        fix="a higher max_connections, smaller pools, a pooler in between",
    )


def _told(case: Case) -> list[Evidence]:
    counted = messages(case, REFUSED, SAID)
    return counted + [e for sender in case.senders for e in messages(sender, HEARD)]


def _onset_s(case: Case) -> float:
    heard = [first_message_s(sender, HEARD) for sender in case.senders]
    return earliest(first_message_s(case, REFUSED, SAID), *heard)


def _grows(case: Case) -> bool | None:
    known = [case.grows_with_load(m) for m in (REFUSED, SAID, OPEN)]
    known += [sender.grows_with_load(HEARD) for sender in case.senders]
    return True if True in known else next((k for k in known if k is not None), None)


def _cleared(case: Case) -> str:
    limit = case.limit("db.max_connections")
    if limit is None or not case.has(OPEN):
        return "no connection was refused"
    return f"{show(case.held(OPEN))} of {show(limit.value)} connections taken, none refused"
