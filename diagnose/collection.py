"""How a run was collected, as reports tell it: clocks, the recorder's cost, what is not there."""

from __future__ import annotations

import math
from dataclasses import dataclass

NAN = math.nan
SOURCE = "manifest.json"


@dataclass(frozen=True, slots=True)
class Clock:
    """How a component's clock was measured. Its offset at at_s is known to ± error_s.

    drift_ppm is 0 where none is worth taking out. set_s: by how much it was set (in one
    step) while the run was collected, 0 if it was not. utc_offset_s: of its zone.
    """

    error_s: float = NAN
    drift_ppm: float = 0.0
    at_s: float = NAN  # epoch seconds of the reference clock
    set_s: float = 0.0
    utc_offset_s: float = NAN
    zone: str = ""


@dataclass(frozen=True, slots=True)
class CollectedHost:
    """What was done at one component's host. NaN: not measured."""

    component: str
    host: str
    clock_offset_s: float = NAN  # its clock minus the reference clock
    clock_error_s: float = NAN
    clock_drift_ppm: float = NAN
    samples: int = 0
    interval_s: float = NAN
    recorder_ratio: float = NAN  # of one core, that the recorder used
    error: str = ""  # why it could not be reached


@dataclass(frozen=True, slots=True)
class Uncollected:
    """A file that was asked for and is not there, or not whole."""

    component: str
    file: str
    command: str
    why: str
    how: str = ""  # what the user can do about it
    collector: str = ""  # kind of the collector that would have read it


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """A stretch of the run without samples of a component; NaN: to the end."""

    component: str
    began_s: float
    ended_s: float
    says: str


@dataclass(frozen=True, slots=True)
class Collection:
    """All of it, in the order of the manifest."""

    began_s: float
    ended_s: float
    bytes: int
    files: int
    redacted: bool
    reference: str  # the component whose clock is the run's; "": the collecting machine's
    hosts: tuple[CollectedHost, ...] = ()
    failures: tuple[Uncollected, ...] = ()
    gaps: tuple[Unrecorded, ...] = ()
