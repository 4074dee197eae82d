"""What rules on the load generator share: the time between it and the first tier. No rule."""

from __future__ import annotations

import math
from collections.abc import Callable

from diagnose.case import Case
from diagnose.model import NAN, Evidence, Place, spanned
from diagnose.readings import LoadError
from diagnose.units import show

from ._neighbours import behind
from ._shares import NEGLIGIBLE, rise_s


def front_gain_s(case: Case) -> float:
    """Seconds added between users and the first tier; NaN where nobody measured them."""
    own = case.gained_s(Place.FRONT)
    if not math.isnan(own):
        return own
    gains = [tier.gained_s(Place.FRONT) for tier in behind(case)]
    known = [g for g in gains if not math.isnan(g)]
    return math.fsum(known) if known else NAN


def front_source(case: Case) -> str:
    """Where the time in front of the first tier was read."""
    rungs = [r for tier in (case, *behind(case)) for r in tier.rungs(Place.FRONT)]
    return " + ".join(dict.fromkeys(r.source for r in rungs if r.source))


def servers_hold_it(case: Case) -> tuple[Evidence, ...]:
    """Evidence against: hardly any of the added time lies in front of the first tier."""
    gained, rise = front_gain_s(case), rise_s(case)
    if not gained < NEGLIGIBLE * rise:
        return ()
    says = (
        f"only {show(max(gained, 0.0), 's')} of {show(rise, 's')} added lie before the first tier"
    )
    return (Evidence(says, front_source(case), gained, "s", component=case.component.name),)


def errors_saying(case: Case, *words: str) -> tuple[Evidence, ...]:
    """Failures in the generator's own table whose text holds one of the words."""
    return errors_that(case, lambda e: any(word in e.text.lower() for word in words))


def errors_that(case: Case, chosen: Callable[[LoadError], bool]) -> tuple[Evidence, ...]:
    """Failures in the generator's own table, those that are chosen."""
    load = case.run.load
    if load is None:
        return ()
    return tuple(
        Evidence(
            f"{show(e.count)} requests failed with: {e.text[:80]}",
            spanned(e.path or load.source, e.line, e.line),
            float(e.count),
            component=case.component.name,
        )
        for e in load.errors
        if chosen(e)
    )


def counted_errors(errors: tuple[Evidence, ...]) -> float:
    """Requests in those failures; NaN where there are none (a log may skip what repeats)."""
    return math.fsum(e.value for e in errors) if errors else NAN
