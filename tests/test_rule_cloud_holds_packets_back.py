"""Allowances that are exceeded under load are found; old totals and a few packets are not."""

from cases import a_case, a_pair, a_run, step

from diagnose.model import CannotTell, Cleared, Component, Finding, Place, Topology
from diagnose.rules.cloud_holds_packets_back import (
    EXCEEDED,
    RECEIVED,
    SENT,
    cloud_holds_packets_back,
)


def judged(run=None, **parts):
    return cloud_holds_packets_back(a_case("app", {EXCEEDED: parts} if parts else {}, run=run))


def test_a_counter_that_grows_under_load_is_a_mechanism():
    outcome = judged(bw_out=step(0, 200), pps=step(0, 3), bw_in=step(0, 0))
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.onset_s == 30
    assert outcome.says == "the cloud held back 6,000 packets: more bytes sent than allowed"
    assert outcome.place in (Place.FRONT, Place.BEHIND)


def test_background_that_is_the_same_when_idle_is_cleared():
    assert "background" in judged(bw_in=step(20, 20)).says
    assert judged(pps=step(0, 0)).says == "the cloud held no packet back"


def test_too_few_of_all_packets_are_cleared_but_every_connection_counts():
    for part, kind in (("bw_in", Cleared), ("conntrack", Finding)):
        signals = {m: {"eth0": step(9e4, 9e4)} for m in (RECEIVED, SENT)}
        case = a_case("app", {EXCEEDED: {part: step(0, 5)}, **signals})
        assert isinstance(cloud_holds_packets_back(case), kind)


def test_a_bystander_is_cleared():
    way = (Component("gen", "load_generator", sends_to=("web",)), Component("web", "lb"))
    outcome = judged(a_run(topology=Topology(way)), bw_out=step(0, 200))
    assert isinstance(outcome, Cleared) and "no request of the test came here" in outcome.says


def test_a_pair_of_readings_is_a_lead_and_no_counter_no_answer():
    case = a_case("app")
    case.found[EXCEEDED] = {"pps": a_pair("the_app", EXCEEDED, "pps", 900)}
    outcome = cloud_holds_packets_back(case)
    assert isinstance(outcome, Finding) and not outcome.mechanism and outcome.missing
    assert isinstance(judged(), CannotTell)
