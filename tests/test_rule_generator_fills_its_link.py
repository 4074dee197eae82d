"""A full link is named, a link without a known speed is not judged."""

from cases import a_case, ramp, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.generator_fills_its_link import generator_fills_its_link

IN, SPEED = "nic.rx_bytes_per_s", "nic.speed_bytes_per_s"


def test_bytes_at_the_speed_of_the_link_are_a_finding():
    case = a_case("load_generator", {IN: {"eth0": ramp(120e6)}}, limits={SPEED: {"eth0": 125e6}})
    outcome = generator_fills_its_link(case)
    assert isinstance(outcome, Finding)
    assert outcome.says == "the load generator's link is 96 % full"
    assert outcome.evidence[0].says == "eth0: 120 MB/s of 125 MB/s"


def test_use_as_sar_gives_it_is_enough():
    case = a_case("load_generator", {"nic.util_ratio": {"eth0": ramp(0.93)}})
    assert isinstance(generator_fills_its_link(case), Finding)


def test_a_link_that_was_as_full_before_is_cleared():
    case = a_case("load_generator", {"nic.util_ratio": {"eth0": step(0.9, 0.92)}})
    assert isinstance(generator_fills_its_link(case), Cleared)


def test_room_on_the_link_is_cleared_with_its_number():
    case = a_case("load_generator", {IN: {"eth0": ramp(12e6)}}, limits={SPEED: {"eth0": 125e6}})
    outcome = generator_fills_its_link(case)
    assert isinstance(outcome, Cleared)
    assert outcome.says == "eth0: 12 MB/s of 125 MB/s"


def test_without_the_speed_it_cannot_tell():
    case = a_case("load_generator", {IN: {"eth0": ramp(120e6)}})
    assert isinstance(generator_fills_its_link(case), CannotTell)
    assert isinstance(generator_fills_its_link(a_case("load_generator")), CannotTell)
