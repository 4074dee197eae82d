"""Time in front of the first tier points at the generator only when nothing else is left."""

from cases import a_case, a_run, step

from diagnose.model import CannotTell, Capacity, Cleared, Finding, Place
from diagnose.rules.generator_holds_the_time import LOST, generator_holds_the_time


def a_front(gained_s, signals=None, lb_signals=None, capacity=()):
    run = a_run()
    case = a_case("load_generator", signals or {LOST: step(0, 0)}, run=run, sends_to=("r",))
    a_case("router", run=run, name="r", sends_to=("the_lb",))
    a_case("lb", lb_signals, run=run, gained_s={Place.FRONT: gained_s}, capacity=capacity)
    return generator_holds_the_time(case)


def test_time_in_front_and_nothing_else_is_a_lead():
    outcome = a_front(0.38)
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism
    assert outcome.evidence[0].says == "380 ms of 400 ms added lie before the first tier"


def test_lost_packets_are_another_rule():
    assert isinstance(a_front(0.38, {LOST: step(0, 20)}), CannotTell)


def test_a_first_tier_that_refuses_is_another_rule():
    full = {"message.nginx.worker_connections_not_enough_per_s": step(0, 5)}
    assert isinstance(a_front(0.38, lb_signals=full), CannotTell)


def test_a_busy_host_behind_is_another_rule():
    busy = (Capacity("the_lb", "cpu", 0.01, 130.0, (120.0, 140.0), 0.97, ""),)
    assert isinstance(a_front(0.38, capacity=busy), CannotTell)


def test_time_behind_the_first_tier_clears_the_generator():
    outcome = a_front(0.01)
    assert isinstance(outcome, Cleared)
    assert outcome.says == "10 ms of 400 ms added lie before the first tier"


def test_without_times_at_the_first_tier_it_cannot_tell():
    assert isinstance(generator_holds_the_time(a_case("load_generator")), CannotTell)


def test_without_counters_of_lost_packets_that_is_what_is_missing():
    outcome = a_front(0.38, {"cpu.busy_ratio": step(0.2, 0.3)})
    assert isinstance(outcome, Finding)
    assert any("packets were lost" in missing for missing in outcome.missing)
