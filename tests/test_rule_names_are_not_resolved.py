"""Names that fail more often per request are found; a name that never existed is not the load's."""

from cases import a_case, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.names_are_not_resolved import SAID, names_are_not_resolved

NGINX, APP = SAID
REQUESTS = "http.requests_per_s"


def judged(role, **signals):
    return names_are_not_resolved(a_case(role, signals))


def test_names_that_fail_under_load_are_a_mechanism_at_both_tiers():
    for role, said in (("lb", NGINX), ("app", APP)):
        outcome = judged(role, **{said: step(0, 2), REQUESTS: ramp(100)})
        assert isinstance(outcome, Finding) and outcome.mechanism and outcome.resource == "dns"
        assert outcome.place is Place.BEHIND and outcome.failures == 60


def test_a_name_that_never_existed_fails_as_often_per_request():
    outcome = judged("app", **{APP: ramp(10), REQUESTS: ramp(100)})
    assert isinstance(outcome, Cleared) and "as many of the requests before" in outcome.says


def test_a_resolver_that_fails_now_and_then_when_idle_is_background():
    assert isinstance(judged("lb", **{NGINX: step(0.5, 0.5)}), Cleared)


def test_none_is_cleared_and_no_log_is_no_answer():
    assert isinstance(judged("lb", **{NGINX: step(0, 0)}), Cleared)
    assert isinstance(judged("lb"), CannotTell)
