"""Names that fail under load are found at the generator; a wrong name and a refusal are not."""

from dataclasses import replace

import numpy as np
from cases import GRID_S, a_case, a_run

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.readings import LoadError
from diagnose.rules.generator_cannot_resolve_the_target import generator_cannot_resolve_the_target

NAME = LoadError("gaierror(-3, 'Temporary failure in name resolution')", 90, kind="dns", line=4)
REFUSED = LoadError("ConnectionRefusedError(111)", 90, kind="refused")


def judged(*errors, failures=90.0, failing=None):
    run = a_run(failures=failures)
    run.load = replace(run.load, failures=failures, errors=errors, source="raw/gen/failures.csv")
    if failing is not None:
        run.failures_per_s = failing
    return generator_cannot_resolve_the_target(a_case("load_generator", run=run))


def test_names_that_fail_under_load_are_a_mechanism_in_front():
    outcome = judged(NAME)
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.place is Place.FRONT
    assert outcome.failures == 90 and outcome.onset_s == 30
    assert outcome.evidence[0].source == "raw/gen/failures.csv:4"


def test_a_tool_that_tells_no_times_gives_a_lead():
    outcome = judged(NAME, failing=np.full(GRID_S.shape, np.nan))
    assert not outcome.mechanism and outcome.missing == ("when requests failed",)


def test_a_wrong_name_fails_from_the_start():
    outcome = judged(NAME, failing=np.full(GRID_S.shape, 1.5))
    assert isinstance(outcome, Cleared) and "failed from the start" in outcome.says


def test_refusals_and_a_few_names_among_many_failures_are_cleared():
    assert judged(REFUSED).says == "0 of 90 failures tell of names"
    assert isinstance(judged(NAME, failures=90_000.0), Cleared)
    assert isinstance(judged(failures=0.0), Cleared)


def test_failures_that_nobody_named_are_no_answer():
    assert isinstance(judged(), CannotTell)
