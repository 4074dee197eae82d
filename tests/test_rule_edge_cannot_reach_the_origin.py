"""520 to 524 point behind the edge; other failures are not the edge's."""

from cases import a_case, a_run, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.plugins import RULES
from diagnose.rules.edge_cannot_reach_the_origin import STATUS, edge_cannot_reach_the_origin


def judged(role="cdn", **statuses):
    run = a_run()
    parts = {code.lstrip("_"): values for code, values in statuses.items()}
    case = a_case(role, {STATUS: parts} if parts else {}, run=run, sends_to=("lb1",))
    a_case("lb", run=run, name="lb1")
    return edge_cannot_reach_the_origin(case)


def test_522_points_at_the_machine_behind():
    outcome = judged(_200=step(90, 90), _522=step(0, 10), _524=step(0, 1))
    assert isinstance(outcome, Finding) and not outcome.mechanism
    assert outcome.place is Place.BEHIND and outcome.failures == 330
    assert outcome.says == "300 responses 522: the connection to the origin timed out"
    assert "what lb1 counts" in outcome.missing[0]


def test_other_statuses_are_cleared():
    assert isinstance(judged(_200=step(90, 90), _502=step(0, 9)), Cleared)
    assert isinstance(judged(_200=step(90, 90), _522=step(1, 1)), Cleared)


def test_a_load_generator_that_counts_statuses_is_asked_too():
    rule = RULES["edge-cannot-reach-the-origin"]
    assert rule.applies_to(a_case("load_generator", {STATUS: {"522": step(0, 1)}}))
    assert not rule.applies_to(a_case("load_generator"))


def test_without_statuses_it_cannot_tell():
    assert isinstance(judged(), CannotTell)
