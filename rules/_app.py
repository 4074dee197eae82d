"""Time that an application spends itself: what two rules share. No rule."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import NAN
from diagnose.units import show

from ._shares import wait_gain_s

OWN, TOTAL = "http.own_s", "http.request_s"


def own_gain(case: Case) -> tuple[float, str, str]:
    """Seconds that a request gained inside, outside every named wait; a sentence; its source.

    NaN where the log does not tell own time from time behind: an application that names no
    wait and has somebody behind it cannot be split.
    """
    signal = case.signal(OWN)
    if signal is not None and not math.isnan(case.before(OWN) + case.after(OWN)):
        gained = case.after(OWN) - case.before(OWN)
        moved = f"{show(case.before(OWN), 's')} before, {show(case.after(OWN), 's')} after"
        return gained, f"own time a request: {moved}", case.cite(OWN)
    total = case.signal(TOTAL)
    if total is None or case.component.sends_to:
        return NAN, "", ""
    gained = case.after(TOTAL) - case.before(TOTAL)
    moved = f"{show(case.before(TOTAL), 's')} before, {show(case.after(TOTAL), 's')} after"
    return gained, f"time a request, nobody behind: {moved}", case.cite(TOTAL)


def named_waits(case: Case) -> dict[str, float]:
    """Seconds that each named wait gained, the largest first."""
    gains = {part: wait_gain_s(case, part) for part in case.signals("http.wait_s")}
    known = {part: g for part, g in gains.items() if not math.isnan(g)}
    return dict(sorted(known.items(), key=lambda item: -item[1]))
