"""Filtered packets count where a neighbour had to send again; strangers' packets do not."""

from cases import a_case, a_pair, a_run, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.reverse_path_filter_drops_packets import (
    DROPS,
    reverse_path_filter_drops_packets,
)


def judged(drops, again=0.0):
    run = a_run()
    case = a_case("router", {DROPS: drops}, run=run, name="gw", sends_to=("lb",))
    a_case("lb", {"tcp.retransmits_per_s": step(0, again)}, run=run, name="lb")
    return reverse_path_filter_drops_packets(case)


def test_a_neighbour_that_sends_again_makes_it_a_mechanism():
    outcome = judged(step(0, 20), again=15)
    assert isinstance(outcome, Finding) and outcome.mechanism and len(outcome.evidence) == 2


def test_without_retransmissions_it_is_a_lead_with_that_against_it():
    outcome = judged(step(0, 20))
    assert isinstance(outcome, Finding) and not outcome.mechanism and outcome.against


def test_strangers_packets_and_silence_are_cleared():
    assert isinstance(judged(step(3, 3)), Cleared)
    assert isinstance(judged(step(0, 0)), Cleared)


def test_an_undated_pair_tells_nothing():
    case = a_case("router")
    assert isinstance(reverse_path_filter_drops_packets(case), CannotTell)
    case.found[DROPS] = {"": a_pair("the_router", DROPS, "", 500)}
    assert isinstance(reverse_path_filter_drops_packets(case), CannotTell)
