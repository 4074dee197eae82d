"""520 to 524 point behind the edge; other failures are not the edge's."""

from dataclasses import replace

from cases import a_case, a_run, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.readings import LoadError
from diagnose.rules.edge_cannot_reach_the_origin import STATUS, edge_cannot_reach_the_origin


def at_the_edge(**statuses):
    run = a_run()
    parts = {code.lstrip("_"): values for code, values in statuses.items()}
    case = a_case("cdn", {STATUS: parts} if parts else {}, run=run, sends_to=("lb1",))
    a_case("lb", run=run, name="lb1")
    return edge_cannot_reach_the_origin(case)


def at_the_generator(failures, *errors):
    run = a_run()
    run.load = replace(run.load, failures=failures, errors=errors, source="raw/gen/failures.csv")
    return edge_cannot_reach_the_origin(a_case("load_generator", run=run))


def test_522_points_at_the_machine_behind():
    outcome = at_the_edge(_200=step(90, 90), _522=step(0, 10), _524=step(0, 1))
    assert isinstance(outcome, Finding) and not outcome.mechanism
    assert outcome.place is Place.BEHIND and outcome.failures == 330 and outcome.onset_s == 30
    assert outcome.says == "300 responses 522: the connection to the origin timed out"
    assert "what lb1 counts" in outcome.missing[0]


def test_the_load_generators_failures_tell_it_too():
    error = LoadError("HTTPError('522 Server Error for url')", 70, kind="status")
    outcome = at_the_generator(75, error, LoadError("502 Bad Gateway", 5, kind="status"))
    assert isinstance(outcome, Finding) and outcome.failures == 70
    assert outcome.evidence[0].source == "raw/gen/failures.csv"


def test_a_522_that_is_no_status_counts_nothing():
    timeout = LoadError("timed out after 522 ms", 70, kind="timeout")
    assert isinstance(at_the_generator(70, timeout), Cleared)


def test_other_statuses_are_cleared():
    assert isinstance(at_the_edge(_200=step(90, 90), _502=step(0, 9)), Cleared)
    assert isinstance(at_the_generator(0), Cleared)


def test_failures_that_nobody_named_are_no_answer():
    assert isinstance(at_the_edge(), CannotTell)
    assert isinstance(at_the_generator(12), CannotTell)
