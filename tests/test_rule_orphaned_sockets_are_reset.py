"""Orphans that the kernel cut off are found; many that stand there when idle are not the load's."""

from cases import GRID_S, a_case, a_run, step

from diagnose.model import CannotTell, Cleared, Component, Finding, Place, Topology
from diagnose.rules.orphaned_sockets_are_reset import (
    MAX,
    ORPHANS,
    SAID,
    orphaned_sockets_are_reset,
)

ONCE = (GRID_S == 40).astype(float)


def judged(limit=8192.0, run=None, **signals):
    limits = {MAX: limit} if limit else {}
    return orphaned_sockets_are_reset(a_case("lb", signals, limits=limits, run=run))


def test_the_kernels_message_is_a_mechanism():
    outcome = judged(**{SAID: ONCE, ORPHANS: step(10, 3000)})
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.place is Place.FRONT
    assert outcome.onset_s == 40 and outcome.evidence[1].says == "3,000 of 8,192 orphaned sockets"


def test_half_of_the_limit_is_a_lead():
    outcome = judged(**{ORPHANS: step(10, 5000)})
    assert isinstance(outcome, Finding) and not outcome.mechanism and outcome.onset_s == 30


def test_few_and_steady_ones_are_cleared():
    assert judged(**{ORPHANS: step(10, 900)}).says == "900 of 8,192 orphaned sockets"
    assert isinstance(judged(**{ORPHANS: step(5000, 5000)}), Cleared)
    assert isinstance(judged(**{SAID: (GRID_S == -5).astype(float)}), Cleared)


def test_a_bystander_is_cleared():
    way = (Component("gen", "load_generator", sends_to=("web",)), Component("web", "lb"))
    assert isinstance(judged(run=a_run(topology=Topology(way)), **{SAID: ONCE}), Cleared)


def test_without_limit_and_log_it_cannot_tell():
    assert isinstance(judged(None, **{ORPHANS: step(10, 5000)}), CannotTell)
    assert isinstance(judged(), CannotTell)
