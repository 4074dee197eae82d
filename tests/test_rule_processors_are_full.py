"""Full is named, busy is not; a bystander, a blip and an old burden are no culprits."""

import numpy as np
from cases import GRID_S, THROUGHPUT, a_case, a_run, ramp, step

from diagnose.model import CannotTell, Capacity, Cleared, Finding, Place
from diagnose.rules.processors_are_full import processors_are_full

BUSY = "cpu.busy_ratio"
SAYS = "72 % at 130/s"
CAPACITY = (
    Capacity("the_app", "cpu", 0.006, 160.0, (150.0, 170.0), 0.8, "", metric="cpu.core_busy_ratio"),
    Capacity("the_app", "cpu", 0.0055, 180.0, (170.0, 190.0), 0.72, SAYS, metric=BUSY),
)


def test_full_processors_are_a_finding_with_their_onset():
    case = a_case("app", {BUSY: ramp(0.98, 0.03)}, gained_s={Place.INSIDE: 0.4})
    outcome = processors_are_full(case)
    assert isinstance(outcome, Finding)
    assert outcome.mechanism and outcome.place is Place.INSIDE
    assert 25 <= outcome.onset_s <= 30
    assert outcome.grows_with_load
    assert not outcome.against
    assert outcome.says == "the processors are 98 % busy"


def test_a_router_that_is_full_holds_the_time_on_the_way():
    case = a_case("router", {BUSY: ramp(0.98, 0.03)}, gained_s={Place.PATH: 0.4})
    assert processors_are_full(case).place is Place.PATH


def test_busy_and_not_full_is_cleared_with_its_capacity():
    case = a_case("app", {BUSY: ramp(0.72, 0.03)}, capacity=CAPACITY)
    outcome = processors_are_full(case)
    assert isinstance(outcome, Cleared)
    assert outcome.says == "72 % busy; by its use before full at 180/s, the plateau is 120/s"


def test_nearly_full_with_a_queue_is_only_a_lead():
    signals = {BUSY: ramp(0.82), "cpu.pressure_some_ratio": step(0.1, 0.7)}
    outcome = processors_are_full(a_case("app", signals, gained_s={Place.INSIDE: 0.3}))
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism


def test_nearly_full_without_added_time_is_cleared():
    signals = {BUSY: ramp(0.82), "cpu.pressure_some_ratio": step(0.1, 0.7)}
    case = a_case("app", signals, gained_s={Place.INSIDE: 0.001, Place.FRONT: 0.0})
    assert isinstance(processors_are_full(case), Cleared)


def test_full_processors_that_add_no_time_say_so():
    case = a_case("app", {BUSY: step(0.1, 0.95)}, gained_s={Place.INSIDE: 0.001})
    outcome = processors_are_full(case)
    assert isinstance(outcome, Finding)
    assert "1 ms more here, of 400 ms that users felt" in outcome.against[0].says


def test_a_bystander_is_not_accused():
    run = a_run()
    a_case("load_generator", run=run, sends_to=("the_app",))
    a_case("app", run=run)
    case = a_case("other", {BUSY: step(0.95, 0.97, idle=0.05)}, run=run)
    outcome = processors_are_full(case)
    assert isinstance(outcome, Cleared)
    assert "no request of the test passes" in outcome.says


def test_a_burst_before_the_load_is_no_matter():
    blip = np.where(GRID_S < -4, 0.98, 0.2 * THROUGHPUT / THROUGHPUT.max())
    assert isinstance(processors_are_full(a_case("app", {BUSY: blip})), Cleared)


def test_a_burst_after_the_inflection_is_no_matter():
    blip = np.where((GRID_S > 40) & (GRID_S < 46), 0.98, 0.3)
    assert isinstance(processors_are_full(a_case("app", {BUSY: blip})), Cleared)


def test_a_host_that_was_full_before_the_load_cannot_be_told():
    assert isinstance(processors_are_full(a_case("app", {BUSY: step(0.95, 0.97)})), CannotTell)


def test_without_processor_times_it_cannot_tell():
    assert isinstance(processors_are_full(a_case("app")), CannotTell)
