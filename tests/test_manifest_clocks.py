"""Clocks that collect measured: taken out where the user gave none, told with their error."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from golden import Goldens
from rewriting import DAY_S, a_day_later
from small_run import cut_down

from diagnose import fitness
from diagnose.analyze import analyze
from diagnose.collection import Clock
from diagnose.drift import straightened
from diagnose.grid import Grid
from diagnose.manifest import NAN, ClockReading, HostClock, HostRecord, Manifest, Recorder
from diagnose.model import Component, Topology
from diagnose.offsets import with_clocks
from diagnose.readings import Load, LoadSeries, Reading, Requests, Samples

NOON = 1795406700.0


def ends(lasted_s: float = 600.0) -> dict[str, tuple[ClockReading, ...]]:
    """Readings at both ends of a run around noon."""
    first, last = NOON - lasted_s / 2, NOON + lasted_s / 2
    return {
        "begin": (ClockReading(first, first, first),),
        "end": (ClockReading(last, last, last),),
    }


def a_clock(offset_s: float, error_s: float = 0.002, drift_ppm: float = 0.0) -> HostClock:
    return HostClock(offset_s, error_s, NOON, drift_ppm, 5.0, 0.0, "UTC", **ends())


def measured(**clocks: HostClock) -> Manifest:
    """Hosts by component, read over ten minutes."""
    hosts = tuple(HostRecord(name, (name,), clock=clock) for name, clock in clocks.items())
    return Manifest(Path(), began_s=NOON - 300, ended_s=NOON + 300, hosts=hosts)


def a_topology(**offsets: float) -> Topology:
    gen = Component("gen", "load_generator", sends_to=("lb",))
    lb = Component("lb", "lb", clock_offset_s=offsets.get("lb", NAN))
    return Topology((gen, lb, Component("cdn", "cdn")))


def test_offsets_are_from_the_load_generators_clock_and_errors_add_up() -> None:
    told = measured(gen=a_clock(2.0, 0.003), lb=a_clock(37.0, 0.002))
    system, notes = with_clocks(a_topology(), told)
    assert system["gen"].clock_offset_s == 0.0
    assert system["lb"].clock_offset_s == pytest.approx(35.0)
    clock = system["lb"].clock
    assert clock is not None and clock.error_s == pytest.approx(0.005)
    assert clock.at_s == pytest.approx(NOON + 2.0)  # as the generator's clock had it
    assert math.isnan(system["cdn"].clock_offset_s) and system["cdn"].clock is None
    assert notes == []


def test_what_the_user_says_stands() -> None:
    told = measured(gen=a_clock(0.0), lb=a_clock(37.0, drift_ppm=300.0))
    system, _ = with_clocks(a_topology(lb=1.5), told)
    assert system["lb"].clock_offset_s == 1.5
    assert system["lb"].clock is not None and system["lb"].clock.drift_ppm == 0.0


def test_without_the_generators_clock_ours_is_the_reference_and_that_is_said() -> None:
    system, notes = with_clocks(a_topology(), measured(lb=a_clock(37.0)))
    assert system["lb"].clock_offset_s == 37.0
    assert len(notes) == 1 and "by the clock of the machine that collected" in notes[0]


def test_components_on_one_host_have_one_clock() -> None:
    both = HostRecord("box", ("gen", "lb"), clock=a_clock(5.0))
    system, _ = with_clocks(a_topology(), Manifest(Path(), hosts=(both,)))
    assert [system[name].clock_offset_s for name in ("gen", "lb")] == [0.0, 0.0]


@pytest.mark.parametrize(
    ("drift_ppm", "taken"),
    [(4.0, 0.0), (20.0, 0.0), (300.0, 300.0)],
    ids=["within its error", "too little to be seen", "worth taking out"],
)
def test_drift_is_taken_out_where_it_is_sure_and_matters(drift_ppm: float, taken: float) -> None:
    told = measured(gen=a_clock(0.0), lb=a_clock(0.1, drift_ppm=drift_ppm))
    system, notes = with_clocks(a_topology(), told)
    clock = system["lb"].clock
    assert clock is not None and clock.drift_ppm == taken
    assert bool(notes) is bool(taken)


def test_a_clock_that_was_set_meanwhile_is_told_and_its_error_is_large() -> None:
    told = measured(gen=a_clock(0.0), lb=a_clock(1.5, drift_ppm=5000.0))
    system, notes = with_clocks(a_topology(), told)
    clock = system["lb"].clock
    assert clock is not None and clock.set_s == pytest.approx(3.0)
    assert clock.error_s == pytest.approx(1.504) and clock.drift_ppm == 0.0
    assert notes == [
        "lb: its clock was set by 3 s while the run was collected; when is not known, so its "
        "times may be off by half of that"
    ]


def test_a_clock_that_runs_fast_is_straightened() -> None:
    """Readings of a clock that is 1 s ahead at noon and gains 1 ms a second."""
    true_s = NOON + np.array([-100.0, 0.0, 100.0])
    shown = true_s + 1.0 + 0.001 * (true_s - NOON)
    none = np.full(3, NAN)
    series = LoadSeries(shown, *(none,) * 8, np.zeros(3, np.int64))  # type: ignore[arg-type]
    relative = replace(series, at_s=np.array([0.0, 1.0, 2.0]))
    reading = Reading(
        samples=[Samples("cpu.busy_ratio", shown, none)],
        requests=[Requests(shown, np.zeros(3, np.int64))],
        loads=[Load("x", (series,)), Load("y", (relative,), relative=True)],
    )
    done = straightened(reading, -1.0, Clock(drift_ppm=1000.0, at_s=NOON))
    for at_s in (
        done.samples[0].at_s, done.requests[0].ended_s, done.loads[0].series[0].at_s
    ):  # fmt: skip
        np.testing.assert_allclose(at_s - 1.0, true_s, atol=2e-4)
    np.testing.assert_array_equal(done.loads[1].series[0].at_s, [0.0, 1.0, 2.0])


@pytest.mark.parametrize(("error_s", "ok"), [(0.002, True), (0.8, None)])
def test_fitness_says_how_well_clocks_are_known(error_s: float, ok: bool | None) -> None:
    system, _ = with_clocks(
        Topology(a_topology().components[:2]),
        measured(gen=a_clock(0.0, 0.0), lb=a_clock(37.0, error_s)),
    )
    check = fitness._clocks(system.components, Grid.over(0.0, 60.0))
    assert check is not None and check.ok is ok
    assert "37 s at lb, was taken out; clocks were read to ±" in check.says


def a_run_with(golden: Goldens, to: Path) -> Path:
    """A few files of a recorded run, lb1's a day late, without offsets in diagnose.toml."""
    run = cut_down(golden.path("lb1_worker_connections"), to)
    for path in sorted((run / "raw/lb1").iterdir()):
        path.write_text(a_day_later(path.read_text()))
    toml = run / "diagnose.toml"
    kept = [line for line in toml.read_text().splitlines() if "clock_offset_s" not in line]
    toml.write_text("\n".join(kept))
    return run


