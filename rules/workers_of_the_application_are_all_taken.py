"""Rule: all workers of an application are taken."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show, times

from ._levels import (
    LONG_ENOUGH,
    comes_with_load,
    earliest,
    first_message_s,
    messages,
    share_above,
    steady,
)

INSIDE, THREADS = "http.in_flight", "process.threads"
LIMIT, THREAD_LIMIT = "app.threads_max", "process.threads_max"
SAID = (message("app", "queue_full"), message("kernel", "fork_rejected"))
ALL = 0.95  # of the workers (a choice: one may be between two requests)
OVER = 1.1  # times the limit: then it is no limit of requests (a choice)
TRY = Experiment(
    do="twice the workers (threads), the same load",
    if_this_is_it="throughput rises until a processor or the database is full",
    if_not="the same throughput with more requests inside: each takes longer, look at its waits",
)


@rule(
    resource="thread_pool",
    roles=("app", "cache", "queue"),
    needs=(f"{LIMIT} | {SAID[0]} | {SAID[1]} | {THREAD_LIMIT}",),
    pattern="A09",
    how_to_collect="the configured number of workers or threads; the application's log with the "
    "time of each request",
    explained_by=(
        "cpu",
        "slow_query",
        "disk",
        "row_lock",
        "lock",
        "connection_pool",
        "upstream",
        "swap",
        "gc",
        "db_connections",
    ),
)
def workers_of_the_application_are_all_taken(case: Case) -> Outcome:
    """All workers of an application are taken.

    What it says:
        As many requests were inside the application as it has workers, and stood there, or
        it said that its queue was full.

    Why it matters:
        The next request waits before the application sees it: the tier in front measures
        that wait, and the application's own log looks fine.

    How it decides:
        Requests inside (from the ends and durations of its log) at 95 % of the configured
        workers for a third of the time after the inflection; threads of its process at
        their limit; or its own words.

    What fools it:
        Workers fill up when what they wait for is slow: then that comes first. A log that
        counts the wait in front has more requests inside than workers: no limit of this
        kind. Threads that exist are not threads that work: a pool at its full size idles.

    Source:
        https://docs.gunicorn.org/en/stable/design.html (a sync worker handles one request)
        https://tomcat.apache.org/tomcat-10.1-doc/config/http.html (maxThreads, acceptCount)
    """
    said, full = messages(case, *SAID), _all_taken(case)
    if not said and full is None:
        return _room(case)
    onset = case.onset_s(full.metric, full.part, above=ALL * full.value) if full else math.nan
    main = full.metric if full else said[0].metric
    failures = math.fsum(e.value for e in said) if said else math.nan
    return case.finding(
        "thread_pool",
        full.says if full else f"the application's queue was full {times(failures)}",
        Place.FRONT,
        evidence=(*([full] if full else []), *said),
        onset_s=earliest(onset, first_message_s(case, *SAID)),
        grows_with_load=comes_with_load(case, main, full.part if full else ""),
        failures=failures,
        experiment=TRY,
        fix="more workers, if processors and the database have room; else shorter requests",
    )


def _all_taken(case: Case) -> Evidence | None:
    """Requests inside, or threads, that stand at their limit; value is the limit."""
    limit = case.limit(LIMIT)
    if limit is not None and _stands_at(case, INSIDE, "", limit.value):
        inside = case.held(INSIDE)
        says = f"{show(inside)} requests inside, {show(limit.value)} workers"
        return case.note(says, INSIDE, value=limit.value)
    for part in case.signals(THREADS):
        most = case.limit(THREAD_LIMIT, part)
        if most is not None and _stands_at(case, THREADS, part, most.value):
            held = case.held(THREADS, part)
            says = f"{part} has {show(held)} threads of {show(most.value)}"
            return case.note(says, THREADS, part, most.value)
    return None


def _stands_at(case: Case, metric: str, part: str, limit: float) -> bool:
    after = case.run.windows.after
    lasts = share_above(case.values(metric, part), ALL * limit, after) >= LONG_ENOUGH
    at_limit = case.held(metric, part) <= OVER * limit
    return lasts and at_limit and not steady(case, metric, part)


def _room(case: Case) -> Cleared | CannotTell:
    """A log without a word of a full queue clears nobody: many queues are silent."""
    name, limit = case.component.name, case.limit(LIMIT)
    if limit is not None and case.has(INSIDE):
        says = f"{show(case.held(INSIDE))} requests inside, {show(limit.value)} workers"
        return Cleared(name, "thread_pool", says, case.rise(INSIDE).source)
    part = case.worst(THREADS)
    most = case.limit(THREAD_LIMIT, part)
    if limit is None and most is not None and case.has(THREADS):
        says = f"{part} has {show(case.held(THREADS, part))} threads of {show(most.value)}"
        return Cleared(name, "thread_pool", says, case.rise(THREADS, part).source)
    return CannotTell(name, "thread_pool", (INSIDE if limit else LIMIT,))
