"""Rule: connections fail while users are added, and no more after that."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from diagnose.case import Case
from diagnose.model import NAN, CannotTell, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.readings import Array
from diagnose.units import show

from ._judging import FEWEST

CONNECTING = ("refused", "reset", "closed", "timeout")
ALL_USERS = 0.98  # of the most: then the ramp is over (a choice)
NEARLY_ALL = 0.9  # of the failures, while users were added (a choice)
LONG_ENOUGH_S = 10.0  # at the full number of users, to tell that failures ended (a choice)
AFTERWARDS_S = 5.0  # a connection that was begun in the ramp may time out later (a choice)
COURSE = "the number of users, and failures, over time"


@rule(
    resource="listen_backlog",
    roles=("load_generator",),
    pattern="G10",
    how_to_collect="the load tool's failures by text, and its course in time",
    explained_by=("listen_backlog", "syn_queue", "conntrack", "ephemeral_ports", "connections"),
)
def failures_end_with_the_ramp(case: Case) -> Outcome:
    """Connections fail while users are added, and no more after that.

    What it says:
        Nine tenths of the failures came while the number of users rose, and nearly all are
        of connections; at the full number of users hardly any failed.

    Why it matters:
        Then the servers carry the load, and not the burst in which it came: each new user
        opens a connection. Real users do not come by thousands a second, unless they do.

    How it decides:
        Failures by second against users by second, in a run that stood at its full number
        of users for ten seconds or more. Never a mechanism: which queue was full, a
        counter of a server tells.

    What fools it:
        A server that was cold at first (caches, threads, connections to its database) fails
        at first as well. Users that stop after a failure take the failures with them.

    Source:
        accept(2), listen(2); locust --spawn-rate; the shares and times are choices
    """
    name, course = case.component.name, _course(case)
    load = case.run.load
    if course is None or load is None or (not load.errors and load.failures != 0):
        return CannotTell(name, "listen_backlog", (COURSE,))
    if course.total < FEWEST:
        return Cleared(name, "listen_backlog", f"{show(course.total)} requests failed", load.source)
    says = f"{show(course.share, 'ratio')} of {show(course.total)} failures while users were added"
    if course.share < NEARLY_ALL or _connecting(case) < NEARLY_ALL:
        what = f"{show(_connecting(case), 'ratio')} of failures are of connections"
        return Cleared(name, "listen_backlog", f"{says}; {what}", load.source)
    return case.finding(
        "listen_backlog",
        f"connections fail in the ramp only: {says}",
        Place.FRONT,
        evidence=(case.note(says, value=course.share, unit="ratio"),),
        mechanism=False,
        onset_s=course.onset_s,
        grows_with_load=False,
        failures=course.total,
        missing=("which queue was full: nstat (ListenOverflows, ReqQFull) of the first tier",),
        experiment=Experiment(
            do="the same number of users, added ten times as slowly",
            if_this_is_it="nothing fails, and the full load is carried as before",
            if_not="requests fail at the same number of users: a limit, not a burst",
        ),
        fix="add users more slowly; a longer accept queue (listen backlog, somaxconn)",
    )


@dataclass(frozen=True, slots=True)
class Course:
    """Failures, and the share of them that came while users were added."""

    total: float
    share: float
    onset_s: float


def _course(case: Case) -> Course | None:
    """None where there is no course of both, no ramp, or no time at the full number."""
    run, users, failures = case.run, case.run.users, case.run.failures_per_s
    if users.shape != run.grid_s.shape or failures.shape != run.grid_s.shape:
        return None
    known = run.windows.load & np.isfinite(users)
    if not known.any() or not np.isfinite(failures[known]).any():
        return None
    ended_s = _ramp_ended_s(run.grid_s[known], users[known])
    calm = run.grid_s[known][-1] - ended_s - AFTERWARDS_S
    if math.isnan(ended_s) or calm < LONG_ENOUGH_S:
        return None
    failed = np.where(known & np.isfinite(failures), failures, 0.0)
    total = float(failed.sum())
    early = float(failed[run.grid_s <= ended_s + AFTERWARDS_S].sum())
    first = run.grid_s[failed > 0]
    return Course(total, early / total if total else NAN, float(first[0]) if first.size else NAN)


def _ramp_ended_s(grid_s: Array, users: Array) -> float:
    """When users first stood at nearly their most; NaN where they were all there at once."""
    full = np.flatnonzero(users >= ALL_USERS * users.max())
    return float(grid_s[full[0]]) if full[0] > 0 else NAN


def _connecting(case: Case) -> float:
    """Share of the named failures that are of connections."""
    errors = case.run.load.errors if case.run.load else ()
    total = sum(e.count for e in errors)
    return sum(e.count for e in errors if e.kind in CONNECTING) / total if total else 0.0
