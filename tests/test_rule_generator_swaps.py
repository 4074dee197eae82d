"""Pages that move under load count, swap at rest does not."""

from cases import a_case, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.generator_swaps import generator_swaps

OUT = "memory.swap_out_pages_per_s"


def test_swapping_under_load_is_a_finding():
    outcome = generator_swaps(a_case("load_generator", {OUT: step(0, 400)}))
    assert isinstance(outcome, Finding)
    assert outcome.onset_s == 30


def test_swap_at_rest_is_cleared_with_its_number():
    case = a_case("load_generator", {OUT: step(0, 0), "memory.used_ratio": step(0.3, 0.5)})
    outcome = generator_swaps(case)
    assert isinstance(outcome, Cleared)
    assert outcome.says == "50 % of memory in use, 0 pages swapped out"


def test_without_memory_figures_it_cannot_tell():
    assert isinstance(generator_swaps(a_case("load_generator")), CannotTell)
