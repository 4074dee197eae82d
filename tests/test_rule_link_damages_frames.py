"""Frames damaged in a growing share are found; a ring's overruns and a constant share are not."""

from cases import a_case, a_pair, ramp, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.link_damages_frames import CRC, RECEIVED, RX, link_damages_frames


def judged(**signals):
    parts = {m: {"eth0": v} for m, v in signals.items()}
    return link_damages_frames(a_case("switch", parts))


def test_a_growing_share_of_damaged_frames_is_found():
    outcome = judged(**{CRC: step(0, 12), RECEIVED: ramp(1000, 100)})
    assert isinstance(outcome, Finding) and outcome.mechanism
    assert outcome.says == "the link at eth0 damages 1.2 % of its frames"


def test_a_constant_share_did_not_turn_the_run():
    outcome = judged(**{CRC: ramp(10, 1), RECEIVED: ramp(1000, 100)})
    assert isinstance(outcome, Cleared) and "1 % before" in outcome.says


def test_overruns_are_left_to_the_rule_on_drops():
    signals = {RX: step(0, 12), "nic.rx_overrun_per_s": step(0, 12), RECEIVED: ramp(1000)}
    assert not isinstance(judged(**signals), Finding)


def test_none_and_steady_ones_are_cleared():
    assert isinstance(judged(**{RX: step(0, 0), RECEIVED: ramp(1000)}), Cleared)
    assert isinstance(judged(**{RX: step(3, 3), RECEIVED: ramp(1000)}), Cleared)


def test_an_undated_pair_with_a_small_share_is_no_answer():
    case = a_case("switch")
    case.found[RX] = {"eth0": a_pair("the_switch", RX, "eth0", 20)}
    case.found[RECEIVED] = {"eth0": a_pair("the_switch", RECEIVED, "eth0", 1e6)}
    assert isinstance(link_damages_frames(case), CannotTell)
    assert isinstance(link_damages_frames(a_case("switch")), CannotTell)
