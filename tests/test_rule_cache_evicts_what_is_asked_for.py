"""Evictions that cost hits are named; a full cache that hits as before is not."""

from cases import a_case, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.cache_evicts_what_is_asked_for import (
    EVICTED,
    HITS,
    MISSES,
    MOST,
    cache_evicts_what_is_asked_for,
)


def evicting(evicted, hits, misses):
    signals = {EVICTED: evicted, HITS: hits, MISSES: misses}
    return cache_evicts_what_is_asked_for(a_case("cache", signals, limits={MOST: 2e6}))


def test_evictions_that_cost_hits_are_a_finding():
    outcome = evicting(step(0, 200), step(900, 600), step(100, 400))
    assert isinstance(outcome, Finding)
    assert outcome.mechanism
    assert "90 % of keys found before, 60 % after" in outcome.says
    assert any(e.says.startswith("maxmemory is") for e in outcome.evidence)


def test_a_cache_that_evicts_by_design_hits_as_often_as_before():
    assert isinstance(evicting(step(0, 200), step(900, 1800), step(100, 200)), Cleared)
    assert isinstance(evicting(step(200, 200), step(900, 600), step(100, 400)), Cleared)


def test_fewer_hits_without_evictions_are_something_else():
    outcome = evicting(step(0, 0), step(900, 600), step(100, 400))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "it evicted no key"


def test_without_hits_before_and_after_it_cannot_tell():
    assert isinstance(evicting(step(0, 200), step(0, 0), step(0, 0)), CannotTell)
    assert isinstance(cache_evicts_what_is_asked_for(a_case("cache")), CannotTell)
