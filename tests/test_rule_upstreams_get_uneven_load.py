"""One upstream with most of the load is a lead; even shares and a single one are cleared."""

from cases import a_case, ramp, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.upstreams_get_uneven_load import BY_UPSTREAM, upstreams_get_uneven_load


def judged(**parts):
    return upstreams_get_uneven_load(a_case("lb", {BY_UPSTREAM: parts} if parts else {}))


def test_a_share_that_tips_over_is_a_lead():
    outcome = judged(a=step(40, 110), b=step(40, 10))
    assert isinstance(outcome, Finding) and not outcome.mechanism and not outcome.against
    assert outcome.says == "a gets 1.83 times the mean of 2 upstreams"


def test_a_share_that_was_always_uneven_has_that_against_it():
    outcome = judged(a=ramp(110), b=ramp(10))
    assert outcome.against[0].says.endswith("times the mean before the inflection too")


def test_even_shares_and_a_single_upstream_are_cleared():
    assert isinstance(judged(a=ramp(60), b=ramp(55)), Cleared)
    assert judged(a=ramp(60)).says == "one upstream, a: nothing to balance"


def test_without_addresses_it_cannot_tell():
    assert isinstance(judged(), CannotTell)
