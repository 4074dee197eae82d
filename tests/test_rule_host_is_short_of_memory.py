"""Pages that move under load are a finding anywhere on the way; background is not."""

from cases import a_case, a_run, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.host_is_short_of_memory import host_is_short_of_memory

OUT, PRESSURE = "memory.swap_out_pages_per_s", "memory.pressure_some_ratio"


def test_swapping_under_load_is_a_finding():
    outcome = host_is_short_of_memory(a_case("db", {OUT: step(0, 400)}))
    assert isinstance(outcome, Finding)
    assert outcome.place is Place.INSIDE


def test_pressure_alone_is_enough():
    assert isinstance(host_is_short_of_memory(a_case("app", {PRESSURE: step(0, 0.4)})), Finding)


def test_the_same_swapping_before_the_load_is_background():
    assert isinstance(host_is_short_of_memory(a_case("app", {OUT: step(50, 55)})), Cleared)


def test_a_bystander_that_swaps_is_not_accused():
    run = a_run()
    a_case("load_generator", run=run, sends_to=("the_app",))
    a_case("app", run=run)
    case = a_case("other", {OUT: step(0, 400)}, run=run)
    assert isinstance(host_is_short_of_memory(case), Cleared)


def test_without_memory_figures_it_cannot_tell():
    assert isinstance(host_is_short_of_memory(a_case("app")), CannotTell)
