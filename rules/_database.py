"""What rules on a database share: its time as the application sees it. No rule."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import NAN, Place

from ._shares import NEGLIGIBLE, TELLING, rise_s, wait_gain_s

WAIT = "http.wait_s"
LONGEST = 90  # characters of a statement in a sentence


def seconds_at_db(case: Case) -> float:
    """Seconds a request spent in this database after the inflection; NaN if not measured."""
    seen = [sender.after(WAIT, "db") for sender in case.senders]
    known = [s for s in seen if not math.isnan(s)]
    if known:
        return max(known)
    rungs = [r.after_s for r in case.rungs(Place.INSIDE) if not math.isnan(r.after_s)]
    return math.fsum(rungs) if rungs else NAN


def telling(case: Case, seconds: float) -> bool:
    """Whether so many seconds a request are much of the database's time, or of the rise."""
    at_db = seconds_at_db(case)
    if not math.isnan(at_db):
        return seconds >= TELLING * at_db
    return bool(seconds >= NEGLIGIBLE * rise_s(case))


def with_the_pool(case: Case, seconds: float) -> float:
    """The most that a slow database explains: its own seconds, and the queue for its pool."""
    gains = [wait_gain_s(sender, "pool") for sender in case.senders]
    return seconds + math.fsum(g for g in gains if g > 0)


def short(statement: str) -> str:
    """A statement cut to what a sentence holds."""
    return statement if len(statement) <= LONGEST else statement[: LONGEST - 1] + "…"
