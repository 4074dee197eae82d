"""Datagrams that go on being too long are found; one for each destination is how it is meant."""

from cases import a_case, a_run, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.datagrams_are_too_long_for_a_link import (
    FAILS,
    FORWARDED,
    SENT,
    datagrams_are_too_long_for_a_link,
)

RETRANSMITS = "tcp.retransmits_per_s"


def at_a_router(fails, retransmits=None):
    run = a_run()
    case = a_case("router", {FAILS: fails, FORWARDED: ramp(2000)}, run=run, sends_to=("web",))
    signals = {} if retransmits is None else {RETRANSMITS: retransmits}
    a_case("lb", signals, run=run, name="web")
    return datagrams_are_too_long_for_a_link(case)


def test_with_segments_sent_again_beside_it_it_is_a_mechanism():
    outcome = at_a_router(step(0, 40), step(0, 60))
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.place is Place.PATH
    assert outcome.says == "1,200 datagrams were too long for their link" and outcome.onset_s == 30


def test_where_nobody_sent_again_it_is_a_lead():
    assert not at_a_router(step(0, 40)).mechanism
    assert at_a_router(step(0, 40), step(1, 1)).against


def test_one_for_each_destination_is_too_few_to_matter():
    outcome = at_a_router(step(0, 1), step(0, 60))
    assert isinstance(outcome, Cleared) and "too few to matter" in outcome.says


def test_steady_ones_are_background_and_none_is_cleared():
    assert isinstance(at_a_router(step(40, 40)), Cleared)
    assert at_a_router(step(0, 0)).says == "no datagram was too long for its link"


def test_a_sender_of_its_own_is_held_against_what_it_sent():
    outcome = datagrams_are_too_long_for_a_link(
        a_case("app", {FAILS: step(0, 40), SENT: ramp(900)}, gained_s={Place.FRONT: 0.3})
    )
    assert isinstance(outcome, Finding) and outcome.place is Place.FRONT


def test_without_the_counter_it_cannot_tell():
    assert isinstance(datagrams_are_too_long_for_a_link(a_case("router")), CannotTell)
