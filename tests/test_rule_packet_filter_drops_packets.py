"""What a filter dropped counts where the test felt it; strangers' packets do not."""

from __future__ import annotations

import pytest
from cases import a_case, a_pair, a_run, step

from diagnose.metrics import message
from diagnose.model import NAN, CannotTell, Cleared, Finding, Place, Tier
from diagnose.rules.packet_filter_drops_packets import DROPS, packet_filter_drops_packets

TIMED_OUT = message("nginx", "connect_timed_out")


def judged(drops, *, role="router", again=0.0, timed_out=0.0, tier=None):
    run = a_run()
    signals = {"tcp.retransmits_per_s": step(0, again), TIMED_OUT: step(0, timed_out)}
    a_case("lb", signals, run=run, name="front", sends_to=("here",))
    return packet_filter_drops_packets(
        a_case(role, {DROPS: drops}, run=run, name="here", tier=tier)
    )


@pytest.mark.parametrize(("role", "place"), [("router", Place.PATH), ("app", Place.FRONT)])
def test_drops_that_a_neighbour_felt_are_a_mechanism(role, place):
    outcome = judged(step(0, 20), role=role, again=15)
    assert isinstance(outcome, Finding) and outcome.mechanism
    assert outcome.place is place and outcome.says == "a packet filter dropped 600 packets"


def test_a_neighbour_that_gave_up_before_it_sent_again_felt_them_too():
    outcome = judged(step(0, 20), role="app", timed_out=18)
    assert isinstance(outcome, Finding) and outcome.mechanism


def test_requests_that_never_came_are_proof_as_well():
    tier = Tier("here", 5000, 0, 0, 600, NAN, NAN, "raw/here/log")
    outcome = judged(step(0, 20), role="app", tier=tier)
    assert isinstance(outcome, Finding) and outcome.mechanism


def test_drops_that_nobody_felt_are_a_lead_with_that_against_them():
    outcome = judged(step(0, 20))
    assert isinstance(outcome, Finding) and not outcome.mechanism and outcome.against


def test_strangers_packets_and_silence_are_cleared():
    assert isinstance(judged(step(3, 3)), Cleared)
    assert isinstance(judged(step(0, 0)), Cleared)
    assert isinstance(judged(step(0, 0.1), again=15), Cleared)


def test_an_undated_pair_tells_nothing():
    case = a_case("router")
    assert isinstance(packet_filter_drops_packets(case), CannotTell)
    case.found[DROPS] = {"": a_pair("the_router", DROPS, "", 500)}
    assert isinstance(packet_filter_drops_packets(case), CannotTell)
