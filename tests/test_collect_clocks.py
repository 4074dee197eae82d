"""Clocks: how far a host's clock is off, never surer than the way there and back allows."""

from __future__ import annotations

import math
import os
import shutil
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from own_shell import OwnShell

from diagnose.collect.clocks import ClockReadings, host_clock, measure, offset
from diagnose.hosts.session import Target
from diagnose.manifest import ClockReading


def shell_of_another_time(shift: str, zone: str = "") -> OwnShell:
    """A shell whose clock is shifted by libfaketime."""
    if shutil.which("faketime") is None:
        pytest.skip("the Debian package faketime is missing")
    env = {**os.environ, **({"TZ": zone} if zone else {})}
    return OwnShell(("faketime", "-f", shift, "sh", "-c"), env)


def holds(readings: ClockReadings, truth_s: float) -> bool:
    found = offset(readings.readings)
    return abs(found.offset_s - truth_s) <= found.error_s


def test_our_own_clock_is_not_off() -> None:
    found = measure(OwnShell())
    assert len(found.readings) == 7 and not found.why
    assert holds(found, 0.0)
    assert offset(found.readings).error_s < 0.5


def test_a_clock_ahead_by_37_seconds_and_in_another_zone_is_measured() -> None:
    found = measure(shell_of_another_time("+37s", "Asia/Tokyo"))
    assert holds(found, 37.0)
    assert offset(found.readings).error_s < 0.5
    assert (found.utc_offset_s, found.zone) == (32400.0, "Asia/Tokyo")


def test_a_clock_behind_and_west_of_greenwich_is_measured() -> None:
    found = measure(shell_of_another_time("-5400s", "America/St_Johns"), n=3)
    assert holds(found, -5400.0)
    assert found.utc_offset_s in (-12600.0, -9000.0)  # by the time of the year


@pytest.mark.parametrize("late_s", [(0.15, 0.0), (0.0, 0.15), (0.1, 0.05)])
def test_a_way_that_is_slow_in_one_direction_only_is_within_the_error(
    late_s: tuple[float, float],
) -> None:
    found = measure(OwnShell(late_s=late_s), n=3)
    assert holds(found, 0.0)
    assert offset(found.readings).error_s >= sum(late_s) / 2  # and we do not claim to know more


def date_without_fractions(folder: Path) -> dict[str, str]:
    """A PATH whose date has whole seconds only, as BusyBox's without FEATURE_DATE_NANO."""
    real = shutil.which("date")
    date = folder / "date"
    date.write_text(f'#!/bin/sh\nexec {real} "$(echo "$1" | sed s/N//)"\n')
    date.chmod(date.stat().st_mode | stat.S_IXUSR)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


def test_without_fractions_of_seconds_the_edge_of_a_second_is_found(tmp_path: Path) -> None:
    if not Path("/proc/uptime").exists():
        pytest.skip("there is no /proc/uptime here")
    found = measure(OwnShell(env=date_without_fractions(tmp_path)))
    assert holds(found, 0.0)
    assert all(0.03 <= r.resolution_s < 0.9 for r in found.readings)
    assert offset(found.readings).error_s < 0.5  # better than the second that date tells


def test_the_edge_is_found_on_a_clock_that_is_off(tmp_path: Path) -> None:
    shell = shell_of_another_time("+37.25s")
    shell.env = date_without_fractions(tmp_path)
    assert holds(measure(shell, n=3), 37.25)


def test_a_busybox_is_measured() -> None:
    busybox = shutil.which("busybox")
    if busybox is None:
        pytest.skip("the Debian package busybox is missing")
    found = measure(OwnShell((busybox, "sh", "-c"), {"PATH": "/nowhere"}), n=3)
    assert holds(found, 0.0)


def test_a_host_without_date_says_so() -> None:
    found = measure(OwnShell(("/bin/sh", "-c"), {"PATH": "/nowhere"}))
    assert not found.readings and "date" in found.why
    assert math.isnan(offset(found.readings).offset_s)


def test_a_device_without_a_shell_is_not_asked() -> None:
    found = measure(OwnShell(("false",), target=Target("sw1", device="cisco_ios")))
    assert not found.readings and "cisco_ios" in found.why


moments = st.floats(0, 1e4)
ways = st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3)), min_size=1, max_size=9)


@given(st.floats(-1e6, 1e6), ways, st.sampled_from([0.0, 0.01, 1.0]))
def test_the_true_offset_is_always_within_the_error(
    truth_s: float, delays: list[tuple[float, float]], resolution_s: float
) -> None:
    readings = []
    for i, (there, back) in enumerate(delays):
        shown = i * 10.0 + there + truth_s
        if resolution_s:
            shown = math.floor(shown / resolution_s) * resolution_s
        readings.append(ClockReading(shown, i * 10.0, i * 10.0 + there + back, resolution_s))
    found = offset(tuple(readings))
    assert abs(found.offset_s - truth_s) <= found.error_s + 1e-6
    quickest = min(there + back for there, back in delays)
    assert found.error_s <= (quickest + resolution_s) / 2 + 2e-6


def test_readings_that_contradict_each_other_are_told_with_a_large_error() -> None:
    """The clock was set by 5 s between two readings."""
    found = offset((ClockReading(100.0, 100.0, 100.1), ClockReading(106.0, 101.0, 101.1)))
    assert found.error_s > 2.5


def at(second: float, off_s: float, way_s: float = 0.01) -> ClockReadings:
    moment = ClockReading(second + off_s + way_s / 2, second, second + way_s)
    return ClockReadings((moment,), 3600.0, "Europe/Berlin")


def test_both_ends_of_the_run_give_the_offset_in_its_middle_and_the_drift() -> None:
    clock = host_clock(at(1000.0, 1.0), at(1600.0, 1.06))
    assert clock.offset_s == pytest.approx(1.03)
    assert clock.error_s == pytest.approx(0.005)
    assert clock.at_s == pytest.approx(1300.005)
    assert clock.drift_ppm == pytest.approx(100.0)
    assert clock.drift_error_ppm == pytest.approx(1e6 * 0.01 / 600)
    assert (clock.zone, clock.utc_offset_s) == ("Europe/Berlin", 3600.0)


@pytest.mark.parametrize("ends", [(at(5.0, 1.0), ClockReadings()), (ClockReadings(), at(5.0, 1.0))])
def test_one_end_alone_gives_no_drift(ends: tuple[ClockReadings, ClockReadings]) -> None:
    clock = host_clock(*ends)
    assert clock.offset_s == pytest.approx(1.0)
    assert math.isnan(clock.drift_ppm)
    assert clock.zone == "Europe/Berlin"


def test_no_reading_at_all_is_not_measured() -> None:
    clock = host_clock(ClockReadings(why="date: not found"))
    assert math.isnan(clock.offset_s) and math.isnan(clock.error_s)
