"""A core full of soft interrupts is found; a busy one, or one that polls when idle, is not."""

from cases import a_case, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.one_core_does_all_soft_interrupts import (
    BUSY,
    SOFTIRQ,
    SQUEEZED,
    one_core_does_all_soft_interrupts,
)


def judged(values, role="router", **more):
    return one_core_does_all_soft_interrupts(
        a_case(role, {SOFTIRQ: {"0": values, "1": ramp(0.1)}, **more})
    )


def test_one_full_core_is_found_on_the_path():
    more = {BUSY: {"0": step(0.3, 0.99)}, SQUEEZED: {"0": step(0, 50)}}
    outcome = judged(step(0.2, 0.93), **more)
    assert isinstance(outcome, Finding) and outcome.place is Place.PATH
    assert outcome.says == "core 0 spends 93 % of its time in soft interrupts"
    assert outcome.onset_s == 30 and len(outcome.evidence) == 3


def test_a_host_suffers_in_front():
    assert judged(step(0.2, 0.93), role="lb").place is Place.FRONT


def test_room_is_cleared_with_its_number():
    outcome = judged(ramp(0.45))
    assert isinstance(outcome, Cleared) and "core 0 spends 45 %" in outcome.says


def test_a_core_that_polls_when_idle_is_cleared():
    outcome = judged(step(0.95, 0.95))
    assert isinstance(outcome, Cleared) and outcome.says.endswith("before the load")


def test_without_cores_it_cannot_tell():
    assert isinstance(one_core_does_all_soft_interrupts(a_case("router")), CannotTell)
