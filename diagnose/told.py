"""One run as it is compared: what was judged, its load in bins, and its limits."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from diagnose.analyze import analyze
from diagnose.case import Run
from diagnose.effects import NAN, Bins
from diagnose.errors import UnreadableSource
from diagnose.ingest import Progress
from diagnose.model import Diagnosis, LoadSummary
from diagnose.readings import Array, Flags
from diagnose.rundir import RunDirectory

BIN_S = 3.0  # rates are smoothed over six seconds: two bins
MOST_BINS = 360  # a day of load in bins of four minutes, not in 28,800
SCHEMA_VERSION = 1  # of verdict.json


@dataclass(frozen=True, slots=True)
class Culprit:
    """A suspect, in the words of verdict.json."""

    component: str
    resource: str
    level: str


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """times_s: mean, 95th percentile of the whole load. run: None where only verdict.json is."""

    name: str
    verdict: str
    sentence: str
    culprits: tuple[Culprit, ...]  # by rank
    unfit: tuple[str, ...]
    requests: float
    failures: float
    users_max: float
    throughput_max_per_s: float
    mean_s: float
    p95_s: float
    lasted_s: float
    knee_per_s: float  # throughput where it turned; NaN where nothing did
    run: Run | None = None


def read(path: Path, progress: Progress = lambda _: None, rules: tuple[Path, ...] = ()) -> Told:
    """A run, judged anew, so that one version of diagnose has judged all that are compared.

    Of a folder that holds nothing but verdict.json, this is read: it has no course of the load.

    Raises:
        DiagnoseError: there is nothing to read.
    """
    left = RunDirectory.open(path).verdict
    if left is not None:
        return _of_verdict(left)
    diagnosis, run, run_dir = analyze(path, rules=rules, progress=progress)
    return of_diagnosis(diagnosis, run, run_dir.name)


def of_diagnosis(d: Diagnosis, run: Run, folder: str) -> Told:
    """What was judged, under the name of its folder."""
    load = d.load or LoadSummary("", NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, "", "")
    return Told(
        folder or d.run,
        d.verdict,
        d.sentence,
        tuple(Culprit(s.component, s.resource, s.level) for s in d.suspects),
        tuple(check.says for check in d.fitness if check.ok is False),
        load.requests,
        load.failures,
        load.users_max,
        load.throughput_max_per_s,
        load.mean_s,
        load.p95_s,
        load.duration_s if math.isfinite(load.duration_s) else _between(load.started, load.ended),
        d.inflections[0].throughput_per_s if d.inflections else NAN,
        run,
    )


def _of_verdict(file: Path) -> Told:
    try:
        said = json.loads(file.read_bytes())
        if said["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"its schema_version is {said['schema_version']!r}")
        return _spelled(said, file)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise UnreadableSource(
            str(file),
            f"this is no verdict of this version of diagnose ({error})",
            hint="run `diagnose analyze` where the raw files are",
        ) from None


def _spelled(said: dict[str, Any], file: Path) -> Told:
    load, turns = said["load"] or {}, said["inflections"]
    return Told(
        file.resolve().parent.name or said["run"],
        said["verdict"],
        said["sentence"],
        tuple(Culprit(s["component"], s["resource"], s["level"]) for s in said["suspects"]),
        tuple(check["says"] for check in said["fitness"] if check["ok"] is False),
        _number(load.get("requests")),
        _number(load.get("failures")),
        _number(load.get("users_max")),
        _number(load.get("throughput_max_per_s")),
        NAN,
        _number(load.get("p95_ms")) / 1e3,
        _between(load.get("started"), load.get("ended")),
        _number(turns[0]["throughput_per_s"]) if turns else NAN,
    )


def _number(value: float | None) -> float:
    return NAN if value is None else float(value)


def _between(began: str | None, ended: str | None) -> float:
    if not began or not ended:
        return NAN
    first, last = (datetime.fromisoformat(t.replace("Z", "+00:00")) for t in (began, ended))
    return (last - first).total_seconds()


def tier_of(a: Run, b: Run) -> str:
    """The outermost component whose log tells the 95th percentile in both runs; "" if none."""

    def logged(run: Run) -> list[str]:
        names = (*run.topology.path(), *run.cases)
        return [n for n in dict.fromkeys(names) if run.cases[n].has("http.p95_s")]

    there = set(logged(b))
    return next((name for name in logged(a) if name in there), "")


def bins_of(run: Run, tier: str) -> Bins:
    """The load in bins of at least three seconds, at most 360 of them."""
    load = np.flatnonzero(run.windows.load)
    step_s = float(np.diff(run.grid_s[:2])[0]) if run.grid_s.size > 1 else BIN_S
    cells = max(1, round(BIN_S / step_s), math.ceil(load.size / MOST_BINS))
    index = load[: load.size // cells * cells].reshape(-1, cells)
    rate = run.throughput_per_s[index]
    p95 = run.cases[tier].values("http.p95_s")[index] if tier else np.full(index.shape, NAN)
    past: Flags = np.asarray(run.windows.after[index].all(axis=1))
    return Bins(
        cells * step_s,
        _mean(run.users[index]),
        _mean(rate),
        _mean(run.failures_per_s[index]),
        _mean(run.latency_s[index], rate),
        _mean(p95, rate),
        past if run.inflection else np.zeros(past.shape, np.bool_),
    )


def _mean(values: Array, weights: Array | None = None) -> Array:
    """Means of rows, of what was measured; NaN where nothing was."""
    weights = np.ones_like(values) if weights is None else weights
    known = np.isfinite(values) & np.isfinite(weights)
    total = np.where(known, weights, 0.0).sum(axis=1)
    summed = np.where(known, values * weights, 0.0).sum(axis=1)
    return np.asarray(summed / np.where(total > 0, total, NAN))
