"""Heat that comes with the load is a lead; a machine that is always hot is not."""

import numpy as np
from cases import GRID_S, a_case, a_run, step

from diagnose.model import CannotTell, Cleared, Component, Finding, Topology
from diagnose.rules.processors_are_slowed_by_heat import SAID, processors_are_slowed_by_heat


def test_a_single_line_under_load_is_a_lead_and_no_proof():
    once = np.where(GRID_S == 35, 1.0, 0.0)
    outcome = processors_are_slowed_by_heat(a_case("app", {SAID: once}))
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism
    assert outcome.missing == ("clock rate of the processors over time: turbostat",)
    assert outcome.onset_s == 35


def test_a_machine_that_is_always_hot_is_background():
    assert isinstance(processors_are_slowed_by_heat(a_case("app", {SAID: step(1, 1)})), Cleared)


def test_heat_of_a_bystander_is_not_accused():
    run = a_run(topology=Topology((Component("gen", "load_generator", sends_to=("web",)),)))
    a_case("lb", run=run, name="web")
    outcome = processors_are_slowed_by_heat(a_case("other", {SAID: step(0, 1)}, run=run))
    assert isinstance(outcome, Cleared)


def test_a_silent_kernel_is_cleared_and_no_log_is_not():
    outcome = processors_are_slowed_by_heat(a_case("app", {SAID: step(0, 0)}))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "the kernel said nothing of heat"
    assert isinstance(processors_are_slowed_by_heat(a_case("app")), CannotTell)
