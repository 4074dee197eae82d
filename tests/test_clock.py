"""Zones, dates and offsets are put right, by what is declared, said, or fits the load."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from diagnose.clock import DAY_S, Window, shifts, times_of
from diagnose.ingest import Source
from diagnose.model import Component
from diagnose.readings import Fact, Occurrences, Reading, Samples

BEGIN_S = 1_795_404_240.0  # 23 November 2026, 03:24 UTC: winter in Berlin, summer in Sydney
LOAD = Window(BEGIN_S, BEGIN_S + 60)
HOUR_S = 3600.0
TOKYO = 9 * HOUR_S


def a_source(
    ahead_s: float = 0.0,
    *,
    naive: bool = True,
    date_known: bool = True,
    facts: Iterable[Fact] = (),
    path: str = "raw/db/log",
) -> Source:
    """A file whose times lie within the load, but for `ahead_s`."""
    at_s = BEGIN_S + ahead_s + np.arange(60.0)
    reading = Reading(naive=naive, date_known=date_known, facts=list(facts))
    reading.samples.append(Samples("cpu.busy_ratio", at_s, np.zeros(60)))
    return Source(path, "db", "odd", "odd", "", reading)


def shift_of(source: Source, component: Component, zone: str = "") -> tuple[float, list[str]]:
    moved, notes = shifts(component, [source], zone, LOAD)
    return moved[source.path], notes


DB = Component("db", "db")


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("Asia/Tokyo", 9), ("Europe/Berlin", 1), ("Australia/Sydney", 11), ("Asia/Kolkata", 5.5)],
)
def test_a_declared_zone_is_taken_out(zone: str, hours: float) -> None:
    component = Component("db", "db", timezone=zone)
    assert shift_of(a_source(hours * HOUR_S), component) == (-hours * HOUR_S, [])


def test_a_declared_zone_is_believed_even_where_it_does_not_fit() -> None:
    component = Component("db", "db", timezone="Europe/Berlin")
    assert shift_of(a_source(TOKYO), component) == (-HOUR_S, [])


@pytest.mark.parametrize(
    "fact", [Fact("os.timezone", "Asia/Tokyo"), Fact("clock.utc_offset_s", "32400")]
)
def test_what_the_host_said_of_itself_is_taken_out(fact: Fact) -> None:
    assert shift_of(a_source(TOKYO, facts=[fact]), DB) == (-TOKYO, [])


def test_the_run_s_zone_stands_in_where_the_host_said_nothing() -> None:
    assert shift_of(a_source(HOUR_S), DB, "Europe/Berlin") == (-HOUR_S, [])


@pytest.mark.parametrize("hours", [9, -5, 5.75, 13])
def test_an_unknown_zone_is_told_by_what_fits_the_load(hours: float) -> None:
    shift, notes = shift_of(a_source(hours * HOUR_S), DB)
    assert shift == -hours * HOUR_S
    assert len(notes) == 1 and f"UTC{hours:+g} h" in notes[0]


def test_a_zone_that_was_said_wrongly_gives_way_to_what_fits() -> None:
    shift, notes = shift_of(a_source(TOKYO), DB, "Europe/Berlin")
    assert shift == -TOKYO and notes


def test_times_that_fit_no_zone_are_left_alone() -> None:
    assert shift_of(a_source(3 * DAY_S), DB) == (0.0, [])


def test_times_with_a_zone_are_left_alone() -> None:
    assert shift_of(a_source(TOKYO, naive=False), DB, "Asia/Tokyo") == (0.0, [])


def test_a_measured_offset_is_taken_out_of_every_file() -> None:
    component = Component("db", "db", timezone="Asia/Tokyo", clock_offset_s=37.0)
    sources = [a_source(TOKYO + 37), a_source(37, naive=False, path="raw/db/other")]
    moved, _ = shifts(component, sources, "", LOAD)
    assert moved == {"raw/db/log": -TOKYO - 37.0, "raw/db/other": -37.0}


@pytest.mark.parametrize("days", [-400, -1, 1, 31])
def test_a_date_that_is_a_guess_is_moved_by_whole_days(days: int) -> None:
    source = a_source(days * DAY_S, naive=False, date_known=False)
    assert shift_of(source, DB) == (-days * DAY_S, [])


def test_a_guessed_date_and_a_zone_are_both_put_right() -> None:
    component = Component("db", "db", timezone="Asia/Tokyo")
    source = a_source(TOKYO + 20 * DAY_S, date_known=False)
    assert shift_of(source, component) == (-TOKYO - 20 * DAY_S, [])


def test_a_source_without_a_time_is_no_obstacle() -> None:
    silent = Source("raw/db/log", "db", "odd", "odd", "", Reading(naive=True, date_known=False))
    silent.reading.occurrences.append(Occurrences("odd", np.zeros(0), np.zeros(0, np.int64)))
    silent.reading.samples.append(Samples("odd", np.array([np.nan]), np.array([1.0])))
    assert shift_of(silent, DB) == (0.0, [])


def test_every_column_of_times_is_looked_at() -> None:
    source = a_source()
    source.reading.component["other"] = [Samples("odd", np.array([5.0]), np.array([1.0]))]
    assert [column.size for column in times_of(source)] == [60, 1]


@pytest.mark.parametrize("zone", ["Mars/Crater", "", "32400x"])
def test_a_zone_that_nobody_knows_is_none(zone: str) -> None:
    source = a_source(facts=[Fact("os.timezone", zone)])
    assert shift_of(source, DB) == (0.0, [])
