"""A shunned upstream is a lead towards the tier behind, never a mechanism."""

from cases import a_case, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.nginx_has_no_live_upstream import DISABLED, NONE, nginx_has_no_live_upstream


def test_no_live_upstream_is_a_lead_behind():
    case = a_case("lb", {NONE: step(0, 5), DISABLED: step(0, 0.1)})
    outcome = nginx_has_no_live_upstream(case)
    assert isinstance(outcome, Finding) and not outcome.mechanism and outcome.missing
    assert outcome.place is Place.BEHIND and outcome.failures == 150 and outcome.onset_s == 30


def test_a_silent_log_and_an_outage_before_the_load_are_cleared():
    for values in (step(0, 0), step(2, 2)):
        assert isinstance(nginx_has_no_live_upstream(a_case("lb", {NONE: values})), Cleared)


def test_without_a_log_it_cannot_tell():
    assert isinstance(nginx_has_no_live_upstream(a_case("lb")), CannotTell)