def test_a_host_a_day_ahead_is_put_right_by_the_manifest(golden: Goldens, tmp_path: Path) -> None:
    run = a_run_with(golden, tmp_path / "run")
    clocks = {"client": a_clock(0.0), "lb1": a_clock(DAY_S)}
    hosts = [HostRecord(name, (name,), clock=clock) for name, clock in clocks.items()]
    hosts[1] = replace(hosts[1], recorder=Recorder(60, 1.0, 60.0, 6.0))
    told = Manifest(run, began_s=NOON, ended_s=NOON + 60, reference="client", hosts=tuple(hosts))
    told.write()
    diagnosis, _, _ = analyze(run, out=tmp_path)
    top = diagnosis.suspects[0]
    assert (top.component, top.resource, top.level) == ("lb1", "connections", "likely")
    says = {check.check: check for check in diagnosis.fitness}
    assert "86,400 s at lb1" in says["clocks_agree"].says
    assert says["recorder_is_light"].ok is False  # 6 s of 60 s
    assert "10 % of a core at lb1" in says["recorder_is_light"].says
    assert diagnosis.collection is not None
    assert diagnosis.collection.hosts[1].clock_offset_s == DAY_S
    assert not [note for note in diagnosis.notes if "clock seems" in note]


def test_a_damaged_manifest_is_a_note_and_costs_nothing(golden: Goldens, tmp_path: Path) -> None:
    run = cut_down(golden.path("router_filter"), tmp_path / "run", files=())
    shutil.copytree(golden.path("router_filter") / "raw", run / "raw")
    (run / "manifest.json").write_text("{torn")
    diagnosis, _, _ = analyze(run, out=tmp_path)
    assert diagnosis.suspects[0].component == "gw-2"
    assert any(note.startswith("manifest.json cannot be read") for note in diagnosis.notes)
    assert diagnosis.collection is None
