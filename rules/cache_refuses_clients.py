"""Rule: a cache refuses clients."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show, times

from ._judging import Course, cleared, counted, timing

REFUSED, TAKEN = "cache.rejected_connections_per_s", "cache.connections"
MOST = "cache.max_connections"
TRY = Experiment(
    do="twice the maxclients (and the open files it needs), the same load",
    if_this_is_it="nobody is refused any more",
    if_not="connections fill up again: clients open more than they close, look at their pools",
)


@rule(
    resource="connections",
    roles=("cache", "queue"),
    where_measured=True,
    needs=(REFUSED,),
    pattern="D16",
    how_to_collect="redis-cli INFO each second (rejected_connections, connected_clients)",
    explained_by=("cpu", "swap"),
)
def cache_refuses_clients(case: Case) -> Outcome:
    """A cache refuses clients.

    What it says:
        The cache had as many clients as maxclients allows, and closed further connections
        with an error.

    Why it matters:
        An application that is turned away fails the request, or goes to the database
        without a cache. Each pool may be in order and their sum too much.

    How it decides:
        rejected_connections that grew after the inflection. One refusal counts where none
        was before: the server counts them for this reason alone.

    What fools it:
        The server lowers maxclients by itself when its limit of open files is too low: the
        number in its configuration is not the one that holds.

    Source:
        https://redis.io/docs/latest/develop/reference/clients/ (maxclients)
        https://redis.io/docs/latest/commands/info/ (rejected_connections); netdata,
        health.d/redis.conf (any rejected connection)
    """
    seen = counted(case, REFUSED, fewest=1)
    if seen.course not in (Course.GREW, Course.UNDATED):
        outcome = cleared(case, "connections", [seen], "it refused no client")
        return _with_room(case, outcome) if isinstance(outcome, Cleared) else outcome
    limit = case.limit(MOST)
    ceiling = (case.limit_note(f"maxclients is {show(limit.value)}", limit),) if limit else ()
    return case.finding(
        "connections",
        f"the cache refused clients {times(seen.total)}",
        Place.FRONT,
        evidence=(
            case.count(REFUSED),
            *([case.rise(TAKEN)] if case.has(TAKEN) else []),
            *ceiling,
        ),
        failures=seen.total,
        experiment=TRY,
        fix="a higher maxclients with the open files it needs, or smaller pools",
        **timing(case, seen),
    )


def _with_room(case: Case, outcome: Cleared) -> Cleared:
    """The same, with how many of the connections are taken where that is known."""
    limit = case.limit(MOST)
    if limit is None or not case.has(TAKEN):
        return outcome
    taken = f"{show(case.held(TAKEN))} of {show(limit.value)} connections taken"
    return Cleared(outcome.component, outcome.resource, f"{outcome.says}; {taken}", outcome.source)
