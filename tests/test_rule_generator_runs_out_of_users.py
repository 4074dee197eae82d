"""Too few users is a cause only where answers came as fast as before."""

from cases import a_case, a_run, step

from diagnose.model import CannotTell, Cleared, Finding, Symptom
from diagnose.rules.generator_runs_out_of_users import SAID, generator_runs_out_of_users


def test_dropped_requests_with_fast_answers_are_a_finding():
    run = a_run(rise_s=0.0, symptom=Symptom.THROUGHPUT)
    outcome = generator_runs_out_of_users(a_case("load_generator", {SAID: step(0, 8)}, run=run))
    assert isinstance(outcome, Finding)
    assert outcome.says == "the load generator ran out of users 240 times"


def test_users_that_run_out_on_slow_answers_are_a_consequence():
    outcome = generator_runs_out_of_users(a_case("load_generator", {SAID: step(0, 8)}))
    assert isinstance(outcome, Cleared)
    assert "100 ms before, 500 ms after" in outcome.says


def test_users_enough_are_cleared():
    outcome = generator_runs_out_of_users(a_case("load_generator", {SAID: step(0, 0)}))
    assert isinstance(outcome, Cleared)


def test_without_its_log_it_cannot_tell():
    assert isinstance(generator_runs_out_of_users(a_case("load_generator")), CannotTell)
