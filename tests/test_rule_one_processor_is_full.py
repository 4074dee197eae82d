"""One full processor is named, even when the work moves from one to the other."""

import numpy as np
from cases import GRID_S, a_case, never, ramp, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.one_processor_is_full import one_processor_is_full

BUSY, CORE = "cpu.busy_ratio", "cpu.core_busy_ratio"


def test_one_full_processor_is_a_finding():
    cores = {"0": step(0.3, 0.99), "1": step(0.05, 0.1)}
    outcome = one_processor_is_full(a_case("app", {CORE: cores, BUSY: step(0.2, 0.55)}))
    assert isinstance(outcome, Finding)
    assert outcome.says == "one processor is 99 % busy, the mean of all 55 %"
    assert outcome.onset_s == 30


def test_the_full_processor_need_not_be_the_same_one():
    turn = np.where(GRID_S % 10 < 5, 0.99, 0.05)
    cores = {"0": np.where(GRID_S < 30, 0.2, turn), "1": np.where(GRID_S < 30, 0.2, 1.04 - turn)}
    assert isinstance(one_processor_is_full(a_case("app", {CORE: cores})), Finding)


def test_all_full_alike_is_another_rule():
    cores = {"0": ramp(0.98), "1": ramp(0.97)}
    assert isinstance(one_processor_is_full(a_case("app", {CORE: cores})), Cleared)


def test_an_even_load_is_cleared_with_its_number():
    cores = {"0": ramp(0.4), "1": ramp(0.3)}
    outcome = one_processor_is_full(a_case("app", {CORE: cores}))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "no processor is full alone; the busiest 40 %"


def test_a_driver_that_polls_when_idle_is_not_accused():
    cores = {"0": step(1.0, 1.0), "1": ramp(0.2)}
    assert isinstance(one_processor_is_full(a_case("router", {CORE: cores})), CannotTell)


def test_a_process_that_never_takes_more_than_one_processor():
    process = {"node/812": step(0.4, 1.0)}
    case = a_case("app", {"process.cpu_ratio": process}, limits={"cpu.count": 8})
    outcome = one_processor_is_full(case)
    assert isinstance(outcome, Finding)
    assert outcome.says == "node/812 takes 1 of 8 processors, and never more"


def test_without_processors_apart_it_cannot_tell():
    assert isinstance(one_processor_is_full(a_case("app", {CORE: {"0": never()}})), CannotTell)
