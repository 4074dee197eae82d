"""A worker that is gone takes its users along; one that only was late does not."""

import numpy as np
from cases import GRID_S, USERS, a_case, a_run

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.generator_loses_workers import SAID, generator_loses_workers

MISSED = {"client_9": (GRID_S == 40).astype(float)}
QUARTER_GONE = np.where(GRID_S >= 38, 0.75 * USERS[GRID_S == 38], USERS)


def judged(users, said=MISSED):
    run = a_run()
    run.users = users
    return generator_loses_workers(a_case("load_generator", {SAID: said}, run=run))


def test_users_that_went_with_the_worker_are_a_mechanism():
    outcome = judged(QUARTER_GONE)
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.place is Place.FRONT
    assert outcome.says == "a worker of the load generator was lost: users 74 before, 57 after"
    assert outcome.onset_s == 40


def test_a_heartbeat_that_was_late_is_no_lost_worker():
    outcome = judged(USERS)
    assert isinstance(outcome, Cleared) and "users 80 before, 80 after" in outcome.says


def test_without_the_number_of_users_it_is_a_lead():
    outcome = judged(np.full(GRID_S.shape, np.nan))
    assert isinstance(outcome, Finding) and not outcome.mechanism
    assert outcome.missing == ("the number of users when the worker was missed",)


def test_users_that_leave_without_a_message_are_cleared():
    assert judged(QUARTER_GONE, np.zeros(GRID_S.shape)).says == "no worker was missed"


def test_without_the_masters_log_it_cannot_tell():
    case = a_case("load_generator")
    assert isinstance(generator_loses_workers(case), CannotTell)
