"""Recorded runs with a planted culprit, unpacked once a session and diagnosed once a worker."""

from __future__ import annotations

import functools
import json
import os
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnose.analyze import analyze
from diagnose.case import Run
from diagnose.model import Diagnosis

RUNS = Path(__file__).parent / "runs"
# Runs of another, smaller stack: gen → gw-2 → edge (nginx) → svc, and no file of processors.
NETWORK = ("app_filter", "lb_accept_queue", "router_filter")
EVERY = tuple(sorted(path.name.removesuffix(".tar.xz") for path in RUNS.glob("*.tar.xz")))
NAMES = tuple(name for name in EVERY if name not in NETWORK)
LIMITED = tuple(name for name in NAMES if name != "healthy")
# What was planted, in the words of verdict.json; any of them will do at rank 1.
CULPRITS = {
    "api_cpu": {("api", "cpu")},
    "app_filter": {("svc", "packet_loss")},
    "client_saturated": {("client", "cpu")},
    "db_disk": {("db", "disk")},
    "db_slow_query": {("db", "slow_query"), ("db", "cpu")},
    "founding": {("lb1", "connections"), ("router", "nic_receive")},
    "healthy": set(),
    "lb_accept_queue": {("edge", "listen_backlog")},
    "lb1_worker_connections": {("lb1", "connections")},
    "router_filter": {("gw-2", "packet_loss")},
    "router_rx_drop": {("router", "nic_receive")},
}


@dataclass(frozen=True)
class Golden:
    """One recorded run, what was planted in it, and what diagnose says of it."""

    name: str
    path: Path  # never written to
    truth: dict[str, Any]
    diagnosis: Diagnosis
    run: Run

    @property
    def culprits(self) -> set[str]:
        """Components that were held back on purpose."""
        planted = self.truth["culprit"]
        return {c for c in ([planted] if isinstance(planted, str) else planted) if c != "none"}


def unpack(name: str, shared: Path) -> Path:
    """The run's folder below `shared`; several workers may ask at once."""
    target = shared / "runs" / name
    if target.is_dir():
        return target
    target.parent.mkdir(exist_ok=True)
    mine = Path(tempfile.mkdtemp(dir=shared))
    with tarfile.open(RUNS / f"{name}.tar.xz") as archive:
        archive.extractall(mine, filter="data")
    try:
        os.rename(mine / name, target)
    except OSError:  # another worker was faster
        shutil.rmtree(mine)
    return target


class Goldens:
    """golden["api_cpu"], diagnosed when first asked for."""

    def __init__(self, shared: Path) -> None:
        self._shared = shared

    def path(self, name: str) -> Path:
        return unpack(name, self._shared)

    @functools.cache  # noqa: B019 - one object lives as long as the session
    def __getitem__(self, name: str) -> Golden:
        path = self.path(name)
        truth = json.loads((path / "truth.json").read_text(encoding="utf-8"))
        diagnosis, run, _ = analyze(path, out=self._shared / "none")
        return Golden(name, path, truth, diagnosis, run)


def blamed(diagnosis: Diagnosis, level: str = "likely") -> set[str]:
    """Components accused at a level."""
    return {s.component for s in diagnosis.suspects if s.level == level}


def first(diagnosis: Diagnosis) -> tuple[str, str]:
    """Component and resource at rank 1; ("", "") if there is no suspect."""
    return next(((s.component, s.resource) for s in diagnosis.suspects), ("", ""))


def failed_reader(diagnosis: Diagnosis) -> list[str]:
    """Files on which our own reader failed (not: files that are no good)."""
    return [s.error for s in diagnosis.sources if "our reader" in s.error]
