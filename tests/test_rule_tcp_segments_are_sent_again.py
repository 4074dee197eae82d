"""Retransmissions are a symptom that points at the path, and a steady share is none."""

from cases import a_case, a_pair, a_run, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.plugins import RULES
from diagnose.rules.tcp_segments_are_sent_again import (
    RETRANSMITS,
    SEGMENTS,
    SYNS,
    tcp_segments_are_sent_again,
)


def test_a_share_that_jumps_is_a_lead_and_never_a_mechanism():
    signals = {RETRANSMITS: step(0.2, 80), SEGMENTS: ramp(900, 100), SYNS: step(0, 9)}
    case = a_case("lb", signals, gained_s={Place.FRONT: 0.3, Place.BEHIND: 0.01})
    outcome = tcp_segments_are_sent_again(case)
    assert isinstance(outcome, Finding) and not outcome.mechanism
    assert outcome.place is Place.FRONT and outcome.onset_s == 30
    assert "nic_receive" in RULES["tcp-segments-are-sent-again"].explained_by


def test_a_router_that_nobody_read_is_what_is_missing():
    run = a_run()
    signals = {RETRANSMITS: step(0.2, 80), SEGMENTS: ramp(900, 100)}
    case = a_case("load_generator", signals, run=run, sends_to=("gw",))
    a_case("router", run=run, name="gw")
    assert "the drop counters of gw" in tcp_segments_are_sent_again(case).missing[0]


def test_the_same_share_at_every_load_is_cleared():
    case = a_case("lb", {RETRANSMITS: ramp(18, 2), SEGMENTS: ramp(900, 100)})
    outcome = tcp_segments_are_sent_again(case)
    assert isinstance(outcome, Cleared)
    assert "2 % of segments sent again after, 2 % before" in outcome.says


def test_a_few_in_a_thousand_are_cleared():
    case = a_case("lb", {RETRANSMITS: step(0, 2), SEGMENTS: ramp(900)})
    assert isinstance(tcp_segments_are_sent_again(case), Cleared)


def test_an_undated_pair_is_a_lead_or_no_answer():
    case = a_case("lb")
    case.found[SEGMENTS] = {"": a_pair("the_lb", SEGMENTS, "", 1e5)}
    for again, kind in ((5000, Finding), (50, CannotTell), (0, Cleared)):
        case.found[RETRANSMITS] = {"": a_pair("the_lb", RETRANSMITS, "", again)}
        assert isinstance(tcp_segments_are_sent_again(case), kind)


def test_without_counters_it_cannot_tell():
    assert isinstance(tcp_segments_are_sent_again(a_case("lb")), CannotTell)
