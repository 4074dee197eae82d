"""Rule: the database itself holds the request, for a reason not yet known."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.metrics import RESOURCES
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place, Rung
from diagnose.plugins import rule
from diagnose.units import show

from ._shares import NEGLIGIBLE, rise_s

WAIT = "http.wait_s"
SMALL_S = 0.005  # less is noise (a choice)
# A queue in front of the database does not make it slow; it is made by a slow one.
QUEUES = ("unexplained", "connection_pool", "thread_pool", "request_limit")
TWICE = 2.0  # times the database's seconds a request before (a choice)
TRY = Experiment(
    do="run the application's usual statements by hand at the plateau, with EXPLAIN ANALYZE",
    if_this_is_it="they are slow there as well",
    if_not="they are fast: the wait lies in the application's pool, or on the way",
)


@rule(
    resource="unexplained",
    roles=("db",),
    needs=(),
    pattern="D00",
    how_to_collect="time in the database for each request in the application's log; a slow log",
    explained_by=tuple(r for r in RESOURCES if r not in QUEUES),
)
def database_holds_the_request(case: Case) -> Outcome:
    """The database itself holds the request, for a reason not yet known.

    What it says:
        Seconds that a request spends in the database, as the application sees them, doubled
        and make up a tenth of the added time or more.

    Why it matters:
        It says where to look when nothing else does. Everything known of the database
        (processors, disk, statements, locks) comes before it.

    How it decides:
        The stretch of the ladder that the database may hold, before and after. A lead,
        never more: it says where, not why.

    What fools it:
        Time in the database is read on the application's clock: an application without a
        processor to run on finds every answer late, and blames its database.

    Source:
        Denning and Buzen, The Operational Analysis of Queueing Network Models, 1978
        https://doi.org/10.1145/356733.356735
    """
    name = case.component.name
    before, after, source = _in_database(case)
    if math.isnan(before) or math.isnan(after):
        return CannotTell(name, "unexplained", ("time in the database for each request",))
    moved = f"{show(before, 's')} a request in the database before, {show(after, 's')} after"
    share = (after - before) / rise_s(case)
    if after - before < SMALL_S or after < TWICE * before or share < NEGLIGIBLE:
        return Cleared(name, "unexplained", moved, source)
    seen = Evidence(moved, source, after, "s", component=name)
    return case.finding(
        "unexplained",
        f"requests spend {show(after - before, 's')} more in the database",
        Place.INSIDE,
        evidence=(seen,),
        mechanism=False,
        missing=("what holds them: processors, disk, statements, locks of the database",),
        onset_s=_onset_s(case),
        grows_with_load=_grows(case),
        strength=min(1.0, share) if not math.isnan(share) else 0.5,
        experiment=TRY,
        fix="measure the database: processors, disk, slow log with rows, lock waits",
    )


def _alone(case: Case, rung: Rung) -> bool:
    """Whether no other component may hold this time inside it."""
    return {n for n, place in rung.owners if place is Place.INSIDE} == {case.component.name}


def _in_database(case: Case) -> tuple[float, float, str]:
    for sender in case.senders:
        signal = sender.signal(WAIT, "db")
        if signal is not None:
            return sender.before(WAIT, "db"), sender.after(WAIT, "db"), sender.cite(WAIT, "db")
    rungs = [r for r in case.rungs(Place.INSIDE) if _alone(case, r)]
    if not rungs:
        return math.nan, math.nan, ""
    before, after = (math.fsum(getattr(r, w) for r in rungs) for w in ("before_s", "after_s"))
    return before, after, rungs[0].source


def _onset_s(case: Case) -> float:
    return next((s.onset_s(WAIT, "db") for s in case.senders if s.signal(WAIT, "db")), math.nan)


def _grows(case: Case) -> bool | None:
    seen = [s.grows_with_load(WAIT, "db") for s in case.senders if s.signal(WAIT, "db")]
    return seen[0] if seen else None
