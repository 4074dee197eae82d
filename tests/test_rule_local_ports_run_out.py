"""A log that says so is a mechanism; TIME_WAIT alone is a lead at most."""

from cases import a_case, grows, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.local_ports_run_out import SAID, WAITING, local_ports_run_out

PORTS = {"net.ephemeral_ports": 28232.0}


def judged(signals, limits=PORTS):
    return local_ports_run_out(a_case("lb", signals, limits=limits))


def test_the_log_is_a_mechanism_and_counts_the_failures():
    outcome = judged({SAID[0]: step(0, 4), WAITING: step(9000, 28000)})
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.failures == 120
    assert outcome.place is Place.BEHIND and outcome.onset_s == 30
    assert outcome.evidence[1].says == "28,000 connections in TIME_WAIT, of 28,232 local ports"


def test_time_wait_near_the_ports_is_a_lead():
    outcome = judged({WAITING: step(9000, 28000)})
    assert isinstance(outcome, Finding) and not outcome.mechanism and outcome.missing


def test_a_silent_log_clears_whatever_time_wait_says():
    outcome = judged({SAID[0]: step(0, 0), WAITING: grows(27000)})
    assert isinstance(outcome, Cleared) and "27,000" not in outcome.says.split(";")[0]


def test_half_of_the_ports_free_is_room_and_between_nobody_knows():
    assert isinstance(judged({WAITING: grows(9000)}), Cleared)
    assert isinstance(judged({WAITING: step(9000, 20000)}), CannotTell)
    assert judged({WAITING: grows(9000)}, limits=None).missing == ("net.ephemeral_ports",)
    assert isinstance(judged({}), CannotTell)
