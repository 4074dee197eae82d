"""Three diagnoses made by hand, for tests of reports: founding(), healthy(), too_little().

They follow the founding story: the router loses packets, nginx at lb1 refuses
connections, the API is busy and not full, a disk at the database waits a little.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from cases import GRID_S, THROUGHPUT, a_case, a_run, grows, ramp, step
from sample_findings import REFUSED, cleared, fitness, sources, statements, suspects, unknown
from sample_ladder import a_ladder, at, capacities, load, rungs

from diagnose.case import Run
from diagnose.model import (
    NAN,
    Cleared,
    Diagnosis,
    Evidence,
    Experiment,
    Fitness,
    Inflection,
    Ladder,
    LoadSummary,
    Rung,
    SourceRow,
    Statement,
    Symptom,
    Tier,
    Unknown,
)
from diagnose.readings import Array

STARTED = 1795406693.372


def noisy(values: Array, share: float = 0.06, seed: int = 1) -> Array:
    """The same course with the unrest of a real reading."""
    return values * np.random.default_rng(seed).lognormal(0.0, share, values.shape)


def founding() -> tuple[Diagnosis, Run]:
    """A bottleneck with three suspects."""
    run = a_founding_run()
    diagnosis = Diagnosis(
        run="run42",
        tool_version="0.1.0",
        verdict="bottleneck",
        sentence="lb1 ran out of connections: nginx had no free slot 3,412 times from 22.6 s on, "
        "which explains 97 % of the failures; the router's receive ring, which lost 17,386 "
        "packets, holds most of the added time.",
        fitness=fitness(),
        load=run.load,
        inflections=(run.inflection,) if run.inflection else (),
        suspects=suspects(run),
        cleared=cleared(),
        unknown=unknown(),
        ladder=run.ladder,
        capacity=run.capacities,
        statements=statements(),
        sources=sources(),
        unrecognized=("raw/lb1/notes.txt", "raw/db/lab.cnf~"),
        notes=("router's clock is 28 ms behind and was put right", "mon takes no part in the test"),
        topology=run.topology,
        started_epoch_s=STARTED,
    )
    return diagnosis, run


def healthy() -> tuple[Diagnosis, Run]:
    """A run that never turned."""
    diagnosis, run = founding()
    run.inflection, run.latency_s = None, noisy(step(0.031, 0.031))
    run.failures_per_s = np.zeros(GRID_S.shape)
    run.throughput_per_s = noisy(np.clip(GRID_S, 0, None) * 4.0, 0.02)
    rungs = tuple(Rung(r.name, r.owners, r.before_s, r.before_s) for r in run.ladder.rungs)
    tiers = tuple(
        Tier(t.component, t.requests, 0, 0, 0, t.own_seconds_before, t.own_seconds_before)
        for t in run.ladder.tiers
    )
    run.ladder = Ladder(rungs, tiers, rise_s=0.0, unexplained_s=0.0, failures=0.0)
    run.load = LoadSummary(
        "locust", 7080, 0, 120, 240.0, 0.031, 0.028, 0.052, 0.081, at(0), at(60), False
    )
    return replace(
        diagnosis,
        verdict="no_bottleneck",
        sentence="Nothing held this run back: throughput followed the users to the end "
        "(120 users, 240/s), response time stayed at 31 ms, nothing failed.",
        load=run.load,
        inflections=(),
        suspects=(),
        statements=(),
        ladder=run.ladder,
        unrecognized=(),
        notes=(),
    ), run


def too_little() -> tuple[Diagnosis, Run]:
    """A folder with one command's output: no load, no inflection, nothing to judge."""
    run = Run(GRID_S, a_run(limited=False).windows, a_run().topology)
    diagnosis, _ = founding()
    return replace(
        diagnosis,
        run="a folder",
        verdict="insufficient_evidence",
        sentence="Too little was collected to say anything: no file tells of the load.",
        fitness=(Fitness("load_seen", False, "no file of a load generator or access log"),),
        load=None,
        inflections=(),
        suspects=(),
        cleared=(),
        capacity=(),
        statements=(),
        ladder=Ladder(),
        sources=diagnosis.sources[:1],
        topology=run.topology,
        started_epoch_s=NAN,
        notes=(),
    ), run


def renamed(diagnosis: Diagnosis, run: Run, name: str) -> Diagnosis:
    """The same diagnosis with one suspect's component and words replaced by `name`."""
    first = diagnosis.suspects[0]
    hostile = replace(
        first,
        component=name,
        says=name,
        fix=name,
        for_=(*first.for_, Evidence(name, name, 1.0)),
        missing=(name,),
        experiment=Experiment(name, name, name),
    )
    return replace(
        diagnosis,
        run=name,
        sentence=name,
        suspects=(hostile, *diagnosis.suspects[1:]),
        cleared=(Cleared(name, "cpu", name),),
        unknown=(Unknown(name, "*", (name,), name),),
        unrecognized=(name,),
        notes=(name,),
        statements=(Statement(name, name, 1, 1.0, 1.0, 1.0, 1.0, 1.0, name),),
        sources=(SourceRow(name, name, "x", name, 3, 1, ((1, name),), (name,)),),
    )


def a_founding_run() -> Run:
    run = a_run(rise_s=0.49, failures=249, rungs=rungs())
    run.latency_s = noisy(np.clip(0.031 * np.exp(np.clip(GRID_S - 26, 0, 9) * 0.33), 0, 0.62))
    run.throughput_per_s = noisy(np.clip(THROUGHPUT, 0, None), 0.04)
    run.latency_s[GRID_S < 0] = NAN
    run.users = np.clip(GRID_S, 0, 45) * 150 / 45
    run.failures_per_s = np.where(GRID_S > 28, noisy(step(0, 8.3), 0.4), 0.0)
    run.inflection = Inflection(30.4, (28.0, 33.0), Symptom.LATENCY, 0.031, 0.52, "s", 101, 120.3)
    run.load = load()
    _join_cases(run)
    run.ladder = a_ladder(run.ladder.rungs)
    run.capacities = capacities()
    return run


def _join_cases(run: Run) -> None:
    lost = {"eth0": noisy(step(0, 560)), "eth1": step(0, 0)}
    nginx = {
        REFUSED: noisy(step(0, 110), 0.3),
        "nginx.active_connections": noisy(grows(256, 4), 0.02),
        "http.own_s": noisy(step(0.001, 0.09), 0.2),
    }
    disk = {"disk.await_s": {"nvme0n1": noisy(step(0.004, 0.011), 0.2)}}
    rows = [
        ("client", "load_generator", "cdn", {"cpu.busy_ratio": ramp(0.41)}, {}),
        ("cdn", "cdn", "router", {}, {}),
        ("router", "router", "lb1", {"nic.rx_dropped_per_s": lost}, {}),
        ("lb1", "lb", "lb2", nginx, {"nginx.worker_connections": 256}),
        ("lb2", "lb", "api", {"http.own_s": noisy(step(0.001, 0.002))}, {}),
        ("api", "app", "db", {"cpu.busy_ratio": noisy(ramp(0.72), 0.03)}, {}),
        ("db", "db", "", disk, {}),
    ]
    for name, role, behind, signals, limits in rows:
        sends_to = (behind,) if behind else ()
        a_case(role, signals, limits=limits, name=name, run=run, sends_to=sends_to)
