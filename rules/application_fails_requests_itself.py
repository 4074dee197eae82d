"""Rule: an application fails requests by itself."""

from __future__ import annotations

import math

from diagnose.case import Case, mean
from diagnose.metrics import RESOURCES, message
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._levels import earliest, first_message_s, messages

BORN, ALL, REQUESTS = "http.born_failures_per_s", "http.failures_per_s", "http.requests_per_s"
SAID = (message("app", "panic"), message("app", "other_error"))
MATTERS = 0.01  # of the requests after the inflection (a choice)
MORE = 2.0  # times the share before: else it fails whatever the load (a choice)
TRY = Experiment(
    do="one user that repeats a failing request, without load",
    if_this_is_it="it fails under load only: something runs out, read the message",
    if_not="it fails alone as well: a fault of the application or the script, not a limit",
)


@rule(
    resource="unexplained",
    roles=("app", "cache", "queue"),
    needs=(f"{BORN} | {ALL}", REQUESTS),
    pattern="A20",
    how_to_collect="the application's log, with the status of each request and its errors",
    explained_by=tuple(r for r in RESOURCES if r != "unexplained"),
)
def application_fails_requests_itself(case: Case) -> Outcome:
    """An application fails requests by itself.

    What it says:
        The application answered one request in a hundred or more with an error that nobody
        behind it had sent, and more of them after the inflection than before.

    Why it matters:
        Tiers in front only pass these failures on. The message beside them says why.

    How it decides:
        Failures born here, as a share of its requests, before and after. With a panic in
        its log a mechanism; else a lead, until a limit of its own is found.

    What fools it:
        A route that always fails, or a script that asks for what does not exist, fails
        without load as well: the share does not grow, and it is cleared. Errors may come
        from what it waits for (timeouts, refused connections): those rules come first.

    Source:
        https://sre.google/sre-book/monitoring-distributed-systems/ (errors as a signal)
    """
    metric = BORN if case.has(BORN) else ALL
    before, after = _share(case, metric, "before"), _share(case, metric, "after")
    moved = f"{show(before, 'ratio')} of its requests failed before, {show(after, 'ratio')} after"
    said = messages(case, *SAID)
    panics = [e for e in said if e.metric == SAID[0]]
    if not after >= MATTERS or after < MORE * before:
        return Cleared(case.component.name, "unexplained", moved)
    return case.finding(
        "unexplained",
        f"the application fails {show(after, 'ratio')} of its requests by itself",
        Place.INSIDE,
        evidence=(case.note(moved, metric, value=after), *said),
        mechanism=bool(panics),
        missing=() if panics else ("the application's message on why these requests failed",),
        onset_s=earliest(case.onset_s(metric, above=1e-9), first_message_s(case, SAID[0])),
        grows_with_load=case.grows_with_load(metric),
        seconds=0.0,
        failures=case.total(metric),
        experiment=TRY,
        fix="read the message beside the failed requests",
    )


def _share(case: Case, metric: str, window: str) -> float:
    when = getattr(case.run.windows, window)
    requests = mean(case.values(REQUESTS), when)
    failed = mean(case.values(metric), when)
    return failed / requests if requests > 0 else math.nan
