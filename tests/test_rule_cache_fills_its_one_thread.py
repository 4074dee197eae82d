"""A thread that is full under load is named, as far as INFO tells it from others."""

import numpy as np
from cases import GRID_S, a_case, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.cache_fills_its_one_thread import BUSY, cache_fills_its_one_thread


def test_a_full_thread_is_a_finding():
    case = a_case("cache", {BUSY: ramp(0.98)}, facts={"cache.version": "7.0.15"})
    outcome = cache_fills_its_one_thread(case)
    assert isinstance(outcome, Finding)
    assert outcome.place is Place.INSIDE and outcome.mechanism and not outcome.missing
    assert outcome.says == "its thread takes 98 % of one processor"


def test_before_version_6_2_all_threads_are_counted_together():
    case = a_case("cache", {BUSY: ramp(0.98)}, facts={"cache.version": "6.0.16"})
    outcome = cache_fills_its_one_thread(case)
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism and outcome.missing


def test_a_thread_as_busy_when_idle_is_no_effect_of_the_load():
    assert isinstance(cache_fills_its_one_thread(a_case("cache", {BUSY: step(1, 1)})), Cleared)


def test_a_blip_is_no_level():
    blip = np.where((GRID_S > 40) & (GRID_S < 46), 1.0, 0.3)
    assert isinstance(cache_fills_its_one_thread(a_case("cache", {BUSY: blip})), Cleared)


def test_room_is_cleared_and_nothing_measured_is_not():
    outcome = cache_fills_its_one_thread(a_case("cache", {BUSY: ramp(0.4)}))
    assert isinstance(outcome, Cleared)
    assert outcome.source
    assert isinstance(cache_fills_its_one_thread(a_case("cache")), CannotTell)
