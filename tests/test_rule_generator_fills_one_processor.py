"""One busy worker on a host with two processors is seen, two that share are not accused."""

from cases import a_case, grows, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.generator_fills_one_processor import generator_fills_one_processor

BUSY, CORE = "cpu.busy_ratio", "cpu.core_busy_ratio"


def test_one_full_processor_of_two_is_a_finding():
    cores = {"0": step(0.4, 0.98), "1": step(0.02, 0.03)}
    case = a_case("load_generator", {CORE: cores, BUSY: step(0.2, 0.5)})
    outcome = generator_fills_one_processor(case)
    assert isinstance(outcome, Finding)
    expected = "at the load generator one processor is 98 % busy, the mean of all 50 %"
    assert outcome.says == expected


def test_two_workers_with_room_are_cleared():
    cores = {"0": grows(0.3), "1": grows(0.25)}
    outcome = generator_fills_one_processor(a_case("load_generator", {CORE: cores}))
    assert isinstance(outcome, Cleared)
    assert "busiest" in outcome.says


def test_a_processor_that_was_full_before_the_test_cannot_be_told():
    cores = {"0": step(1.0, 1.0), "1": grows(0.2)}
    outcome = generator_fills_one_processor(a_case("load_generator", {CORE: cores}))
    assert isinstance(outcome, CannotTell)


def test_a_mean_over_processors_alone_cannot_tell():
    case = a_case("load_generator", {BUSY: step(0.2, 0.5)})
    assert isinstance(generator_fills_one_processor(case), CannotTell)


def test_a_process_that_others_keep_from_its_processor_is_never_idle():
    worker = "locust 7"
    found = {
        "process.cpu_ratio": {worker: step(0.3, 0.6)},
        "process.cpu_wait_ratio": {worker: step(0.05, 0.39)},
    }
    case = a_case("load_generator", found, limits={"cpu.count": 2})
    outcome = generator_fills_one_processor(case)
    assert isinstance(outcome, Finding)
    said = "locust 7 is never idle: 60 % of the time on a processor, 39 % waiting for one"
    assert outcome.says == f"at the load generator {said}"
    assert outcome.onset_s == 30
