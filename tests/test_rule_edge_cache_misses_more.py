"""A cache that passes more on under load is a lead; no cache, and a warm one, are cleared."""

from cases import a_case, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.edge_cache_misses_more import (
    PASSED,
    REQUESTS,
    RETRIES,
    edge_cache_misses_more,
)


def judged(passed, retries=None, asked=None):
    signals = {REQUESTS: step(100, 100) if asked is None else asked, PASSED: {"api": passed}}
    if retries is not None:
        signals[RETRIES] = retries
    return edge_cache_misses_more(a_case("cdn", signals))


def test_a_share_that_grows_under_load_is_a_lead_behind():
    outcome = judged(step(10, 60))
    assert isinstance(outcome, Finding) and not outcome.mechanism
    assert outcome.place is Place.BEHIND and outcome.onset_s == 30
    assert outcome.says == "the cache holds less: 60 % of requests passed on, 10 % before"


def test_without_a_cache_everything_is_passed_on_all_the_time():
    assert isinstance(judged(ramp(100), asked=ramp(100)), Cleared)


def test_a_steady_share_and_one_that_falls_are_cleared():
    assert isinstance(judged(ramp(40), asked=ramp(100)), Cleared)
    assert isinstance(judged(step(70, 20)), Cleared)


def test_further_tries_of_a_request_are_no_misses():
    assert isinstance(judged(step(30, 90), retries=step(0, 60)), Cleared)


def test_without_upstream_addresses_it_cannot_tell():
    assert isinstance(edge_cache_misses_more(a_case("cdn", {REQUESTS: ramp(9)})), CannotTell)
