"""Memory that ran out is named by the generator's own words only."""

from dataclasses import replace

from cases import a_case, never, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.generator_runs_out_of_memory import SAID, generator_runs_out_of_memory


def test_the_message_is_a_mechanism():
    outcome = generator_runs_out_of_memory(a_case("load_generator", {SAID: step(0, 2)}))
    assert isinstance(outcome, Finding)
    assert outcome.mechanism and outcome.onset_s == 30


def test_a_message_of_unknown_time_is_one_all_the_same():
    case = a_case("load_generator", {SAID: never()})
    case.found[SAID][""] = replace(case.found[SAID][""], total=3.0)
    outcome = generator_runs_out_of_memory(case)
    assert isinstance(outcome, Finding)
    assert "3 while the load ran" in outcome.evidence[0].says


def test_silence_of_its_log_clears_it():
    outcome = generator_runs_out_of_memory(a_case("load_generator", {SAID: step(0, 0)}))
    assert isinstance(outcome, Cleared)


def test_without_its_log_it_cannot_tell():
    assert isinstance(generator_runs_out_of_memory(a_case("load_generator")), CannotTell)
