"""Rule: the load generator has too few users for the rate that it was asked for."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.case import mean as mean_of
from diagnose.metrics import message
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show, times

from ._levels import comes_with_load, first_message_s, messages

SAID = message("generator", "too_few_users")
SLOWER = 1.5  # times the response time before: slow answers use up users (a choice)
TRY = Experiment(
    do="twice the users (maxVUs) at the same rate",
    if_this_is_it="throughput rises and the response time stays as it is",
    if_not="the response time rises instead: a server is at its limit",
)


@rule(
    resource="request_limit",
    roles=("load_generator",),
    needs=(SAID,),
    pattern="G04",
    how_to_collect="the generator's own log and summary (k6: dropped_iterations)",
)
def generator_runs_out_of_users(case: Case) -> Outcome:
    """The load generator has too few users for the rate that it was asked for.

    What it says:
        The generator wanted to begin a request and had no user free for it: it sent less
        than the test asked for, while answers came as fast as before.

    Why it matters:
        Throughput then stands still at what so many users can do, and looks like the limit
        of a server.

    How it decides:
        Its own words ("Insufficient VUs", dropped iterations), and a response time that
        has not grown by half. Where answers did become slower, that is why users ran out:
        then this is a consequence, and is cleared.

    What fools it:
        Both come together at the edge of a ramp: users run out because answers take
        longer. Whoever raises the number of users sees which.

    Source:
        https://grafana.com/docs/k6/latest/using-k6/scenarios/concepts/dropped-iterations/
        (too few VUs, or a system that answers more slowly)
    """
    name, said = case.component.name, messages(case, SAID)
    if not said:
        return Cleared(name, "request_limit", "users enough for the rate that was asked for")
    windows = case.run.windows
    before, after = (mean_of(case.run.latency_s, w) for w in (windows.before, windows.after))
    moved = f"{show(before, 's')} before, {show(after, 's')} after"
    if after > SLOWER * before:
        return Cleared(name, "request_limit", f"users ran out because answers took longer: {moved}")
    return case.finding(
        "request_limit",
        f"the load generator ran out of users {times(case.total_of_parts(SAID))}",
        Place.FRONT,
        evidence=(*said, case.note(f"response time {moved}")),
        mechanism=not math.isnan(after),
        onset_s=first_message_s(case, SAID),
        grows_with_load=comes_with_load(case, SAID),
        experiment=TRY,
        fix="more users (maxVUs, preAllocatedVUs) for the same rate",
    )
