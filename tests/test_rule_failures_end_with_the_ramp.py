"""Failures of the burst are told from those of a limit that the full load meets as well."""

from dataclasses import replace

import numpy as np
from cases import GRID_S, USERS, a_case, a_run, never

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.readings import LoadError
from diagnose.rules.failures_end_with_the_ramp import failures_end_with_the_ramp

BURST = np.clip(GRID_S, 0, 20) * 50.0  # all users after 20 s
IN_THE_RAMP = np.where((GRID_S >= 8) & (GRID_S < 22), 10.0, 0.0)
TO_THE_END = np.where(GRID_S >= 8, 10.0, 0.0)
REFUSED = LoadError("ConnectionRefusedError(111)", 140, kind="refused")


def judged(failing, *errors, users=BURST):
    run = a_run()
    count = float(np.nansum(failing))
    run.load = replace(run.load, failures=count, errors=errors, source="raw/gen/failures.csv")
    run.users, run.failures_per_s = users, failing
    return failures_end_with_the_ramp(a_case("load_generator", run=run))


def test_connections_that_fail_only_while_users_are_added_are_a_lead():
    outcome = judged(IN_THE_RAMP, REFUSED)
    assert isinstance(outcome, Finding) and not outcome.mechanism and outcome.place is Place.FRONT
    assert outcome.failures == 140 and outcome.onset_s == 8
    assert "100 % of 140 failures while users were added" in outcome.says


def test_failures_that_go_on_at_the_full_load_are_no_burst():
    outcome = judged(TO_THE_END, REFUSED)
    assert isinstance(outcome, Cleared) and "of 520 failures while users were added" in outcome.says


def test_errors_of_the_application_are_no_connections():
    outcome = judged(IN_THE_RAMP, LoadError("500 Server Error", 140, kind="status"))
    assert isinstance(outcome, Cleared) and "0 % of failures are of connections" in outcome.says


def test_a_ramp_to_the_end_cannot_tell():
    assert isinstance(judged(IN_THE_RAMP, REFUSED, users=USERS), CannotTell)


def test_no_failure_is_cleared_and_no_course_or_text_is_no_answer():
    assert judged(np.zeros(GRID_S.shape)).says == "0 requests failed"
    assert isinstance(judged(IN_THE_RAMP), CannotTell)
    assert isinstance(judged(never(), REFUSED), CannotTell)
