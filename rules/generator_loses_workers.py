"""Rule: the load generator loses workers while the load runs."""

from __future__ import annotations

import numpy as np

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import NAN, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show, times

from ._levels import comes_with_load, first_message_s, messages

SAID = message("generator", "heartbeat_missed")
FEWER = 0.05  # of the users: less is no worker of twenty (a choice)
WITHIN_S = 15.0  # around the message: Locust waits three heartbeats of a second, reports each 3 s


@rule(
    resource="request_limit",
    roles=("load_generator",),
    needs=(SAID,),
    pattern="G03",
    how_to_collect="the log of the load tool's master, and the number of users over time",
)
def generator_loses_workers(case: Case) -> Outcome:
    """The load generator loses workers while the load runs.

    What it says:
        The master heard nothing more of a worker, and the number of users fell at that
        moment: a part of the load was gone.

    Why it matters:
        Throughput that falls then says nothing of the servers. Users that the other workers
        take over come as a burst, and so do their connections.

    How it decides:
        "failed to send heartbeat" in the master's log, and a twentieth of the users or more
        gone within 15 s of it. Where users stayed, the worker came back: cleared here.

    What fools it:
        A busy worker misses heartbeats and goes on sending: its processor is the matter,
        which another rule looks at. The end of a test takes users away as well; what lies
        in the last second of the load does not count.

    Source:
        locust/runners.py (HEARTBEAT_LIVENESS 3, HEARTBEAT_INTERVAL 1 s)
        https://docs.locust.io/en/stable/running-distributed.html; 5 % and 15 s are choices
    """
    name, said = case.component.name, messages(case, SAID)
    source = case.sources(SAID)
    if not said:
        return Cleared(name, "request_limit", "no worker was missed", source)
    before, after = _users_around(case)
    told = f"users {show(before)} before, {show(after)} after" if before == before else ""
    if before == before and after > (1 - FEWER) * before:
        says = f"workers missed heartbeats {times(case.total_of_parts(SAID))}: {told}"
        return Cleared(name, "request_limit", says, source)
    return case.finding(
        "request_limit",
        f"a worker of the load generator was lost: {told}" if told else "a worker was lost",
        Place.FRONT,
        evidence=(*said, *([_note(case, told)] if told else [])),
        mechanism=bool(told),
        missing=() if told else ("the number of users when the worker was missed",),
        onset_s=first_message_s(case, SAID),
        grows_with_load=comes_with_load(case, SAID),
        experiment=Experiment(
            do="half the users for each worker, on twice the workers, and rerun",
            if_this_is_it="no heartbeat is missed, and users stay at their number",
            if_not="users stay and the same limit shows: look at the servers",
        ),
        fix="more workers with fewer users each; a quiet network between them and the master",
    )


def _note(case: Case, told: str) -> Evidence:
    return case.note(told, "load.users") if case.has("load.users") else case.note(told)


def _users_around(case: Case) -> tuple[float, float]:
    """Most users shortly before a message, and fewest shortly after; NaN where unknown."""
    users, grid = case.run.users, case.run.grid_s
    at = np.flatnonzero((case.total_values(SAID) > 0) & case.run.windows.load)
    worst = (NAN, NAN)
    if users.shape != grid.shape:
        return worst
    for moment in grid[at]:
        near = case.run.windows.load & np.isfinite(users)
        first = users[near & (grid <= moment) & (grid >= moment - WITHIN_S)]
        then = users[near & (grid >= moment) & (grid <= moment + WITHIN_S)]
        if first.size and then.size:
            pair = (float(first.max()), float(then.min()))
            worst = pair if worst[0] != worst[0] or _drop(pair) > _drop(worst) else worst
    return worst


def _drop(pair: tuple[float, float]) -> float:
    return pair[0] - pair[1]
