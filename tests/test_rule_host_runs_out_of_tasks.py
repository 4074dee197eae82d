"""One refused fork under load says all; before the load, or at a bystander, it says nothing."""

from cases import GRID_S, a_case, a_run, step

from diagnose.model import CannotTell, Cleared, Component, Finding, Place, Topology
from diagnose.rules.host_runs_out_of_tasks import REJECTED, host_runs_out_of_tasks

ONCE = (GRID_S == 40).astype(float)


def judged(role="db", **signals):
    return host_runs_out_of_tasks(a_case(role, signals))


def test_one_line_after_the_inflection_is_a_mechanism():
    outcome = judged(**{REJECTED: ONCE})
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.place is Place.INSIDE
    assert outcome.onset_s == 40
    assert judged("load_generator", **{REJECTED: ONCE}).place is Place.FRONT


def test_a_line_before_the_load_is_cleared():
    outcome = judged(**{REJECTED: (GRID_S == -5).astype(float)})
    assert isinstance(outcome, Cleared) and outcome.says == "no process or thread was refused"


def test_a_bystander_is_cleared():
    way = (Component("gen", "load_generator", sends_to=("api",)), Component("api", "app"))
    run = a_run(topology=Topology(way))
    outcome = host_runs_out_of_tasks(a_case("db", {REJECTED: ONCE}, run=run, name="other"))
    assert isinstance(outcome, Cleared) and "no request of the test came here" in outcome.says


def test_silence_is_cleared_and_no_log_is_no_answer():
    assert isinstance(judged(**{REJECTED: step(0, 0)}), Cleared)
    assert isinstance(judged(), CannotTell)
