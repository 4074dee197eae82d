"""Rule: an application waits for something outside the system under test."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._app import named_waits
from ._levels import earliest, first_message_s, messages
from ._shares import TELLING, rise_s

WAIT = "http.wait_s"
SAID = (message("app", "timed_out"), message("app", "connect_refused"))
OTHERS = ("pool", "db")  # judged by rules of their own
ROLES = {"cache": ("cache", "redis"), "queue": ("queue",)}
SMALL_S = 0.005  # less is noise (a choice)
TRY = Experiment(
    do="a stub that answers at once in place of the dependency, the same load",
    if_this_is_it="the wait is gone, and throughput rises",
    if_not="the same throughput: look inside the application",
)


@rule(
    resource="upstream",
    roles=("app",),
    needs=(f"{WAIT} | {' | '.join(SAID)}",),
    pattern="A13",
    how_to_collect="for each request in the application's log: its waits by name",
    explained_by=("cpu", "swap", "dns", "ephemeral_ports", "packet_loss"),
)
def application_waits_for_a_dependency(case: Case) -> Outcome:
    """An application waits for something outside the system under test.

    What it says:
        Of the added time, a quarter or more is a wait that the application names and that
        is neither its database nor its pool: another service, a cache, a queue.

    Why it matters:
        What it waits for is not in the picture, and no host in it can be blamed.

    How it decides:
        Named waits, before and after. With "timed out" or "connection refused" in the
        application's log a mechanism, else a lead. A dependency that is a component of the
        run is left to its own rules.

    What fools it:
        The wait is read on the application's clock: without a processor to run on, every
        answer comes late.

    Source:
        https://sre.google/sre-book/addressing-cascading-failures/
    """
    waits = {part: g for part, g in named_waits(case).items() if not _known(case, part)}
    part, gained = next(iter(waits.items()), ("", math.nan))
    said = messages(case, *SAID)
    if gained >= SMALL_S and gained >= TELLING * rise_s(case):
        return case.finding(
            "upstream",
            f"requests wait {show(gained, 's')} more for {part}",
            Place.BEHIND,
            evidence=(_moved(case, part), *said),
            mechanism=bool(said),
            missing=() if said else (f"what {part} itself measured",),
            onset_s=earliest(case.onset_s(WAIT, part), first_message_s(case, *SAID)),
            grows_with_load=case.grows_with_load(WAIT, part),
            seconds=gained,
            experiment=TRY,
            fix="ask the dependency less, cache its answers, or a limit of time for it",
        )
    says = _moved(case, part).says if part else "no wait for a dependency is named"
    return Cleared(case.component.name, "upstream", says)


def _known(case: Case, part: str) -> bool:
    """Whether a wait is for the database, the pool or a component of the run."""
    if part in OTHERS:
        return True
    behind = [r.component for r in case.receivers]
    return any(part == c.name or part in ROLES.get(c.role, ()) for c in behind)


def _moved(case: Case, part: str) -> Evidence:
    return case.rise(WAIT, part, says="wait a request")
