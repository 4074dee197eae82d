"""Rule: the application itself holds the request, for a reason not yet known."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.metrics import RESOURCES
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._app import OWN, TOTAL, own_gain
from ._shares import TELLING, rise_s

SMALL_S = 0.005  # less is noise (a choice)
TRY = Experiment(
    do="answer one address of the application without any work, and load only that",
    if_this_is_it="it is as slow as the others: the runtime or the host holds it",
    if_not="it stays fast: the time lies in the application's work, profile it",
)


@rule(
    resource="unexplained",
    roles=("app", "cache", "queue"),
    needs=(f"{OWN} | {TOTAL}",),
    pattern="A00",
    how_to_collect="for each request in the application's log: its time, and its waits by name",
    explained_by=tuple(r for r in RESOURCES if r != "unexplained"),
)
def application_holds_the_request(case: Case) -> Outcome:
    """The application itself holds the request, for a reason not yet known.

    What it says:
        Of the added time, a quarter or more is the application's own, outside every wait
        that it names.

    Why it matters:
        It says where to look when nothing else does. Whatever is known of this host
        (processors, quota, locks, garbage collection) comes before it.

    How it decides:
        Own seconds a request (request less named waits less upstream time), before and
        after. A lead, never more: it says where, not why.

    What fools it:
        An application that names no wait, with somebody behind it: then it cannot tell own
        time from theirs, and says so.

    Source:
        Denning and Buzen, The Operational Analysis of Queueing Network Models, 1978
        https://doi.org/10.1145/356733.356735
    """
    name, (gained, says, source) = case.component.name, own_gain(case)
    if math.isnan(gained):
        return CannotTell(name, "unexplained", ("time inside, apart from what lies behind",))
    share = gained / rise_s(case)
    if gained < SMALL_S or share < TELLING:
        return Cleared(name, "unexplained", says, source)
    metric = OWN if case.has(OWN) else TOTAL
    return case.finding(
        "unexplained",
        f"requests spend {show(gained, 's')} more in the application itself",
        Place.INSIDE,
        evidence=(Evidence(says, source, gained, "s", metric, "", name),),
        mechanism=False,
        missing=("what holds them: processors by core, quota, a profile",),
        onset_s=case.onset_s(metric),
        grows_with_load=case.grows_with_load(metric),
        strength=min(1.0, share) if not math.isnan(share) else 0.5,
        seconds=gained,
        experiment=TRY,
        fix="profile the application at the plateau",
    )
