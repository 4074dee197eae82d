"""A router full of soft interrupts is found; a mean over many cores clears nothing alone."""

from cases import a_case, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.plugins import RULES
from diagnose.rules.router_is_busy_passing_packets_on import (
    FORWARDED,
    SOFTIRQ,
    router_is_busy_passing_packets_on,
)


def judged(values, cores=None):
    limits = {"cpu.count": cores} if cores else None
    signals = {SOFTIRQ: values, FORWARDED: ramp(50000)}
    return router_is_busy_passing_packets_on(a_case("router", signals, limits=limits))


def test_a_router_at_its_packet_rate_is_found():
    outcome = judged(step(0.3, 0.9))
    assert isinstance(outcome, Finding) and outcome.place is Place.PATH
    assert outcome.onset_s == 30 and len(outcome.evidence) == 2


def test_room_on_every_core_is_cleared():
    assert isinstance(judged(ramp(0.15), cores=4), Cleared)


def test_a_mean_that_may_hide_a_full_core_clears_nothing():
    assert isinstance(judged(ramp(0.25), cores=4), CannotTell)
    assert isinstance(judged(ramp(0.25)), CannotTell)


def test_a_router_that_always_polls_is_not_accused():
    assert isinstance(judged(step(0.95, 0.95)), Cleared)


def test_no_soft_interrupt_on_a_router_that_forwards_is_not_measured():
    assert isinstance(judged(ramp(0), cores=4), CannotTell)


def test_only_carriers_are_asked():
    rule = RULES["router-is-busy-passing-packets-on"]
    assert not rule.applies_to(a_case("lb", {SOFTIRQ: ramp(0.9)}))
