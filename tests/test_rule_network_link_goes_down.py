"""A link that goes down under load is found, and proved by who had to send again."""

from cases import GRID_S, a_case, a_run, step

from diagnose.model import CannotTell, Cleared, Component, Finding, Place, Topology
from diagnose.rules.network_link_goes_down import DOWN, network_link_goes_down

ONCE = (GRID_S == 40).astype(float)
RETRANSMITS = "tcp.retransmits_per_s"


def beside(retransmits, down=ONCE):
    run = a_run()
    case = a_case("router", {DOWN: down}, run=run, name="gw", sends_to=("web",))
    a_case("lb", {RETRANSMITS: retransmits}, run=run, name="web")
    return network_link_goes_down(case)


def test_with_segments_sent_again_beside_it_it_is_a_mechanism():
    outcome = beside(step(0, 30))
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.place is Place.PATH
    assert outcome.says == "a link went down once" and outcome.onset_s == 40


def test_where_nobody_sent_again_it_is_a_lead_with_that_against_it():
    outcome = beside(step(0.1, 0.1))
    assert isinstance(outcome, Finding) and not outcome.mechanism and outcome.against


def test_before_the_load_and_at_a_bystander_it_is_cleared():
    assert isinstance(beside(step(0, 30), (GRID_S == -5).astype(float)), Cleared)
    way = (Component("gen", "load_generator", sends_to=("web",)), Component("web", "lb"))
    run = a_run(topology=Topology(way))
    outcome = network_link_goes_down(a_case("other", {DOWN: ONCE}, run=run, name="backup"))
    assert isinstance(outcome, Cleared) and "no request of the test came here" in outcome.says


def test_no_log_is_no_answer():
    assert isinstance(network_link_goes_down(a_case("router")), CannotTell)
