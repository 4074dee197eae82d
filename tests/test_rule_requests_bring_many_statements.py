"""Many statements a request are a lead where the database gained the time, and only there."""

from cases import THROUGHPUT, a_case, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.requests_bring_many_statements import QUERIES, requests_bring_many_statements


def asked(each, gained=0.3, others=0.0):
    signals = {QUERIES: THROUGHPUT * each + others}
    gains = {Place.INSIDE: gained} if gained is not None else {}
    return requests_bring_many_statements(a_case("db", signals, gained_s=gains))


def test_forty_statements_a_request_where_the_time_went_are_a_lead():
    outcome = asked(40)
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism and outcome.missing
    assert outcome.says == "40 statements for each request, 40 before"


def test_many_statements_that_cost_no_time_are_cleared():
    assert isinstance(asked(40, gained=0.01), Cleared)


def test_statements_of_others_are_not_those_of_the_load():
    outcome = asked(3, others=5000)
    assert isinstance(outcome, Cleared)
    assert outcome.says.startswith("3 statements for each request")


def test_a_handful_is_cleared_and_time_that_nobody_measured_is_not():
    assert isinstance(asked(4), Cleared)
    assert isinstance(asked(40, gained=None), CannotTell)
    assert isinstance(requests_bring_many_statements(a_case("db")), CannotTell)
    idle = a_case("db", {QUERIES: step(0, 0)})
    assert isinstance(requests_bring_many_statements(idle), Cleared)
