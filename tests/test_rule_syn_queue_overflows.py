"""Dropped SYNs are a mechanism, cookies a lead, a constant trickle background."""

import numpy as np
from cases import GRID_S, a_case, a_pair, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.syn_queue_overflows import COOKIES, DROPS, FLOODING, syn_queue_overflows


def judged(**signals):
    return syn_queue_overflows(a_case("lb", signals))


def test_dropped_syns_are_a_mechanism_in_front():
    outcome = judged(**{DROPS: step(0, 4), COOKIES: step(0, 50)})
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.place is Place.FRONT
    assert outcome.says == "a full SYN queue dropped 120 connection attempts"
    assert len(outcome.evidence) == 2 and outcome.onset_s == 30


def test_cookies_or_a_message_are_a_lead():
    once = np.where(GRID_S == 31, 1.0, 0.0)
    for signals in ({COOKIES: step(0, 9)}, {DROPS: step(0, 0), FLOODING: once}):
        outcome = judged(**signals)
        assert isinstance(outcome, Finding) and not outcome.mechanism


def test_none_and_a_constant_trickle_are_cleared():
    assert isinstance(judged(**{DROPS: step(0, 0), COOKIES: step(0, 0)}), Cleared)
    assert "background" in judged(**{COOKIES: step(2, 2)}).says


def test_an_undated_pair_is_no_mechanism_and_no_counter_is_no_answer():
    case = a_case("lb")
    case.found[DROPS] = {"": a_pair("the_lb", DROPS, "", 60)}
    assert not syn_queue_overflows(case).mechanism
    assert isinstance(judged(), CannotTell)
