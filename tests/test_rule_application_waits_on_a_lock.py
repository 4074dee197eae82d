"""Own time with idle processors is a lead; a full processor is another rule."""

from cases import a_case, never, ramp, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.application_waits_on_a_lock import application_waits_on_a_lock

BUSY, CORE = "cpu.busy_ratio", "cpu.core_busy_ratio"


def judged(own, busy, cores=None):
    cores = cores or {"0": busy, "1": busy}
    signals = {"http.own_s": own, "http.request_s": own, BUSY: busy, CORE: cores}
    return application_waits_on_a_lock(a_case("app", signals))


def test_own_time_with_room_on_the_processors_is_a_lead():
    outcome = judged(step(0.02, 0.4), ramp(0.4))
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism and outcome.missing


def test_busy_processors_are_another_rule():
    outcome = judged(step(0.02, 0.4), ramp(0.95))
    assert isinstance(outcome, Cleared)
    assert outcome.says.endswith("the processors are 95 % busy")


def test_one_full_processor_is_another_rule():
    cores = {"0": ramp(0.99), "1": ramp(0.05)}
    outcome = judged(step(0.02, 0.4), ramp(0.52), cores)
    assert isinstance(outcome, Cleared)


def test_time_spent_elsewhere_clears_it_with_its_numbers():
    outcome = judged(step(0.02, 0.021), ramp(0.4))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "own time a request: 20 ms before, 21 ms after"


def test_without_processors_or_own_time_it_cannot_tell():
    assert isinstance(application_waits_on_a_lock(a_case("app")), CannotTell)
    assert isinstance(judged(never(), ramp(0.4)), CannotTell)
