"""A generator that says it is too busy is believed, unless the servers hold the time."""

from cases import a_case, a_run, grows, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.generator_processors_are_full import SAID, generator_processors_are_full

BUSY = "cpu.busy_ratio"


def test_its_own_warning_is_a_finding_before_the_warning_came():
    outcome = generator_processors_are_full(
        a_case("load_generator", {SAID[0]: step(0, 0.1), BUSY: step(0.3, 0.5)})
    )
    assert isinstance(outcome, Finding)
    assert outcome.place is Place.FRONT
    assert outcome.onset_s == 20  # it looks every ten seconds
    assert outcome.says == "the load generator says that it is short of processors"


def test_full_processors_are_a_finding():
    outcome = generator_processors_are_full(a_case("load_generator", {BUSY: step(0.3, 0.97)}))
    assert isinstance(outcome, Finding)
    assert outcome.says == "the load generator's processors are 97 % busy"


def test_time_that_the_servers_added_speaks_against_it():
    run = a_run()
    case = a_case("load_generator", {BUSY: step(0.3, 0.97)}, run=run, sends_to=("the_lb",))
    a_case("lb", run=run, gained_s={Place.FRONT: 0.001, Place.INSIDE: 0.39})
    outcome = generator_processors_are_full(case)
    assert isinstance(outcome, Finding)
    assert outcome.against[0].says == "only 1 ms of 400 ms added lie before the first tier"


def test_a_generator_that_only_grows_with_its_users_is_cleared():
    case = a_case("load_generator", {SAID[0]: step(0, 0), BUSY: grows(0.3)})
    outcome = generator_processors_are_full(case)
    assert isinstance(outcome, Cleared)
    assert outcome.says.endswith("busy; no warning of its own")


def test_a_host_that_was_full_before_the_test_cannot_be_told():
    case = a_case("load_generator", {BUSY: step(0.95, 0.96)})
    assert isinstance(generator_processors_are_full(case), CannotTell)


def test_without_log_and_processor_times_it_cannot_tell():
    assert isinstance(generator_processors_are_full(a_case("load_generator")), CannotTell)
