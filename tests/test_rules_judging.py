"""A counter that only ticks along is background; one that grows under load is not."""

import math

import numpy as np
import pytest
from cases import GRID_S, a_case, a_pair, a_run, grows, never, ramp, step

from diagnose.model import CannotTell, Cleared, Place
from diagnose.rules._judging import (
    Course,
    began_s,
    cleared,
    counted,
    counts,
    most_seconds,
    share,
    wider,
    worst,
)
from diagnose.rules._neighbours import neighbours
from diagnose.rules._packets import sent_again

DROPS = "nic.rx_dropped_per_s"
PACKETS = "nic.rx_packets_per_s"


def course(values):
    return counted(a_case("lb", {DROPS: {"eth0": values}}), DROPS, "eth0").course


def test_a_rate_that_is_the_same_idle_and_loaded_is_background():
    noise = np.random.default_rng(1).poisson(15, GRID_S.size).astype(float)
    assert course(noise) is Course.STEADY


def test_sparse_background_that_idle_missed_is_still_background():
    rare = np.where(GRID_S % 8 == 4, 1.0, 0.0)
    assert course(rare) is Course.STEADY


def test_a_rate_that_starts_in_the_ramp_and_multiplies_grew():
    assert course(step(17, 360, idle=0)) is Course.GREW
    assert course(grows(50)) is Course.GREW


def test_a_rate_that_stopped_before_the_inflection_did_not_grow():
    assert course(step(5, 0, idle=0)) is Course.STEADY


def test_three_events_are_chance_and_a_single_message_is_not():
    few = np.where(np.isin(GRID_S, (35, 40, 50)), 1.0, 0.0)
    case = a_case("lb", {DROPS: {"eth0": few}})
    assert counted(case, DROPS, "eth0").course is Course.STEADY
    assert counted(case, DROPS, "eth0", fewest=1).course is Course.GREW


def test_nothing_measured_and_nothing_counted_differ():
    assert course(step(0, 0)) is Course.NOTHING
    assert course(never()) is Course.UNMEASURED
    assert course(np.where(GRID_S < 20, 3.0, np.nan)) is Course.UNMEASURED


def test_a_pair_without_times_has_a_total_and_no_course():
    case = a_case("lb")
    case.found[DROPS] = {"eth0": a_pair("the_lb", DROPS, "eth0", 17386)}
    seen = counted(case, DROPS, "eth0")
    assert seen.course is Course.UNDATED
    assert math.isnan(began_s(case, seen))
    assert worst([seen]) is seen


def test_growth_outranks_background_and_pairs():
    case = a_case("lb", {DROPS: {"eth0": step(90, 90), "eth1": step(0, 3)}})
    case.found[DROPS]["eth2"] = a_pair("the_lb", DROPS, "eth2", 1e6)
    assert worst(counts(case, DROPS)).part == "eth1"


def test_the_onset_is_that_of_the_growth():
    case = a_case("lb", {DROPS: {"eth0": step(2, 80, idle=0)}})
    assert began_s(case, counted(case, DROPS, "eth0")) == 30


def test_background_is_cleared_with_its_numbers():
    case = a_case("lb", {DROPS: {"eth0": step(15, 15)}})
    outcome = cleared(case, "nic_receive", counts(case, DROPS), "nothing dropped")
    assert isinstance(outcome, Cleared)
    assert "(eth0): 15/s idle, 15/s before, 15/s after; background" in outcome.says


def test_few_events_and_events_that_stopped_are_not_called_background():
    once = np.where(GRID_S == 40, 1.0, 0.0)
    early = np.where(GRID_S == 4, 9.0, 0.0)
    for values, says in ((once, "too few to tell from chance"), (early, "9 in all, none of")):
        case = a_case("lb", {DROPS: {"eth0": values}})
        assert says in cleared(case, "nic_receive", counts(case, DROPS), "none").says


def test_no_measurement_is_never_cleared():
    case = a_case("lb", {DROPS: {"eth0": never()}})
    assert isinstance(cleared(case, "nic_receive", counts(case, DROPS), "none"), CannotTell)


def test_shares_and_bounds_follow_the_load():
    case = a_case("lb", {DROPS: {"": step(1, 12)}, PACKETS: {"": step(100, 600)}})
    assert share(case, DROPS, PACKETS) == (0.01, 0.02)
    assert most_seconds(case, 12.0) == pytest.approx(0.3)  # a tenth of a drop a request, 3 s each


def test_the_wider_place_is_the_one_that_gained():
    case = a_case("lb", gained_s={Place.FRONT: 0.01, Place.BEHIND: 0.4})
    assert wider(case, Place.FRONT, Place.BEHIND) is Place.BEHIND
    assert wider(a_case("lb"), Place.FRONT, Place.BEHIND) is Place.FRONT


def test_neighbours_are_seen_through_carriers():
    run = a_run()
    a_case(
        "load_generator",
        {"tcp.retransmits_per_s": step(0, 9)},
        run=run,
        name="gen",
        sends_to=("gw",),
    )
    router = a_case("router", run=run, name="gw", sends_to=("lb",))
    lb = a_case("lb", {"tcp.retransmits_per_s": ramp(0)}, run=run, name="lb")
    assert [c.component.name for c in neighbours(lb)] == ["gen"]
    yes, no = sent_again(router)
    assert [e.component for e in yes] == ["gen"] and [e.component for e in no] == ["lb"]


def test_what_comes_in_bursts_began_with_the_first_of_them():
    bursts = np.where((GRID_S >= 31) & (GRID_S % 7 < 3), 30.0, 0.0)
    case = a_case("router", {DROPS: {"eth0": bursts}})
    assert began_s(case, counted(case, DROPS, "eth0")) <= 36
