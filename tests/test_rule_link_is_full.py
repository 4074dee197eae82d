"""A link at its speed is found; one whose speed nobody knows is never cleared."""

from cases import a_case, grows, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.link_is_full import RX, SPEED, TX, UTIL, link_is_full

GIGABIT = {SPEED: {"eth0": 125e6}}


def test_bytes_at_the_links_speed_are_found():
    signals = {RX: {"eth0": ramp(9e6)}, TX: {"eth0": step(6e7, 121e6)}}
    outcome = link_is_full(a_case("router", signals, limits=GIGABIT))
    assert isinstance(outcome, Finding) and outcome.place is Place.PATH
    assert outcome.says == "the link at eth0 is 97 % full" and outcome.onset_s == 30


def test_utilization_alone_is_enough():
    outcome = link_is_full(a_case("lb", {UTIL: {"eth0": step(0.5, 0.95)}}))
    assert isinstance(outcome, Finding) and outcome.place is Place.FRONT


def test_room_is_cleared_and_grows_with_users_all_the_same():
    signals = {TX: {"eth0": grows(4e7), "lo": grows(9e9)}, RX: {"eth0": grows(1e6)}}
    outcome = link_is_full(a_case("lb", signals, limits=GIGABIT))
    assert isinstance(outcome, Cleared) and outcome.says.startswith("the fullest link, eth0 is")


def test_zero_percent_beside_bytes_is_an_unknown_speed():
    signals = {UTIL: {"eth0": ramp(0)}, TX: {"eth0": ramp(5e7)}}
    outcome = link_is_full(a_case("lb", signals))
    assert isinstance(outcome, CannotTell) and outcome.missing == ("the speed of eth0",)


def test_one_busy_link_of_unknown_speed_keeps_the_host_from_being_cleared():
    signals = {TX: {"eth0": ramp(4e7), "eth1": ramp(4e7), "mgmt": ramp(10)}}
    outcome = link_is_full(a_case("lb", signals, limits=GIGABIT))
    assert isinstance(outcome, CannotTell) and outcome.missing == ("the speed of eth1",)


def test_without_a_speed_it_cannot_tell():
    assert isinstance(link_is_full(a_case("lb", {TX: {"eth0": ramp(4e7)}})), CannotTell)
