"""Drops that grow with load are found; drops that tick along are background."""

import pytest
from cases import a_case, a_pair, a_run, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.network_card_drops_received_packets import (
    DROPPED,
    MISSED,
    OVERRUN,
    PACKETS,
    network_card_drops_received_packets,
)

RETRANSMITS, SEGMENTS = "tcp.retransmits_per_s", "tcp.out_segments_per_s"


def a_router(drops, packets=None, sent_again=None, metric=DROPPED, role="router"):
    run = a_run()
    again = step(0.5, 80) if sent_again is None else sent_again
    loud = {RETRANSMITS: again, SEGMENTS: ramp(870)}
    a_case("load_generator", loud, run=run, name="gen", sends_to=("gw",))
    signals = {
        metric: {"eth0": drops},
        PACKETS: {"eth0": ramp(940) if packets is None else packets},
    }
    case = a_case(role, signals, run=run, name="gw", sends_to=("lb",))
    a_case("lb", {RETRANSMITS: step(0, 0), SEGMENTS: ramp(900)}, run=run, name="lb")
    return case


def test_a_router_that_drops_more_as_load_grows_is_found():
    outcome = network_card_drops_received_packets(a_router(step(17, 360, idle=0)))
    assert isinstance(outcome, Finding) and outcome.mechanism
    assert outcome.place is Place.PATH and outcome.onset_s == 30 and outcome.strength == 1
    assert "dropped 38 % of the packets" in outcome.says
    assert outcome.evidence[2].says.startswith("gen sent segments again: 0.5/s idle, 0.5/s before")
    assert not outcome.against


def test_a_full_ring_is_named_by_its_own_counter():
    case = a_router(step(0, 40))
    case.found[MISSED] = a_router(step(0, 40), metric=MISSED).found[MISSED]
    assert "no free receive buffer" in network_card_drops_received_packets(case).says


def test_steady_drops_are_background_whatever_their_rate():
    outcome = network_card_drops_received_packets(a_router(step(15, 15), role="lb"))
    assert isinstance(outcome, Cleared)
    assert "15/s idle, 15/s before, 15/s after" in outcome.says


def test_a_host_is_not_accused_of_drops_that_grow_as_its_packets_do():
    outcome = network_card_drops_received_packets(a_router(ramp(30), role="app"))
    assert isinstance(outcome, Finding) and not outcome.mechanism


def test_drops_after_which_nobody_sent_again_lost_nothing_of_the_test():
    quiet = a_router(step(0, 40), sent_again=step(0, 0))
    outcome = network_card_drops_received_packets(quiet)
    assert isinstance(outcome, Finding) and not outcome.mechanism
    assert [e.component for e in outcome.against] == ["gen", "lb"]


def test_a_few_drops_among_many_packets_do_not_matter():
    outcome = network_card_drops_received_packets(a_router(step(0, 1), ramp(90000), metric=OVERRUN))
    assert isinstance(outcome, Cleared) and "too few to matter" in outcome.says


@pytest.mark.parametrize("packets, kind", [(1e6, Finding), (1e9, CannotTell)])
def test_an_undated_pair_is_at_most_a_lead(packets, kind):
    case = a_case("router")
    case.found[DROPPED] = {"eth0": a_pair("the_router", DROPPED, "eth0", 17386)}
    case.found[PACKETS] = {"eth0": a_pair("the_router", PACKETS, "eth0", packets)}
    outcome = network_card_drops_received_packets(case)
    assert isinstance(outcome, kind) and outcome.missing
    assert not getattr(outcome, "mechanism", False)


def test_an_undated_rx_dropped_on_a_host_may_be_background():
    case = a_case("lb")
    case.found[DROPPED] = {"eth0": a_pair("the_lb", DROPPED, "eth0", 900)}
    case.found[PACKETS] = {"eth0": a_pair("the_lb", PACKETS, "eth0", 10000)}
    assert isinstance(network_card_drops_received_packets(case), CannotTell)
    case.found[MISSED] = {"eth0": a_pair("the_lb", MISSED, "eth0", 900)}
    outcome = network_card_drops_received_packets(case)
    assert isinstance(outcome, Finding) and not outcome.mechanism
    assert outcome.evidence[0].says.endswith("900 between two readings")


def test_no_drop_at_all_is_cleared_and_no_counter_is_no_answer():
    assert isinstance(network_card_drops_received_packets(a_router(step(0, 0))), Cleared)
    assert isinstance(network_card_drops_received_packets(a_case("router")), CannotTell)
