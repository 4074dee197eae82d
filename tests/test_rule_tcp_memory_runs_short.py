"""Aborts for want of memory are a mechanism, pressure alone a lead."""

from cases import a_case, a_pair, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.tcp_memory_runs_short import ABORTS, PRESSURES, SAID, tcp_memory_runs_short


def judged(**signals):
    return tcp_memory_runs_short(a_case("app", signals))


def test_aborts_and_messages_are_mechanisms():
    outcome = judged(**{ABORTS: step(0, 3), PRESSURES: step(0, 9)})
    assert isinstance(outcome, Finding) and outcome.mechanism
    assert outcome.says == "TCP aborted 90 connections for want of memory"
    assert judged(**{SAID: step(0, 1)}).mechanism


def test_pressure_alone_is_a_lead():
    assert not judged(**{PRESSURES: step(0, 2), ABORTS: step(0, 0)}).mechanism


def test_none_and_steady_pressure_are_cleared():
    assert isinstance(judged(**{PRESSURES: step(0, 0), ABORTS: step(0, 0)}), Cleared)
    assert isinstance(judged(**{PRESSURES: step(2, 2)}), Cleared)


def test_an_undated_pair_is_no_mechanism_and_nothing_read_is_no_answer():
    case = a_case("app")
    assert isinstance(tcp_memory_runs_short(case), CannotTell)
    case.found[ABORTS] = {"": a_pair("the_app", ABORTS, "", 50)}
    assert not tcp_memory_runs_short(case).mechanism
