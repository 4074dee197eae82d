"""A backlog that overflows under load is found; a few drops, or old ones, are not."""

from cases import a_case, a_pair, ramp, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.softnet_backlog_drops_packets import (
    DROPPED,
    PROCESSED,
    softnet_backlog_drops_packets,
)


def judged(drops, packets=9000.0):
    signals = {DROPPED: {"2": drops, "3": step(0, 0)}, PROCESSED: {"2": ramp(packets, 10)}}
    return softnet_backlog_drops_packets(a_case("lb", signals))


def test_drops_that_grow_are_a_mechanism():
    outcome = judged(step(0, 90))
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.onset_s == 30
    assert outcome.says == "core 2's packet backlog overflowed: 1 % of its packets lost"


def test_steady_few_or_no_drops_are_cleared():
    assert "background" in judged(step(20, 20)).says
    assert "too few" in judged(step(0, 1), packets=1e6).says
    assert isinstance(judged(step(0, 0)), Cleared)


def test_an_undated_pair_is_a_lead_at_most():
    case = a_case("lb")
    case.found[DROPPED] = {"0": a_pair("the_lb", DROPPED, "0", 500)}
    outcome = softnet_backlog_drops_packets(case)
    assert isinstance(outcome, Finding) and not outcome.mechanism and outcome.missing


def test_without_the_counter_it_cannot_tell():
    assert isinstance(softnet_backlog_drops_packets(a_case("lb")), CannotTell)
