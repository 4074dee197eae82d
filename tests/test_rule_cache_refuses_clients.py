"""Refusals that come with the load are named; those of another hour are not."""

from cases import a_case, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.cache_refuses_clients import MOST, REFUSED, TAKEN, cache_refuses_clients


def test_refusals_after_the_inflection_are_a_finding_with_the_limit():
    signals = {REFUSED: step(0, 3), TAKEN: ramp(50)}
    outcome = cache_refuses_clients(a_case("cache", signals, limits={MOST: 50.0}))
    assert isinstance(outcome, Finding)
    assert outcome.place is Place.FRONT and outcome.mechanism
    assert outcome.failures == 90
    assert any("maxclients is 50" in e.says for e in outcome.evidence)


def test_a_monitor_that_is_always_refused_is_background():
    assert isinstance(cache_refuses_clients(a_case("cache", {REFUSED: step(1, 1)})), Cleared)


def test_many_connections_without_a_refusal_are_cleared_with_their_number():
    signals = {REFUSED: step(0, 0), TAKEN: ramp(49)}
    outcome = cache_refuses_clients(a_case("cache", signals, limits={MOST: 50.0}))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "it refused no client; 49 of 50 connections taken"


def test_without_info_it_cannot_tell():
    assert isinstance(cache_refuses_clients(a_case("cache")), CannotTell)
