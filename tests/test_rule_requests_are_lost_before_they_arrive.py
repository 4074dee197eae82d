"""Requests sent and never seen name the place; a handful in flight does not."""

import math

from cases import a_case

from diagnose.model import CannotTell, Cleared, Finding, Place, Tier
from diagnose.rules.requests_are_lost_before_they_arrive import (
    requests_are_lost_before_they_arrive,
)


def judged(lost):
    tier = Tier("the_lb", 5000, 3, 0, lost, 0.01, 0.01, "raw/lb/access.log:1-5000")
    return requests_are_lost_before_they_arrive(a_case("lb", tier=tier))


def test_a_hundredth_lost_names_the_place_and_no_mechanism():
    outcome = judged(400)
    assert isinstance(outcome, Finding) and not outcome.mechanism
    assert outcome.place is Place.FRONT and outcome.failures == 400
    assert outcome.says == "400 of 5,400 requests sent to it are not in its log"


def test_requests_in_flight_and_a_longer_log_are_cleared():
    assert isinstance(judged(20), Cleared)
    assert judged(-7).says == "0 of 5,000 requests sent to it are not in its log"


def test_without_both_counts_it_cannot_tell():
    assert isinstance(judged(math.nan), CannotTell)
    assert isinstance(requests_are_lost_before_they_arrive(a_case("lb")), CannotTell)
