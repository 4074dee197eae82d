"""vegeta plot: a page with a thinned-out selection of latencies.

Its points are chosen for how a curve looks (LTTB), 4,000 of them unless --threshold says
otherwise: how many requests there were, and how many failed, cannot be told from it. It is
known so that the user is told what to give instead.

Source: https://github.com/tsenart/vegeta (README: plot; lib/plot/plot.go).
"""

from __future__ import annotations

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Reading

from ._best_commands import BEST

INSTEAD = (
    "a plot holds a selection of latencies, and no counts: give the results that it was made of "
    "(the file of `vegeta attack`, as it is)"
)


def recognizes(head: Head) -> float:
    """By its title."""
    return 0.95 if "<title>Vegeta Plot</title>" in head.text[:4096] else 0.0


@collector(
    kind="vegeta_plot",
    title="vegeta plot",
    recognizes=recognizes,
    role="load_generator",
    tool="vegeta",
    best=BEST["vegeta"],
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Nothing but what to give instead."""
    raw.lines_read = sum(1 for _ in raw.lines())
    return Reading(facts=[Fact("load.tool", "vegeta")], notes=[INSTEAD])
