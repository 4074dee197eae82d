"""Open files at their limit are named, with the generator's own words for proof."""

from cases import a_case, grows, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.generator_runs_out_of_files import SAID, generator_runs_out_of_files

OPEN, MOST = "process.open_files", "process.open_files_max"


def test_the_message_is_a_mechanism():
    outcome = generator_runs_out_of_files(a_case("load_generator", {SAID: step(0, 3)}))
    assert isinstance(outcome, Finding)
    assert outcome.mechanism


def test_a_process_at_its_limit_is_a_lead():
    files = {"locust/71": step(100, 1020)}
    case = a_case("load_generator", {OPEN: files}, limits={MOST: {"locust/71": 1024}})
    outcome = generator_runs_out_of_files(case)
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism
    assert outcome.evidence[0].says == "1,020 of 1,024 files open (locust/71)"


def test_files_to_spare_are_cleared_with_their_number():
    files = {"locust/71": grows(310)}
    case = a_case("load_generator", {OPEN: files}, limits={MOST: {"locust/71": 1024}})
    outcome = generator_runs_out_of_files(case)
    assert isinstance(outcome, Cleared)
    assert "of 1,024 files open" in outcome.says


def test_without_log_and_count_it_cannot_tell():
    assert isinstance(generator_runs_out_of_files(a_case("load_generator")), CannotTell)
