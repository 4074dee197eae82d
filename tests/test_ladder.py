"""Where the added seconds went and where failures were born, whoever logged what."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tier_logs import LOAD_S, a_tier, ends

from diagnose import ladder
from diagnose.levels import Stretch, UserView
from diagnose.model import Component, Ladder, Place, Rung, Topology
from diagnose.tiers import TierLog

TURN_S = 30.0
BEFORE, AFTER, WHOLE = Stretch(0, TURN_S), Stretch(TURN_S, LOAD_S), Stretch(0, LOAD_S + 1)
AT = ends(600)
PATH = Topology(
    (
        Component("client", "load_generator", sends_to=("router",)),
        Component("router", "router", sends_to=("lb1",)),
        Component("lb1", "lb", sends_to=("lb2",)),
        Component("lb2", "lb", sends_to=("api",)),
        Component("api", "app", sends_to=("db",)),
        Component("db", "db"),
    )
)


def rises(before: float, after: float) -> np.ndarray:
    return np.where(AT < TURN_S, before, after)


def user(before: float, after: float, requests: int = 600, failures: int = 0) -> UserView:
    return UserView("client", before, after, requests, failures, "raw/client/history.csv")


def climb(*logs: TierLog, seen: UserView | None = None) -> Ladder:
    return ladder.climb(PATH, {log.component: log for log in logs}, seen, BEFORE, AFTER, WHOLE)


def gains(found: Ladder) -> dict[str, float]:
    return {r.name: round(r.gained_s, 6) for r in found.rungs}


LB1 = a_tier("lb1", AT, rises(0.09, 0.69), rises(0.08, 0.67))
LB2 = a_tier("lb2", AT, rises(0.07, 0.65), rises(0.06, 0.62))
API = a_tier("api", AT, rises(0.05, 0.6), waits_s={"db": rises(0.02, 0.32), "pool": 0.0})
USER = user(0.1, 0.8)


def test_every_tier_that_logs_leaves_nothing_unexplained() -> None:
    found = climb(LB1, LB2, API, seen=USER)
    assert gains(found) == {
        "in front of lb1": 0.1,
        "inside lb1": 0.01,
        "between lb1 and lb2": 0.01,
        "inside lb2": 0.02,
        "between lb2 and api": 0.01,
        "inside api": 0.25,
        "db, as api sees it": 0.3,
        "api waiting for a free slot": 0.0,
    }
    assert found.rise_s == pytest.approx(0.7)
    assert found.unexplained_s == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("logs", "joined", "gained"),
    [
        ((LB1, API), "between lb1 and api", 0.59 - 0.55),
        ((LB2, API), "in front of lb2", 0.7 - 0.58),
        ((API,), "in front of api", 0.7 - 0.55),
        ((LB1, LB2), "behind lb2", 0.56),
    ],
)
def test_a_tier_that_logs_nothing_joins_the_stretches_around_it(
    logs: tuple[TierLog, ...], joined: str, gained: float
) -> None:
    found = climb(*logs, seen=USER)
    assert gains(found)[joined] == pytest.approx(gained)
    assert found.unexplained_s == pytest.approx(0, abs=1e-9)


def test_a_log_without_durations_joins_the_stretches_around_it_too() -> None:
    untimed = a_tier("lb2", AT)
    found = climb(LB1, untimed, API, seen=USER)
    assert gains(found) == gains(climb(LB1, API, seen=USER))
    assert rung(found, "between lb1 and api").held_by("lb2", Place.INSIDE)
    first = climb(a_tier("lb1", AT), LB2, API, seen=USER)
    assert gains(first)["in front of lb2"] == pytest.approx(0.7 - 0.58)
    assert [t.component for t in first.tiers] == ["client", "lb1", "lb2", "api"]


def rung(found: Ladder, name: str) -> Rung:
    return next(r for r in found.rungs if r.name == name)


def test_carriers_share_the_stretch_that_they_lie_in() -> None:
    front = rung(climb(LB1, LB2, API, seen=USER), "in front of lb1")
    assert front.held_by("router", Place.PATH) and front.held_by("client", Place.FRONT)
    assert front.held_by("lb1", Place.FRONT) and not front.held_by("lb2")


def test_without_a_load_tool_the_first_tier_speaks_for_users() -> None:
    found = climb(LB1, LB2, API)
    assert found.rise_s == pytest.approx(0.6)
    assert found.unexplained_s == pytest.approx(0, abs=1e-9)
    assert "in front of lb1" not in gains(found)


def test_without_a_single_log_all_is_unexplained() -> None:
    found = climb(seen=USER)
    assert not found.rungs
    assert found.rise_s == found.unexplained_s == pytest.approx(0.7)
    assert math.isnan(climb().rise_s)


def test_a_tier_that_fans_out_is_counted_per_request_in_front() -> None:
    twice = ends(1200)
    behind = a_tier("api", twice, np.where(twice < TURN_S, 0.1, 0.3))
    front = a_tier("lb1", AT, rises(0.25, 0.65), rises(0.24, 0.64))
    found = climb(front, behind)
    assert gains(found)["inside api and behind"] == pytest.approx(0.4)
    assert found.unexplained_s == pytest.approx(0, abs=1e-9)


def test_tiers_side_by_side_are_one_level() -> None:
    system = Topology(
        (
            Component("lb", "lb", sends_to=("a", "b")),
            Component("a", "app"),
            Component("b", "app"),
        )
    )
    even, odd = AT[::2], AT[1::2]
    logs = {
        "lb": a_tier("lb", AT, rises(0.2, 0.4), rises(0.2, 0.4)),
        "a": a_tier("a", even, np.where(even < TURN_S, 0.1, 0.1)),
        "b": a_tier("b", odd, np.where(odd < TURN_S, 0.3, 0.7)),
    }
    found = ladder.climb(system, logs, None, BEFORE, AFTER, WHOLE)
    assert gains(found)["inside a, b"] == pytest.approx(0.2)


# -- failures -----------------------------------------------------------------------------------
def born(found: Ladder) -> dict[str, float]:
    return {b.name: b.failures for b in found.births if b.failures}


def test_a_failure_is_born_where_no_upstream_had_sent_it() -> None:
    bad = AT >= 50.0
    api = a_tier("api", AT, 0.1, status=np.where(bad, 500, 200))
    status = np.where(bad, 500, 200)
    lb2 = a_tier("lb2", AT, 0.1, 0.1, status=status, upstream_status=status)
    lb1 = a_tier("lb1", AT, 0.1, 0.1, status=status, upstream_status=status)
    found = climb(lb1, lb2, api, seen=user(0.1, 0.1, failures=int(bad.sum())))
    assert born(found) == {"inside api": 100.0}
    assert {t.component: t.failures_born for t in found.tiers if t.failures_born > 0} == {
        "api": 100.0
    }


def test_a_failure_that_no_tier_saw_was_born_in_front_of_them() -> None:
    found = climb(LB1, LB2, API, seen=user(0.1, 0.8, requests=700, failures=100))
    assert born(found) == {"in front of lb1": 100.0}
    first = next(t for t in found.tiers if t.component == "lb1")
    assert first.lost_in_front == 100.0


def test_what_was_lost_on_the_way_is_unknown_where_nobody_says_what_was_sent() -> None:
    found = climb(LB1, LB2)
    assert all(math.isnan(t.lost_in_front) for t in found.tiers)


def test_each_failure_is_born_once() -> None:
    status = np.where(AT >= 45.0, 502, 200)
    lb1 = a_tier("lb1", AT, 0.1, 0.1, status=status, upstream_status=status)
    lb2 = a_tier("lb2", AT, 0.1, 0.1, status=status, upstream_status=np.full(AT.size, np.nan))
    found = climb(lb1, lb2, API, seen=user(0.1, 0.1, failures=200))
    assert sum(born(found).values()) == 200.0
